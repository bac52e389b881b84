#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace scaleset::simulator::pretend {

/// No value: no JSON, or no object.
[[nodiscard]] std::optional<boost::json::object> parse_object(std::string_view text);
/// Empty: absent, or no string.
[[nodiscard]] std::string text_of(boost::json::object const& object, std::string_view key);

}  // namespace scaleset::simulator::pretend
