#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace scaleset::simulator::pretend {

/// No value: the text is not JSON, or not an object.
[[nodiscard]] std::optional<boost::json::object> parse_object(std::string_view text);
/// Empty: the field is missing or not a string.
[[nodiscard]] std::string text_of(boost::json::object const& object, std::string_view key);

}  // namespace scaleset::simulator::pretend
