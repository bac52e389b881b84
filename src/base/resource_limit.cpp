#include "base/resource_limit.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

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

int descriptors_exhausted() {
  int const descriptor = open("/", O_PATH | O_CLOEXEC);
  if (descriptor >= 0) {
    close(descriptor);
    return 0;
  }
  return errno == EMFILE || errno == ENFILE ? errno : 0;
}

}  // namespace scaleset::base
