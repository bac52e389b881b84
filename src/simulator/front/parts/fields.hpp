#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace scaleset::simulator {

/// A JSON object in a request, read as the service reads it: keys may be in any case
/// (protocol.md 4.3), and null counts as missing. The first problem is remembered, so that a caller
/// can read all fields and then check once.
class Fields {
 public:
  /// An empty text counts as an empty object.
  explicit Fields(std::string_view text);
  explicit Fields(boost::json::object object) : object_(std::move(object)) {}

  std::optional<std::string> text(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name);
  /// Complains about a number that is not from `least` to `most`.
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);
  /// The number may have a fraction.
  std::optional<double> number(std::string_view name, double least, double most);
  /// A number of seconds, which may have a fraction, from 0 to `most`.
  std::optional<std::chrono::milliseconds> seconds(std::string_view name,
                                                   std::chrono::milliseconds most);
  std::optional<bool> flag(std::string_view name);
  std::optional<boost::json::array> list(std::string_view name);
  std::optional<Fields> object(std::string_view name);
  /// The field, of whatever type. Null: it is missing.
  [[nodiscard]] boost::json::value const* find(std::string_view name) const;
  [[nodiscard]] boost::json::object const& all() const noexcept { return object_; }

  /// Complains about any other field, which is most likely misspelt, and names the known field that
  /// is nearest to it.
  void expect_only(std::span<std::string_view const> names, std::string_view other = "");
  /// Adds a problem that the caller found: "name: about".
  void complain(std::string_view name, std::string_view about);
  /// "count: must be an integer"; empty if there is no problem so far.
  [[nodiscard]] std::string const& problem() const noexcept { return problem_; }

 private:
  boost::json::object object_;
  std::string problem_;
};

}  // namespace scaleset::simulator
