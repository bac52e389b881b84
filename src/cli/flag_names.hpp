#pragma once

#include <span>
#include <string>
#include <string_view>

namespace scaleset::cli {

/// What the library calls an option of its C++ interface, and what a user of this program gives in
/// its place.
struct FlagName {
  std::string_view option;
  std::string_view words;  // a flag, or words if no flag sets it
  std::string_view key{};  // of the configuration file; empty if none sets it
};

/// Every name that the error texts of the library mention; a test compares it with them.
[[nodiscard]] std::span<FlagName const> flag_names() noexcept;

/// The text with each of those names replaced. A part of a longer name or of a path stays.
[[nodiscard]] std::string with_flag_names(std::string_view text);
/// The same for whoever uses a configuration file.
[[nodiscard]] std::string with_key_names(std::string_view text);

}  // namespace scaleset::cli
