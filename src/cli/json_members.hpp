#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

/// Members of an answer that is shown to a person. What is not there, or is of another kind than is
/// expected, is as if it were empty: the answer may come from another version of the program.
namespace scaleset::cli {

/// The text with nothing in it that controls a terminal: jobs and folders may have any name.
[[nodiscard]] std::string plain(std::string_view text);

/// Null if there is none. Valid for as long as `value`.
[[nodiscard]] boost::json::value const& member_of(boost::json::value const& value,
                                                  std::string_view name);
[[nodiscard]] boost::json::array const& list_of(boost::json::value const& value,
                                                std::string_view name);
/// plain().
[[nodiscard]] std::string text_of(boost::json::value const& value, std::string_view name);
[[nodiscard]] std::int64_t number_of(boost::json::value const& value, std::string_view name);

}  // namespace scaleset::cli
