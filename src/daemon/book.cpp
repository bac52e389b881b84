#include "daemon/book.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace scaleset::daemon {
namespace {

store::ScaleSetRecord row_of(base::OwnerKey const& owner) {
  store::ScaleSetRecord record;
  record.config_url = owner.url;
  record.group = owner.group;
  record.name = owner.name;
  return record;
}

Result<store::ScaleSetKey> key_of(store::Journal& journal, base::OwnerKey const& owner) {
  auto const known = journal.find_scale_set(owner.url, owner.group, owner.name);
  if (!known) return std::unexpected(known.error());
  if (*known) return **known;
  return journal.put_scale_set(row_of(owner));
}

}  // namespace

Result<void> add_sets(store::Journal& journal, std::vector<base::OwnerKey> const& owners) {
  auto const keys = journal.scale_sets();
  if (!keys) return std::unexpected(keys.error());
  std::int64_t last = 0;
  for (store::ScaleSetKey const key : *keys) last = std::max(last, key.value);
  std::vector<store::Change> rows;
  for (base::OwnerKey const& owner : owners) {
    auto const known = journal.find_scale_set(owner.url, owner.group, owner.name);
    if (!known) return std::unexpected(known.error());
    if (!*known) rows.emplace_back(store::PutScaleSet{store::ScaleSetKey{++last}, row_of(owner)});
  }
  return rows.empty() ? Result<void>() : journal.apply(rows);
}

Result<SetRecord> read_set(store::Journal& journal, base::OwnerKey const& owner) {
  auto const key = key_of(journal, owner);
  if (!key) return std::unexpected(key.error());
  auto const row = journal.scale_set(*key);
  if (!row) return std::unexpected(row.error());
  auto session = journal.recorded_session(*key);
  if (!session) return std::unexpected(session.error());
  auto runners = journal.runners(*key);
  if (!runners) return std::unexpected(runners.error());
  auto offers = journal.offers(*key);
  if (!offers) return std::unexpected(offers.error());
  auto held = journal.held(*key);
  if (!held) return std::unexpected(held.error());
  SetRecord found;
  found.key = *key;
  if (*row) {
    found.id = (*row)->id;
    found.ours = (*row)->ours;
    found.suspension = (*row)->suspension;
  }
  found.session = *std::move(session);
  found.runners = *std::move(runners);
  found.offers = *std::move(offers);
  found.held = *std::move(held);
  return found;
}

}  // namespace scaleset::daemon
