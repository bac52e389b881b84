#pragma once

#include <chrono>
#include <cstddef>
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
  int needed = 0;   // runners for jobs that run or wait
  int wanted = 0;   // runners that it would have without a budget: also those that stand by
  /// Since when it has needed more than it may have, or has got the last one; no value if it does
  /// not. The one that has waited longest gets the next runner that fits.
  std::optional<TimePoint> waiting_since;
  /// When it began the last time to offer a runner although it did not want any.
  TimePoint last_turn;
  /// False: a turn would be lost on it, since it offers nothing: an operator has paused it, say.
  bool takes_jobs = true;
  /// Since when it has had no runner and has offered none, so that nobody could tell it of its
  /// jobs; also while it has the turn that ends this. No value: it is not so.
  std::optional<TimePoint> silent_since;
};

/// What a scale set may do.
struct Share {
  /// Useful runners. Fewer than it has if some of these stand by while jobs of others wait: then
  /// they are to go. A budget ends no runner that has a job or is reserved.
  int may_have = 0;
  int may_offer = 0;  // runners in all, as capacity that is advertised
  friend bool operator==(Share const&, Share const&) = default;
};

/// How long a scale set waits before nothing is given to others that it could use. Without this,
/// small runners of others would take what a large one waits for. The service takes a job back that
/// has no runner after five minutes (protocol.md 10.2).
inline constexpr std::chrono::minutes kBudgetPatience{2};
/// How long a scale set that wants no runner keeps its turn to offer one, if others wait for
/// theirs.
inline constexpr std::chrono::minutes kOfferTurn{1};
/// How long a scale set that has nothing is silent before what the next runner leaves is kept for a
/// turn of it. Longer if there are many, so that at most a fifth of one place is spent so.
inline constexpr std::chrono::minutes kLongestSilence{10};
[[nodiscard]] Duration longest_silence(std::size_t sharers) noexcept;

/// Divides a budget. The sum of what all may have fits into the budget, unless the runners that
/// there are do not. Reserves are kept free for whom they belong to. What is free above them goes
/// to those whose jobs need runners, in proportion to their weights, and what cannot be divided to
/// those that have least for their weight, and of these to those that have waited longest; runners
/// that stand by are given only if no job waits. If jobs wait and nothing is free, others may have
/// fewer that stand by.
///
/// A scale set whose jobs wait for nothing may offer its reserve, and those whose turn it is one
/// runner more: nobody tells a scale set of its jobs unless it offers a runner. All that is offered
/// so is at most `overcommit` times what is free. If nothing is, up to `overcommit` of them have
/// their turn as long as others have runners that stand by, which would make room. Nothing is
/// offered on the account of runners that have jobs: a job that is assigned and gets no runner
/// fails (protocol.md 10.2).
///
/// While jobs of others fill the budget nobody could tell one without a runner of its jobs. If it
/// has been silent for too long, it waits in the queue like those that need a runner, and what it
/// gets is the place for one that it may offer for the length of a turn. One has such a turn at a
/// time.
///
/// The answer has the order of the sharers.
[[nodiscard]] std::vector<Share> divide(Budget const& budget, std::vector<Sharer> const& sharers,
                                        TimePoint now);

}  // namespace scaleset::fleet
