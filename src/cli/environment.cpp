#include "cli/environment.hpp"

#include <cstdlib>
#include <cstring>

namespace scaleset::cli {

std::optional<Secret> take_secret_from_environment(char const* name) {
  char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  Secret secret{std::string(value)};
  // Overwrite the bytes too, because /proc/PID/environ shows the memory that the process started
  // with.
  ::explicit_bzero(value, std::strlen(value));
  ::unsetenv(name);
  if (secret.empty()) return std::nullopt;
  return secret;
}

}  // namespace scaleset::cli
