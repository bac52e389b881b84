#include "base/writable_folder.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/resource_limit.hpp"

namespace scaleset::base {

std::string unwritable(std::filesystem::path const& folder) {
  std::error_code unknown;
  std::filesystem::path there = std::filesystem::absolute(folder, unknown);
  while (!std::filesystem::exists(there, unknown) && there.has_relative_path())
    there = there.parent_path();
  bool const is_folder = std::filesystem::is_directory(there, unknown);
  if (is_folder && ::access(there.c_str(), W_OK | X_OK) == 0) return "";
  std::string const reason = is_folder ? system_error_text(errno) : "it is not a folder";
  return there.string() + " cannot be written to: " + reason;
}

}  // namespace scaleset::base
