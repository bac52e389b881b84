#include "store/rows.hpp"

#include <utility>

namespace scaleset::store {

void Rows::know(ScaleSetKey key, ScaleSetRecord record, std::optional<SessionRecord> session,
                std::vector<RunnerRecord> const& runners, std::vector<OpenOffer> offers,
                std::vector<HeldRecord> held) {
  Entry entry;
  entry.record = std::move(record);
  entry.session = std::move(session);
  entry.offers = std::move(offers);
  entry.held = std::move(held);
  for (auto const& runner : runners) entry.runners.emplace(runner.name, runner);
  entries_.insert_or_assign(key.value, std::move(entry));
}

void Rows::apply(std::span<Change const> changes) {
  for (Change const& change : changes) {
    std::visit([this](auto const& one) { apply(one); }, change);
  }
}

std::vector<Change> Rows::all() const {
  std::vector<Change> changes;
  for (auto const& [number, entry] : entries_) {
    ScaleSetKey const key{number};
    changes.emplace_back(PutScaleSet{key, entry.record});
    if (entry.session) changes.emplace_back(RememberSession{key, *entry.session});
    for (auto const& [name, runner] : entry.runners) changes.emplace_back(PutRunner{key, runner});
    if (!entry.offers.empty()) changes.emplace_back(KeepOffers{key, entry.offers});
    if (!entry.held.empty()) changes.emplace_back(KeepHeld{key, entry.held});
  }
  return changes;
}

void Rows::apply(PutScaleSet const& change) { know(change.key, change.record, std::nullopt, {}); }

void Rows::apply(NoteScaleSet const& change) {
  auto const found = entries_.find(change.key.value);
  if (found == entries_.end()) return;
  found->second.record.id = change.id;
  found->second.record.ours = change.ours;
}

void Rows::apply(Suspend const& change) {
  auto const found = entries_.find(change.key.value);
  if (found != entries_.end()) found->second.record.suspension = change.suspension;
}

void Rows::apply(ForgetScaleSet const& change) { entries_.erase(change.key.value); }

void Rows::apply(RememberSession const& change) {
  auto const found = entries_.find(change.key.value);
  if (found != entries_.end()) found->second.session = change.session;
}

void Rows::apply(ForgetSession const& change) {
  auto const found = entries_.find(change.key.value);
  if (found != entries_.end()) found->second.session.reset();
}

void Rows::apply(PutRunner const& change) {
  auto const found = entries_.find(change.key.value);
  if (found == entries_.end()) return;
  auto const [place, added] = found->second.runners.try_emplace(change.runner.name, change.runner);
  if (added) return;
  Timestamp const created_at = place->second.created_at;
  place->second = change.runner;
  place->second.created_at = created_at;
}

void Rows::apply(ForgetRunner const& change) {
  auto const found = entries_.find(change.key.value);
  if (found != entries_.end()) found->second.runners.erase(change.name);
}

void Rows::apply(KeepOffers const& change) {
  auto const found = entries_.find(change.key.value);
  if (found != entries_.end()) found->second.offers = change.offers;
}

void Rows::apply(KeepHeld const& change) {
  auto const found = entries_.find(change.key.value);
  if (found != entries_.end()) found->second.held = change.held;
}

}  // namespace scaleset::store
