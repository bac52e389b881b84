#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// A TOML text as a tree that does not need the library.
namespace scaleset::base {

/// A place in a text. Both numbers count from 1; 0 if there is no place.
struct TextPosition {
  int line = 0;
  int column = 0;
  friend auto operator<=>(TextPosition const&, TextPosition const&) = default;
};

struct TomlEntry;

/// A value, and where it stands.
struct TomlValue {
  using List = std::vector<TomlValue>;
  using Table = std::vector<TomlEntry>;  // in the order of the text
  struct DateTime {};                    // no key takes one

  TextPosition at;
  std::variant<bool, std::int64_t, double, std::string, List, Table, DateTime> data;

  /// Null if this is no table, or has no such key.
  [[nodiscard]] TomlValue const* find(std::string_view key) const noexcept;
};
struct TomlEntry {
  std::string key;
  TextPosition at;
  TomlValue value;
};

/// "a number", "a table": for error texts.
[[nodiscard]] std::string_view kind_of(TomlValue const& value) noexcept;

struct TomlMistake {
  TextPosition at;
  std::string message;  // one line
};
/// Reads TOML 1.0. The result is a table, or the first mistake in the text.
[[nodiscard]] std::expected<TomlValue, TomlMistake> parse_toml(std::string_view text);

}  // namespace scaleset::base
