#include "simulator/front/faults/latency.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ranges>

#include "simulator/model/world_random.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::int64_t kLongest = 600000;  // milliseconds
constexpr std::int64_t kTailOfMean = 10;   // where an exponential latency is cut by default
constexpr std::array<std::string_view, 6> kKnown{
    "route", "kind", "milliseconds", "leastMilliseconds", "mostMilliseconds", "meanMilliseconds"};
constexpr std::array<std::string_view, 3> kKinds{"fixed", "uniform", "exponential"};

std::chrono::milliseconds read_milliseconds(Fields& fields, std::string_view name) {
  if (fields.find(name) == nullptr) fields.complain(name, "must be given");
  return std::chrono::milliseconds(fields.integer(name, 0, kLongest).value_or(0));
}

/// The fields that a latency has depend on its kind.
void read_times(Fields& fields, Latency& latency) {
  constexpr std::string_view kMost = "mostMilliseconds";
  switch (latency.kind) {
    case Latency::Kind::fixed: latency.typical = read_milliseconds(fields, "milliseconds"); break;
    case Latency::Kind::uniform:
      latency.least = read_milliseconds(fields, "leastMilliseconds");
      latency.most = read_milliseconds(fields, kMost);
      if (latency.most < latency.least) fields.complain(kMost, "must not be less than the least");
      break;
    case Latency::Kind::exponential:
      latency.typical = read_milliseconds(fields, "meanMilliseconds");
      latency.most = std::chrono::milliseconds(
          fields.integer(kMost, 0, kLongest)
              .value_or(std::min(kLongest, latency.typical.count() * kTailOfMean)));
      break;
  }
}

}  // namespace

Result<Latency> read_latency(Fields fields, OperationNames const& names) {
  Latency latency;
  latency.route = fields.text("route").value_or("");
  check_route(fields, latency.route, names);
  fields.expect_only(kKnown);
  std::string const kind = fields.text("kind").value_or("fixed");
  auto const found = std::ranges::find(kKinds, kind);
  if (found == kKinds.end()) {
    fields.complain("kind", "must be \"fixed\", \"uniform\" or \"exponential\"");
  } else {
    latency.kind = static_cast<Latency::Kind>(found - kKinds.begin());
    read_times(fields, latency);
  }
  if (!fields.problem().empty()) return fail(ErrorCode::invalid_argument, fields.problem());
  return latency;
}

void Latencies::set(Latency latency) {
  // One for each route: to set it again means to replace it.
  std::erase_if(all_, [&](Latency const& other) { return other.route == latency.route; });
  // Each has a sequence of its own, so that calls of other routes do not disturb it (ADR 25).
  latency.random_state = seed_++;
  all_.push_back(std::move(latency));
}

std::chrono::milliseconds Latencies::draw(Operation operation) {
  // A call may be covered by "*" and by its own name; the most recently set one applies.
  auto newest_first = all_ | std::views::reverse;
  auto const found = std::ranges::find_if(
      newest_first, [&](Latency const& latency) { return covers(latency.route, operation); });
  if (found == newest_first.end()) return {};
  if (found->kind == Latency::Kind::fixed) return found->typical;
  double const chance = WorldRandom(found->random_state).uniform();
  if (found->kind == Latency::Kind::uniform) {
    auto const width = static_cast<double>((found->most - found->least).count() + 1);
    return found->least + std::chrono::milliseconds(static_cast<std::int64_t>(chance * width));
  }
  // The inverse of the exponential distribution. log1p, since `chance` may be 0.
  double const time = -std::log1p(-chance) * static_cast<double>(found->typical.count());
  return std::min(found->most, std::chrono::milliseconds(std::llround(time)));
}

json::array Latencies::view() const {
  json::array list;
  for (Latency const& latency : all_) {
    json::object one;
    one["route"] = latency.route;
    one["kind"] = kKinds[static_cast<std::size_t>(latency.kind)];
    switch (latency.kind) {
      case Latency::Kind::fixed: one["milliseconds"] = latency.typical.count(); break;
      case Latency::Kind::uniform: one["leastMilliseconds"] = latency.least.count(); break;
      case Latency::Kind::exponential: one["meanMilliseconds"] = latency.typical.count(); break;
    }
    if (latency.kind != Latency::Kind::fixed) one["mostMilliseconds"] = latency.most.count();
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace scaleset::simulator
