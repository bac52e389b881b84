#include "simulator/front/github/pages.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

#include "base/whole_number.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

std::size_t number_from_one(std::string const& text, std::size_t otherwise) {
  std::size_t const value = base::whole_number<std::size_t>(text).value_or(0);
  return value > 0 ? value : otherwise;
}

}  // namespace

http::ServerResponse page_reply(Call const& call, std::string_view name, json::array const& all) {
  // The page sizes of GitHub's REST API.
  constexpr std::size_t kDefaultSize = 30;
  constexpr std::size_t kMaxSize = 100;
  std::size_t const size =
      std::min(number_from_one(call.parameter("per_page"), kDefaultSize), kMaxSize);
  std::size_t const page = number_from_one(call.parameter("page"), 1);
  json::array items;
  // Limited, so that a page number of many digits does not overflow the product.
  std::size_t const pages_before = std::min(page - 1, all.size());
  for (std::size_t index = pages_before * size; index < all.size() && items.size() < size; ++index)
    items.push_back(all[index]);
  json::object body;
  body["total_count"] = all.size();
  body[name] = std::move(items);
  http::ServerResponse reply = json_reply(200, body);
  // Clients such as go-github go on to the next page by this alone.
  if ((pages_before + 1) * size < all.size()) {
    reply.headers.emplace_back("Link", "<" + call.base_url + call.path +
                                           "?per_page=" + std::to_string(size) +
                                           "&page=" + std::to_string(page + 1) + ">; rel=\"next\"");
  }
  return reply;
}

}  // namespace scaleset::simulator
