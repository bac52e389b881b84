#include "simulator/runner/json_reading.hpp"

#include <boost/json/parse.hpp>
#include <utility>

namespace scaleset::simulator::pretend {

namespace json = boost::json;

std::optional<json::object> parse_object(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::string text_of(json::object const& object, std::string_view key) {
  json::value const* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

}  // namespace scaleset::simulator::pretend
