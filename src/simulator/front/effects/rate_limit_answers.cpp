#include "simulator/front/effects/rate_limit_answers.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <string>
#include <utility>

#include "simulator/front/github/errors.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::int64_t kHourlyCalls = 5000;  // when nothing is set (protocol.md 8)

}  // namespace

http::ServerResponse limit_exceeded(RateLimit const& limit) {
  if (limit.secondary)
    return rest_error(limit.status,
                      "You have exceeded a secondary rate limit. Please wait a few minutes before "
                      "you try again.");
  return rest_error(limit.status, "API rate limit exceeded for user ID 1.");
}

void add_limit_headers(RateLimit const& limit, Timestamp now, http::ServerResponse& response) {
  auto const add = [&](char const* name, std::string value) {
    response.headers.emplace_back(name, std::move(value));
  };
  // A secondary limit shows only when it is exceeded (protocol.md 8).
  if (limit.secondary) {
    auto const wait = std::chrono::ceil<std::chrono::seconds>(limit.window_end - now).count();
    if (limit.exceeded()) add("retry-after", std::to_string(wait));
    return;
  }
  auto const reset = std::chrono::ceil<std::chrono::seconds>(limit.window_end);
  // Calls beyond the limit are not counted as used, or `remaining` would be negative.
  std::int64_t const used = std::min(limit.used, limit.limit);
  add("x-ratelimit-limit", std::to_string(limit.limit));
  add("x-ratelimit-remaining", std::to_string(limit.limit - used));
  add("x-ratelimit-used", std::to_string(used));
  add("x-ratelimit-reset", std::to_string(reset.time_since_epoch().count()));
  add("x-ratelimit-resource", "core");
}

http::ServerResponse rest_rate_limit(UserVisit const& visit, Trouble& trouble) {
  Timestamp const now = visit.live.now();
  std::optional<RateLimit> const set = trouble.rate_limits.find(visit.call.operation);
  std::int64_t const limit = set ? set->limit : kHourlyCalls;
  std::int64_t const used = set ? std::min(set->used, limit) : 0;
  Timestamp const reset = set ? set->window_end : now + std::chrono::hours(1);
  json::object core;
  core["limit"] = limit;
  core["used"] = used;
  core["remaining"] = limit - used;
  core["reset"] = std::chrono::floor<std::chrono::seconds>(reset).time_since_epoch().count();
  json::object resources;
  resources["core"] = core;
  json::object body;
  body["resources"] = std::move(resources);
  body["rate"] = std::move(core);
  return json_reply(200, body);
}

}  // namespace scaleset::simulator
