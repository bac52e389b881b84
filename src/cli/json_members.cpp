#include "cli/json_members.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

namespace scaleset::cli {

namespace json = boost::json;

std::string plain(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(
      result, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return result;
}

json::value const& member_of(json::value const& value, std::string_view name) {
  static json::value const none;
  auto const* const object = value.if_object();
  auto const* const member = object == nullptr ? nullptr : object->if_contains(name);
  return member == nullptr ? none : *member;
}

json::array const& list_of(json::value const& value, std::string_view name) {
  static json::array const none;
  auto const* const list = member_of(value, name).if_array();
  return list == nullptr ? none : *list;
}

std::string text_of(json::value const& value, std::string_view name) {
  auto const* const text = member_of(value, name).if_string();
  return text == nullptr ? std::string() : plain(*text);
}

std::int64_t number_of(json::value const& value, std::string_view name) {
  json::value const& member = member_of(value, name);
  return member.is_int64() ? member.get_int64() : 0;
}

}  // namespace scaleset::cli
