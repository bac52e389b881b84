#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fleet/options.hpp"

namespace scaleset::fleet {

/// An amount of each resource: "slots", "memory".
using Resources = std::map<std::string, double>;

/// What scale sets share.
struct Budget {
  Resources total;
  /// How much idle scale sets may offer of what is free, as a multiple.
  int overcommit = 4;
};

/// A scale set that shares a budget, as it is now.
struct Sharer {
  Resources cost;  // of one runner
  double weight = 1;
  int reserve = 0;  // for how many runners there is always room
  int max = 0;      // of its runners
  int useful = 0;   // runners that it has (Counts::useful)
  int wanted = 0;   // runners that it would have without a budget
  /// Since when it has wanted more than it may have; no value if it does not. The one that has
  /// waited longest gets the next runner that fits.
  std::optional<TimePoint> waiting_since;
  /// When it began the last time to offer a runner although it did not want any.
  TimePoint last_turn;
};

/// What a scale set may do.
struct Share {
  int may_have = 0;   // useful runners: never fewer than it has, since a budget ends no runner
  int may_offer = 0;  // runners in all, as capacity that is advertised
  friend bool operator==(Share const&, Share const&) = default;
};

/// How long a scale set waits before nothing is given to others that it could use. Without this,
/// small runners of others would take what a large one waits for.
inline constexpr std::chrono::minutes kBudgetPatience{5};
/// How long a scale set that wants no runner keeps its turn to offer one, if others wait for
/// theirs.
inline constexpr std::chrono::minutes kOfferTurn{1};

/// Divides a budget. The sum of what all may have fits into the budget, unless the runners that
/// there are do not. Reserves are kept free for whom they belong to. What is free above them goes
/// to those that want runners, in proportion to their weights, and what cannot be divided to those
/// that have waited longest. A scale set that wants nothing may offer its reserve, and those whose
/// turn it is one runner more, as long as all that is offered so is at most `overcommit` times what
/// is free. The answer has the order of the sharers.
[[nodiscard]] std::vector<Share> divide(Budget const& budget, std::vector<Sharer> const& sharers,
                                        TimePoint now);

}  // namespace scaleset::fleet
