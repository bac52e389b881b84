#include "simulator/front/parts/fields.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <cmath>
#include <utility>

#include "base/seconds.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {
namespace json = boost::json;

Fields::Fields(std::string_view text) {
  if (text.empty()) return;
  boost::system::error_code error;
  json::value parsed = json::parse(text, error);
  if (error) {
    problem_ = "the body is not JSON: " + error.message();
  } else if (!parsed.is_object()) {
    problem_ = "the body must be a JSON object";
  } else {
    object_ = std::move(parsed.as_object());
  }
}

json::value const* Fields::find(std::string_view name) const {
  json::value const* found = object_.if_contains(name);
  // Go and .NET ignore the case of keys; an exact match is preferred (protocol.md 4.3, E4).
  if (found == nullptr) {
    for (auto const& [key, value] : object_) {
      if (equal_ignoring_case(key, name)) found = &value;
    }
  }
  // null means the same as a missing field (protocol.md 4.3).
  return found == nullptr || found->is_null() ? nullptr : found;
}

/// For the control API: a misspelt field would otherwise be ignored, and a test would not do what
/// it says. GitHub's own routes ignore unknown fields.
void Fields::expect_only(std::span<std::string_view const> names, std::string_view other) {
  for (auto const& [key, value] : object_) {
    std::string_view const given = key;
    bool const known =
        equal_ignoring_case(given, other) || std::ranges::any_of(names, [&](std::string_view name) {
          return equal_ignoring_case(name, given);
        });
    // Only the first problem is told, so there is no need to look for the nearest name again.
    if (!known && problem_.empty()) complain(given, unknown_field(given, names));
  }
}

void Fields::complain(std::string_view name, std::string_view about) {
  // The first problem is reported; those after it are often its consequences.
  if (problem_.empty()) problem_.append(name).append(": ").append(about);
}

std::optional<std::string> Fields::text(std::string_view name) {
  json::value const* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return std::string(value->as_string());
  complain(name, "must be a string");
  return std::nullopt;
}

std::optional<std::int64_t> Fields::integer(std::string_view name) {
  json::value const* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return value->as_int64();
  complain(name, "must be an integer");
  return std::nullopt;
}

std::optional<std::int64_t> Fields::integer(std::string_view name, std::int64_t least,
                                            std::int64_t most) {
  std::optional<std::int64_t> const value = integer(name);
  if (!value || (*value >= least && *value <= most)) return value;
  complain(name, "must be from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<double> Fields::number(std::string_view name, double least, double most) {
  json::value const* value = find(name);
  if (value == nullptr) return std::nullopt;
  double const given = value->is_number() ? value->to_number<double>() : least - 1;
  if (given >= least && given <= most) return given;
  complain(name, "must be a number from " + std::to_string(std::llround(least)) + " to " +
                     std::to_string(std::llround(most)));
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> Fields::seconds(std::string_view name,
                                                         std::chrono::milliseconds most) {
  json::value const* value = find(name);
  if (value == nullptr) return std::nullopt;
  // What is not a number is refused like one that is too small.
  double const given = value->is_number() ? value->to_number<double>() : -1;
  Result<std::chrono::milliseconds> const time =
      base::milliseconds_from_seconds(given, std::string(name) + ":", {}, most);
  if (time) return *time;
  if (problem_.empty()) problem_ = time.error().message;
  return std::nullopt;
}

std::optional<bool> Fields::flag(std::string_view name) {
  json::value const* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_bool()) return value->as_bool();
  complain(name, "must be true or false");
  return std::nullopt;
}

std::optional<json::array> Fields::list(std::string_view name) {
  json::value const* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_array()) return value->as_array();
  complain(name, "must be a list");
  return std::nullopt;
}

std::optional<Fields> Fields::object(std::string_view name) {
  json::value const* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_object()) return Fields(value->as_object());
  complain(name, "must be an object");
  return std::nullopt;
}

}  // namespace scaleset::simulator
