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
    // The jobs that its turn has brought have waited since it fell silent.
    sharer.waiting_since = memory.waiting_since ? memory.waiting_since : memory.silent_since;
    sharer.last_turn = memory.last_turn;
    sharer.takes_jobs = one->needs.takes_jobs;
    sharer.silent_since = memory.silent_since;
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
  bool const gets_one = share.may_have > needs.used;
  if (!waits) memory.waiting_since.reset();
  if (waits && gets_one) memory.waiting_since = now;
  if (waits && !memory.waiting_since) memory.waiting_since = memory.silent_since.value_or(now);
  // It waits for nothing, and offers more than what is its own.
  bool const has_turn = needs.needed <= needs.used &&
                        share.may_offer > std::max({needs.used, reserve, share.may_have});
  bool const turn_begins =
      has_turn && (!memory.has_turn || now - memory.last_turn >= fleet::kOfferTurn);
  if (turn_begins) memory.last_turn = now;
  memory.has_turn = has_turn;
  remember_silence(memory, needs, share, now);
}

/// One that offers a runner for as long as a turn has had time to hear of its jobs.
void BudgetDesk::remember_silence(Memory& memory, BudgetNeeds const& needs, fleet::Share share,
                                  fleet::TimePoint now) {
  bool const has_nothing = needs.used == 0 && needs.needed == 0 && needs.max > 0;
  if (!has_nothing || !needs.takes_jobs || !needs.listens) {
    memory.silent_since.reset();
    memory.offering_since.reset();
    return;
  }
  bool const offers = share.may_offer > 0;
  if (!offers) memory.offering_since.reset();
  if (offers && !memory.offering_since) memory.offering_since = now;
  bool const was_heard = offers && now - *memory.offering_since >= fleet::kOfferTurn;
  if (was_heard) memory.silent_since.reset();
  if (!offers && !memory.silent_since) memory.silent_since = now;
}

}  // namespace scaleset::daemon
