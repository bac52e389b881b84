#include "cli/environment.hpp"

#include <cstdlib>
#include <cstring>

#include "scaleset/options.hpp"

namespace scaleset::cli {

std::optional<Secret> take_secret_from_environment(char const* name) {
  char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  auto secret = secret_from_environment(name)();
  // Overwrite the bytes too, because /proc/PID/environ shows the memory that the process started
  // with.
  ::explicit_bzero(value, std::strlen(value));
  ::unsetenv(name);
  if (!secret) return std::nullopt;
  return *std::move(secret);
}

}  // namespace scaleset::cli
