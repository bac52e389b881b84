#include "simulator/front/pages.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <charconv>

#include "simulator/front/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

std::size_t number_from_one(std::string const& text, std::size_t otherwise) {
  std::size_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool const usable = error == std::errc() && end == text.data() + text.size() && value > 0;
  return usable ? value : otherwise;
}

}  // namespace

http::ServerResponse page_reply(Call const& call, std::string_view name, json::array const& all) {
  constexpr std::size_t kDefaultSize = 30;
  constexpr std::size_t kMaxSize = 100;
  std::size_t const size =
      std::min(number_from_one(call.parameter("per_page"), kDefaultSize), kMaxSize);
  std::size_t const page = number_from_one(call.parameter("page"), 1);
  json::array items;
  std::size_t const pages_before = std::min(page - 1, all.size());
  for (std::size_t index = pages_before * size; index < all.size() && items.size() < size; ++index)
    items.push_back(all[index]);
  json::object body;
  body["total_count"] = all.size();
  body[name] = std::move(items);
  return json_reply(200, body);
}

}  // namespace scaleset::simulator
