#pragma once

#include <string>
#include <string_view>

#include "base/toml_tree.hpp"

namespace scaleset::base {

/// Says in plain words what the TOML library calls `description`, and what to do. `at` is where it
/// stopped reading `text`; the result has the place where the mistake begins, such as that of a
/// quotation mark without a second one. No value is repeated, since it may be a secret.
[[nodiscard]] TomlMistake explain_toml(std::string_view text, TextPosition at,
                                       std::string_view description);

}  // namespace scaleset::base
