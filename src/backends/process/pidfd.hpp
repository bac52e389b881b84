#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/// A descriptor for a process: readable once it has ended, and never one for another process that
/// got the same number. By system call: the header of glibc 2.36 (Debian 12) lacks extern "C" and
/// does not link from C++.
namespace scaleset::backends {

/// -1 and errno: there is no such process. Close-on-exec.
[[nodiscard]] inline int open_pidfd(pid_t pid) noexcept {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

/// False: the process has ended, or is not ours.
inline bool send_signal(int pidfd, int signal_number) noexcept {
  return syscall(SYS_pidfd_send_signal, pidfd, signal_number, nullptr, 0) == 0;
}

}  // namespace scaleset::backends
