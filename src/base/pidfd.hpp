#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/unique_fd.hpp"

/// A descriptor for a process: it becomes readable when the process has ended, and it never stands
/// for another process that got the same number. The system is called directly because the header
/// of glibc 2.36 (Debian 12) lacks extern "C", so that its functions do not link from C++.
namespace scaleset::base {

/// Close-on-exec. Owns nothing, and errno says why, if there is no such process.
[[nodiscard]] inline UniqueFd open_pidfd(pid_t pid) noexcept {
  return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

/// False if the process has ended, or if this user may not signal it.
inline bool send_signal(int pidfd, int signal_number) noexcept {
  return syscall(SYS_pidfd_send_signal, pidfd, signal_number, nullptr, 0) == 0;
}

}  // namespace scaleset::base
