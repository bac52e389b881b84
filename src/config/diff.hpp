#pragma once

#include <string>
#include <vector>

#include "config/load.hpp"

namespace scaleset::config {

/// One thing that a reload changes. A text is empty if there is no value on its side.
struct Change {
  std::string path;  // "scale_set linux of https://github.com/my-org: max_runners"
  std::string before;
  std::string after;
  std::string effect;  // a clause for people
};
/// "path: before -> after (effect)"
[[nodiscard]] std::string to_string(Change const& change);

/// What changes from one configuration to the next. Scale sets are compared by their owner keys,
/// whatever their order in the file.
[[nodiscard]] std::vector<Change> changes_between(Loaded const& before, Loaded const& after);

}  // namespace scaleset::config
