#include "simulator/front/effects/rate_limit_answers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "simulator/front/github/errors.hpp"

namespace scaleset::simulator {

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

}  // namespace scaleset::simulator
