#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scaleset::config {

/// What is told of a key that a table does not have.
struct UnknownKey {
  std::string meant;   // the key of the same table that is probably meant; may be empty
  std::string advice;  // behind "there is no key "x" here"
};
/// `known` are the table's keys. Names of flags, of keys of other tables and misspelt ones are
/// recognized.
[[nodiscard]] UnknownKey unknown_key(std::string_view key, std::vector<std::string> const& known);

}  // namespace scaleset::config
