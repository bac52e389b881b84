#include "base/unique_fd.hpp"

#include <unistd.h>

#include <cerrno>

namespace scaleset::base {

void UniqueFd::reset(int fd) noexcept {
  int const closed = std::exchange(fd_, fd);
  if (closed < 0) return;
  int const error = errno;
  ::close(closed);  // nothing can be done about a failure, and Linux frees the number all the same
  errno = error;
}

}  // namespace scaleset::base
