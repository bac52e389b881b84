#include "daemon/budget_desk.hpp"

#include <algorithm>
#include <set>

namespace scaleset::daemon {

BudgetDesk::Shares BudgetDesk::divide(std::vector<Sharing> const& all, fleet::TimePoint now) {
  std::map<std::string, std::vector<Sharing const*>> by_budget;
  std::set<base::OwnerKey> known;
  for (Sharing const& one : all) {
    by_budget[one.use.name].push_back(&one);
    known.insert(one.owner);
  }
  std::erase_if(memories_, [&known](auto const& entry) { return !known.contains(entry.first); });
  Shares shares;
  for (auto const& [name, sharing] : by_budget) {
    auto const budget = budgets_.find(name);
    if (budget != budgets_.end()) divide_one(budget->second, sharing, now, shares);
  }
  return shares;
}

void BudgetDesk::divide_one(fleet::Budget const& budget, std::vector<Sharing const*> const& sharing,
                            fleet::TimePoint now, Shares& shares) {
  std::vector<fleet::Sharer> sharers;
  sharers.reserve(sharing.size());
  for (Sharing const* one : sharing) {
    Memory const& memory = memories_[one->owner];
    fleet::Sharer sharer;
    sharer.cost = one->use.cost;
    sharer.weight = one->use.weight;
    sharer.reserve = one->use.reserve;
    sharer.max = one->needs.max;
    sharer.useful = one->needs.used;
    sharer.needed = one->needs.needed;
    sharer.wanted = one->needs.wanted;
    sharer.waiting_since = memory.waiting_since;
    sharer.last_turn = memory.last_turn;
    sharers.push_back(std::move(sharer));
  }
  auto const divided = fleet::divide(budget, sharers, now);
  for (std::size_t i = 0; i < sharing.size(); ++i) {
    remember(memories_[sharing[i]->owner], sharing[i]->needs, sharing[i]->use.reserve, divided[i],
             now);
    shares.emplace_back(sharing[i]->owner, divided[i]);
  }
}

void BudgetDesk::remember(Memory& memory, BudgetNeeds const& needs, int reserve, fleet::Share share,
                          fleet::TimePoint now) {
  bool const waits = std::min(needs.needed, needs.max) > share.may_have;
  // Who has just got a runner is the last in the queue again.
  bool const begins_to_wait = !memory.waiting_since || share.may_have > needs.used;
  if (!waits) memory.waiting_since.reset();
  if (waits && begins_to_wait) memory.waiting_since = now;
  // It waits for nothing, and offers more than what is its own.
  bool const has_turn = needs.needed <= needs.used &&
                        share.may_offer > std::max({needs.used, reserve, share.may_have});
  bool const turn_begins =
      has_turn && (!memory.has_turn || now - memory.last_turn >= fleet::kOfferTurn);
  if (turn_begins) memory.last_turn = now;
  memory.has_turn = has_turn;
}

}  // namespace scaleset::daemon
