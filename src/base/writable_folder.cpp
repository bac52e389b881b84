#include "base/writable_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/resource_limit.hpp"

namespace scaleset::base {

std::string unwritable(std::filesystem::path const& folder) {
  std::error_code error;
  std::filesystem::path there = std::filesystem::absolute(folder, error);
  while (!std::filesystem::exists(there, error) && !error && there.has_relative_path())
    there = there.parent_path();
  // As the user whom the process acts for.
  bool const is_folder = !error && std::filesystem::is_directory(there, error);
  if (is_folder && ::faccessat(AT_FDCWD, there.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return "";
  std::string reason = is_folder ? system_error_text(errno) : "it is not a folder";
  if (error) reason = error.message();
  return there.string() + " cannot be written to: " + reason;
}

}  // namespace scaleset::base
