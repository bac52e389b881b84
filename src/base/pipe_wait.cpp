#include "base/pipe_wait.hpp"

#include <poll.h>
#include <sys/stat.h>

namespace scaleset::base {

bool wait_for_writer(int fd, std::chrono::milliseconds patience) noexcept {
  struct stat about{};
  if (::fstat(fd, &about) != 0 || !S_ISFIFO(about.st_mode)) return true;
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, static_cast<int>(patience.count())) != 0;
}

}  // namespace scaleset::base
