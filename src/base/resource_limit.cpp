#include "base/resource_limit.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/unique_fd.hpp"

namespace scaleset::base {

std::string_view advice_for_limit(int error_number) {
  switch (error_number) {
    case EMFILE:
      return "this process has no file descriptors left (EMFILE): raise its limit of open files "
             "(ulimit -n, or LimitNOFILE= of its service)";
    case ENFILE:
      return "this machine has no file descriptors left (ENFILE): raise the sysctl fs.file-max";
    case EAGAIN:
      return "no thread could be started (EAGAIN): raise the limit of processes and threads "
             "(ulimit -u, or TasksMax= of its service)";
    default: return {};
  }
}

std::string system_error_text(int error_number) {
  std::string text = std::generic_category().message(error_number);
  std::string_view const advice = advice_for_limit(error_number);
  return advice.empty() ? text : text + "; " + std::string(advice);
}

std::string system_error_text(std::error_code const& error) {
  // On this system both have the same numbers.
  bool const is_of_system =
      error.category() == std::generic_category() || error.category() == std::system_category();
  return is_of_system ? system_error_text(error.value()) : error.message();
}

// The results of these calls are ignored: with the old limit everything works as before.
rlim_t raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  rlim_t const before = limit.rlim_cur;
  // More would only slow down programs that go through all possible descriptors.
  constexpr rlim_t kMost = 1U << 20U;
  limit.rlim_cur = std::max(before, std::min(limit.rlim_max, kMost));
  setrlimit(RLIMIT_NOFILE, &limit);
  return before;
}

void set_descriptor_limit(pid_t process, rlim_t limit) {
  rlimit wanted{};
  if (prlimit(process, RLIMIT_NOFILE, nullptr, &wanted) != 0) return;
  wanted.rlim_cur = limit;
  prlimit(process, RLIMIT_NOFILE, &wanted, nullptr);
}

int descriptors_exhausted(int needed) {
  if (needed <= 0) return 0;
  UniqueFd const descriptor(open("/", O_PATH | O_CLOEXEC));
  if (descriptor.valid()) return descriptors_exhausted(needed - 1);
  return errno == EMFILE || errno == ENFILE ? errno : 0;
}

}  // namespace scaleset::base
