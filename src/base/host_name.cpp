#include "base/host_name.hpp"

#include <unistd.h>

#include <array>

namespace scaleset::base {

std::string host_name() {
  // Zeros at the end, because gethostname does not end a name that it had to cut.
  std::array<char, 257> name{};
  bool const known = ::gethostname(name.data(), name.size() - 1) == 0 && name.front() != '\0';
  return known ? name.data() : "unknown-host";
}

}  // namespace scaleset::base
