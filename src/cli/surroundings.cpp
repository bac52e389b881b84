#include "cli/surroundings.hpp"

#include <cstdlib>

#include "cli/connection.hpp"
#include "cli/work_dir.hpp"

namespace scaleset::cli {

daemon::Surroundings surroundings() {
  daemon::Surroundings around;
  around.environment = [](char const* name) -> char const* { return std::getenv(name); };
  around.token_command = token_command;
  // The runners' folders are in it.
  around.state_dir = default_work_dir(around.environment).parent_path();
  return around;
}

}  // namespace scaleset::cli
