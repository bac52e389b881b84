#include "simulator/front/faults/rate_limit.hpp"

#include <algorithm>
#include <array>
#include <ranges>

#include "base/rfc3339.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::int64_t kMostCalls = 1000000000;
constexpr std::int64_t kYear = 365LL * 86400;  // seconds
constexpr std::array<std::string_view, 5> kKnown{"route", "limit", "windowSeconds", "status",
                                                 "secondary"};

/// A limit without a number would mean nothing, so there is no default.
std::int64_t read_needed(Fields& fields, std::string_view name, std::int64_t least,
                         std::int64_t most) {
  if (fields.find(name) == nullptr) fields.complain(name, "must be given");
  return fields.integer(name, least, most).value_or(0);
}

}  // namespace

Result<RateLimit> read_rate_limit(Fields fields, OperationNames const& names) {
  RateLimit limit;
  limit.route = fields.text("route").value_or("");
  check_route(fields, limit.route, names);
  fields.expect_only(kKnown);
  limit.limit = read_needed(fields, "limit", 0, kMostCalls);
  limit.window = std::chrono::seconds(read_needed(fields, "windowSeconds", 1, kYear));
  limit.status = static_cast<int>(fields.integer("status").value_or(limit.status));
  if (limit.status != 403 && limit.status != 429) fields.complain("status", "must be 403 or 429");
  limit.secondary = fields.flag("secondary").value_or(false);
  if (!fields.problem().empty()) return fail(ErrorCode::invalid_argument, fields.problem());
  return limit;
}

void RateLimits::set(RateLimit limit) {
  std::erase_if(all_, [&](RateLimit const& other) { return other.route == limit.route; });
  all_.push_back(std::move(limit));
}

std::optional<RateLimit> RateLimits::count(Operation operation, Timestamp now) {
  // A call may be covered by "*" and by its own name; the most recently set one applies.
  auto newest_first = all_ | std::views::reverse;
  auto const found = std::ranges::find_if(
      newest_first, [&](RateLimit const& limit) { return covers(limit.route, operation); });
  if (found == newest_first.end()) return std::nullopt;
  // A fixed window, which begins with the first call after the last one ended.
  if (now >= found->window_end) {
    found->used = 0;
    found->window_end = now + found->window;
  }
  ++found->used;
  return *found;
}

std::optional<RateLimit> RateLimits::find(Operation operation) const {
  auto newest_first = all_ | std::views::reverse;
  auto const found = std::ranges::find_if(
      newest_first, [&](RateLimit const& limit) { return covers(limit.route, operation); });
  return found == newest_first.end() ? std::nullopt : std::optional(*found);
}

json::array RateLimits::view() const {
  json::array list;
  for (RateLimit const& limit : all_) {
    json::object one;
    one["route"] = limit.route;
    one["limit"] = limit.limit;
    one["windowSeconds"] = limit.window.count();
    one["status"] = limit.status;
    one["secondary"] = limit.secondary;
    one["used"] = limit.used;
    one["resetAt"] = nullptr;
    if (limit.used > 0) one["resetAt"] = base::format_rfc3339(limit.window_end);
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace scaleset::simulator
