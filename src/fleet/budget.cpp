#include "fleet/budget.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace scaleset::fleet {
namespace {

/// Sums of fractions such as 0.1 must fill a budget of 1.
constexpr double kRounding = 1e-9;

double amount_of(Resources const& resources, std::string const& name) {
  auto const found = resources.find(name);
  return found == resources.end() ? 0.0 : found->second;
}

/// How many runners of that cost fit into a part of the resources.
int fitting(Resources const& resources, Resources const& cost, double part = 1.0) {
  double least = std::numeric_limits<int>::max();
  for (auto const& [name, amount] : cost) {
    if (amount <= 0) continue;
    least = std::min(least, (amount_of(resources, name) * part) / amount + kRounding);
  }
  return least < 0 ? 0 : static_cast<int>(least);
}

void take(Resources& resources, Resources const& cost, int runners) {
  for (auto const& [name, amount] : cost) resources[name] -= amount * runners;
}

class Division {
 public:
  Division(Budget const& budget, std::vector<Sharer> const& sharers, TimePoint now)
      : budget_(budget), sharers_(sharers), now_(now), shares_(sharers.size()) {}

  std::vector<Share> run() {
    Resources unused = budget_.total;
    for (std::size_t i = 0; i < sharers_.size(); ++i) {
      shares_[i].may_have = sharers_[i].useful;
      take(unused, sharers_[i].cost, sharers_[i].useful);
    }
    grant_reserves(unused);
    if (!serve_the_patient()) share_what_is_free();
    // Otherwise it would take what is made free for a job, piece by piece.
    if (!a_job_waits()) {
      what_for_ = &Sharer::wanted;
      share_what_is_free();
      what_for_ = &Sharer::needed;
    }
    make_room_for_jobs();
    offer();
    return std::move(shares_);
  }

 private:
  /// How many more it needs, or wants, than it may have so far.
  [[nodiscard]] int unmet(std::size_t i) const {
    return std::min(sharers_[i].*what_for_, sharers_[i].max) - shares_[i].may_have;
  }
  /// How many of its runners stand by and are not reserved.
  [[nodiscard]] int standing_by(std::size_t i) const {
    Sharer const& sharer = sharers_[i];
    return shares_[i].may_have - std::max(sharer.needed, std::min(sharer.reserve, sharer.max));
  }

  /// One that may get its runner.
  [[nodiscard]] bool a_job_waits() const {
    auto const waiting = by_waiting();
    return std::ranges::any_of(waiting, [this](std::size_t i) { return may_fit_one_day(i); });
  }

  void share_what_is_free() {
    while (grant_by_weight()) {
    }
    grant_the_rest();
  }
  [[nodiscard]] int open_reserve(Sharer const& sharer) const {
    return std::max(0, std::min(sharer.reserve, sharer.max) - sharer.useful);
  }

  /// If a budget was lowered, there may be less than the reserves.
  void grant_reserves(Resources unused) {
    free_ = unused;
    for (std::size_t i = 0; i < sharers_.size(); ++i) {
      Sharer const& sharer = sharers_[i];
      int const reserved = std::min(open_reserve(sharer), fitting(unused, sharer.cost));
      take(unused, sharer.cost, reserved);
      take(free_, sharer.cost, reserved);
      reserved_.push_back(reserved);
      // What is reserved may stand by as well: nobody else can use it.
      int const unmet = std::min(sharer.wanted, sharer.max) - sharer.useful;
      shares_[i].may_have += std::clamp(unmet, 0, reserved);
    }
  }

  [[nodiscard]] std::vector<std::size_t> by_waiting() const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < sharers_.size(); ++i)
      if (unmet(i) > 0) order.push_back(i);
    std::ranges::stable_sort(
        order, {}, [this](std::size_t i) { return sharers_[i].waiting_since.value_or(now_); });
    return order;
  }

  void grant(std::size_t i, int runners) {
    shares_[i].may_have += runners;
    take(free_, sharers_[i].cost, runners);
  }

  /// Since when its patience is over. No value: it is not, or it waits for nothing.
  [[nodiscard]] std::optional<TimePoint> patient_since(std::size_t i) const {
    Sharer const& sharer = sharers_[i];
    auto const& since = unmet(i) > 0 ? sharer.waiting_since : sharer.silent_since;
    if (!since) return std::nullopt;
    auto const over =
        *since + (unmet(i) > 0 ? Duration(kBudgetPatience) : longest_silence(sharers_.size()));
    return over <= now_ ? std::optional(over) : std::nullopt;
  }

  /// One runner for each that has waited too long, or the place for one that it may offer. Returns
  /// whether one is left whose runner does not fit: then what is free is kept for it.
  bool serve_the_patient() {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < sharers_.size(); ++i)
      if (patient_since(i)) order.push_back(i);
    std::ranges::stable_sort(order, {}, [this](std::size_t i) { return *patient_since(i); });
    for (std::size_t const i : order) {
      bool const is_silent = unmet(i) <= 0;
      if (is_silent && (asked_ || !may_offer_one(i))) continue;
      if (fitting(free_, sharers_[i].cost) > 0)
        is_silent ? ask(i) : grant(i, 1);
      else if (may_fit_one_day(i))
        return true;
    }
    return false;
  }
  [[nodiscard]] bool may_offer_one(std::size_t i) const {
    return sharers_[i].takes_jobs && sharers_[i].max > shares_[i].may_have;
  }
  /// The place is taken until its turn is over.
  void ask(std::size_t i) {
    take(free_, sharers_[i].cost, 1);
    asked_ = i;
  }
  /// Whether its runner fits beside the reserves of the others once all their runners have ended.
  [[nodiscard]] bool may_fit_one_day(std::size_t i) const {
    Resources left = budget_.total;
    for (std::size_t other = 0; other < sharers_.size(); ++other)
      if (other != i)
        take(left, sharers_[other].cost, std::min(sharers_[other].reserve, sharers_[other].max));
    return fitting(left, sharers_[i].cost) > 0;
  }

  bool grant_by_weight() {
    std::vector<std::size_t> const order = by_waiting();
    double weights = 0;
    for (std::size_t const i : order) weights += sharers_[i].weight;
    Resources const divided = free_;
    bool granted = false;
    for (std::size_t const i : order) {
      Sharer const& sharer = sharers_[i];
      int const runners =
          std::min({unmet(i), fitting(divided, sharer.cost, sharer.weight / weights),
                    fitting(free_, sharer.cost)});
      grant(i, runners);
      granted = granted || runners > 0;
    }
    return granted;
  }

  /// Those that have least for their weight first; of these, those that have waited longest.
  [[nodiscard]] std::vector<std::size_t> by_need() const {
    auto order = by_waiting();
    std::ranges::stable_sort(
        order, {}, [this](std::size_t i) { return shares_[i].may_have / sharers_[i].weight; });
    return order;
  }

  void grant_the_rest() {
    for (bool granted = true; granted;) {
      granted = false;
      for (std::size_t const i : by_need()) {
        if (fitting(free_, sharers_[i].cost) == 0) continue;
        grant(i, 1);
        granted = true;
      }
    }
  }

  /// For each job that still waits, others may have as many fewer as its runner needs.
  void make_room_for_jobs() {
    Resources room = free_;
    for (std::size_t const i : by_waiting()) {
      for (int missing = unmet(i); missing > 0 && make_room(room, sharers_[i].cost); --missing)
        take(room, sharers_[i].cost, 1);
    }
  }
  /// Those with most that stand by are the first. If that is not enough, all keep what they have.
  bool make_room(Resources& room, Resources const& cost) {
    auto const shares = shares_;
    Resources const before = room;
    while (fitting(room, cost) == 0) {
      std::size_t most = 0;
      for (std::size_t i = 1; i < sharers_.size(); ++i)
        if (standing_by(i) > standing_by(most)) most = i;
      if (standing_by(most) <= 0) {
        shares_ = shares;
        room = before;
        return false;
      }
      --shares_[most].may_have;
      take(room, sharers_[most].cost, -1);
    }
    return true;
  }

  void offer() {
    Resources offered = free_;
    for (auto& [name, amount] : offered) amount = std::max(0.0, amount) * budget_.overcommit;
    for (std::size_t i = 0; i < sharers_.size(); ++i) {
      bool const waits = std::min(sharers_[i].needed, sharers_[i].max) > sharers_[i].useful;
      shares_[i].may_offer = waits
                                 ? shares_[i].may_have
                                 : std::max(shares_[i].may_have, sharers_[i].useful + reserved_[i]);
    }
    if (asked_) ++shares_[*asked_].may_offer;
    Resources room = free_;  // once all that stand by have gone
    for (std::size_t i = 0; i < sharers_.size(); ++i)
      take(room, sharers_[i].cost, -std::max(0, standing_by(i)));
    int turns = 0;
    for (std::size_t const i : by_turn()) {
      Resources const& cost = sharers_[i].cost;
      bool const fits = fitting(offered, cost) > 0 && fitting(free_, cost) > 0;
      if (!fits && (turns >= budget_.overcommit || fitting(room, cost) == 0)) continue;
      take(fits ? offered : room, cost, 1);
      ++turns;
      ++shares_[i].may_offer;
    }
  }

  /// Those that wait for nothing and may have more: first those whose turn is not over, then those
  /// who had none for longest. Of turns that began together, those for which nothing is free come
  /// first: the others need no room that somebody has to make, and would end their turn.
  [[nodiscard]] std::vector<std::size_t> by_turn() const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < sharers_.size(); ++i)
      if (unmet(i) <= 0 && sharers_[i].takes_jobs && i != asked_ &&
          shares_[i].may_offer < sharers_[i].max && shares_[i].may_have <= sharers_[i].useful)
        order.push_back(i);
    auto const rank = [this](std::size_t i) {
      bool const over = now_ - sharers_[i].last_turn >= kOfferTurn;
      return std::tuple(over, sharers_[i].last_turn, fitting(free_, sharers_[i].cost) > 0);
    };
    std::ranges::stable_sort(order, {}, rank);
    return order;
  }

  Budget const& budget_;
  std::vector<Sharer> const& sharers_;
  TimePoint now_;
  int Sharer::* what_for_ = &Sharer::needed;
  std::vector<Share> shares_;
  std::vector<int> reserved_;         // runners of the reserve that are not there
  Resources free_;                    // above the reserves
  std::optional<std::size_t> asked_;  // who was silent for too long, and has a turn
};

}  // namespace

Duration longest_silence(std::size_t sharers) noexcept {
  return std::max<Duration>(kLongestSilence, 5 * kOfferTurn * sharers);
}

std::vector<Share> divide(Budget const& budget, std::vector<Sharer> const& sharers, TimePoint now) {
  return Division(budget, sharers, now).run();
}

}  // namespace scaleset::fleet
