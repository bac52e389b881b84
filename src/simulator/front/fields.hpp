#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace scaleset::simulator {

/// A JSON object in a request, read as the service reads: keys in any case (spec 4.3), null as if
/// missing. The first thing that is wrong is remembered, so that a caller reads all it needs and
/// asks once.
class Fields {
 public:
  /// An empty text counts as an empty object.
  explicit Fields(std::string_view text);
  explicit Fields(boost::json::object object) : object_(std::move(object)) {}

  std::optional<std::string> text(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name);
  /// Complains about one that is not from `least` to `most`.
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);
  /// With or without a fraction.
  std::optional<double> number(std::string_view name, double least, double most);
  std::optional<bool> flag(std::string_view name);
  std::optional<boost::json::array> list(std::string_view name);
  std::optional<Fields> object(std::string_view name);
  /// Whatever it is; null: missing.
  [[nodiscard]] boost::json::value const* find(std::string_view name) const;
  [[nodiscard]] boost::json::object const& all() const noexcept { return object_; }

  /// Complains about a field that is none of these nor `other`: most likely it is misspelt.
  void expect_only(std::span<std::string_view const> names, std::string_view other = "");
  /// Adds a complaint of the caller's own.
  void complain(std::string_view name, std::string_view about);
  /// "count: must be an integer"; empty: nothing is wrong so far.
  [[nodiscard]] std::string const& problem() const noexcept { return problem_; }

 private:
  boost::json::object object_;
  std::string problem_;
};

}  // namespace scaleset::simulator
