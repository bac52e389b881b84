#include "daemon/book.hpp"

#include <utility>

namespace scaleset::daemon {
namespace {

Result<store::ScaleSetKey> key_of(store::Journal& journal, base::OwnerKey const& owner) {
  auto const known = journal.find_scale_set(owner.url, owner.group, owner.name);
  if (!known) return std::unexpected(known.error());
  if (*known) return **known;
  store::ScaleSetRecord record;
  record.config_url = owner.url;
  record.group = owner.group;
  record.name = owner.name;
  return journal.put_scale_set(record);
}

}  // namespace

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
  return found;
}

}  // namespace scaleset::daemon
