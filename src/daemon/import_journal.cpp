#include "daemon/import_journal.hpp"

#include <system_error>

namespace scaleset::daemon {
namespace {

namespace fs = std::filesystem;

bool belongs_to(store::ScaleSetRecord const& record, base::OwnerKey const& owner) {
  auto const key = base::OwnerKey::make(record.config_url, record.group, record.name);
  return key && *key == owner;
}

/// The row of the owner in the new journal, with what the old one says about the service's side.
Result<store::ScaleSetKey> row_for(store::Journal& journal, base::OwnerKey const& owner,
                                   store::ScaleSetRecord const& old) {
  store::ScaleSetRecord record;
  record.config_url = owner.url;
  record.group = owner.group;
  record.name = owner.name;
  record.id = old.id;
  record.ours = old.ours;
  return journal.put_scale_set(record);
}

/// Copies first and deletes afterwards, so that a crash in between loses nothing.
Result<std::size_t> move_row(store::Journal& from, store::ScaleSetKey old_key,
                             store::Journal& journal, store::ScaleSetKey key) {
  auto const runners = from.runners(old_key);
  if (!runners) return std::unexpected(runners.error());
  auto const session = from.recorded_session(old_key);
  if (!session) return std::unexpected(session.error());
  auto const record = from.scale_set(old_key);
  if (!record) return std::unexpected(record.error());
  auto offers = from.offers(old_key);
  if (!offers) return std::unexpected(offers.error());
  auto held = from.held(old_key);
  if (!held) return std::unexpected(held.error());
  std::vector<store::Change> copies;
  if (*record && !(*record)->suspension.empty())
    copies.emplace_back(store::Suspend{key, (*record)->suspension});
  for (auto const& runner : *runners) copies.emplace_back(store::PutRunner{key, runner});
  if (*session) copies.emplace_back(store::RememberSession{key, **session});
  if (!offers->empty()) copies.emplace_back(store::KeepOffers{key, *std::move(offers)});
  if (!held->empty()) copies.emplace_back(store::KeepHeld{key, *std::move(held)});
  if (auto copied = journal.apply(copies); !copied) return std::unexpected(copied.error());
  std::vector<store::Change> const forget{store::ForgetScaleSet{old_key}};
  if (auto done = from.apply(forget); !done) return std::unexpected(done.error());
  return runners->size();
}

Result<std::optional<std::size_t>> move_rows(store::Journal& from, base::OwnerKey const& owner,
                                             store::Journal& journal) {
  auto const keys = from.scale_sets();
  if (!keys) return std::unexpected(keys.error());
  std::optional<std::size_t> moved;
  for (store::ScaleSetKey const old_key : *keys) {
    auto const record = from.scale_set(old_key);
    if (!record) return std::unexpected(record.error());
    if (!*record || !belongs_to(**record, owner)) continue;
    auto const key = row_for(journal, owner, **record);
    if (!key) return std::unexpected(key.error());
    auto const count = move_row(from, old_key, journal, *key);
    if (!count) return std::unexpected(count.error());
    moved = moved.value_or(0) + *count;
  }
  return moved;
}

Result<bool> is_empty(store::Journal& journal) {
  auto const left = journal.scale_sets();
  if (!left) return std::unexpected(left.error());
  return left->empty();
}

}  // namespace

void report_set_aside(store::Journal const& journal, base::Logger const& log) {
  auto const& aside = journal.set_aside();
  if (!aside) return;
  std::string const kept = aside->path.string();
  log.error(
      "a journal was damaged and is kept under another name; runners that are still there are "
      "taken over from the backend, and their jobs go on",
      {{"kept", kept}, {"problem", aside->why}});
}

Result<std::optional<std::size_t>> import_journal(fs::path const& old, base::OwnerKey const& owner,
                                                  store::Journal& journal,
                                                  base::Logger const& log) {
  std::error_code error;
  if (!fs::exists(old, error)) return std::nullopt;
  Result<std::optional<std::size_t>> moved;
  Result<bool> empty = false;
  {
    auto from = store::Journal::open(old);
    if (!from) return std::unexpected(from.error());
    report_set_aside(*from, log);
    moved = move_rows(*from, owner, journal);
    if (!moved) return moved;
    std::string const file = old.string();
    if (*moved)
      log.info("took over what another journal says about the scale set",
               {{"file", file}, {"runners", static_cast<std::int64_t>(**moved)}});
    empty = is_empty(*from);
    if (!empty) return std::unexpected(empty.error());
  }  // closes the old journal, which also empties its write-ahead log
  if (!*empty) return moved;
  fs::path imported = old;
  imported += ".imported";
  fs::rename(old, imported, error);
  if (!error) return moved;
  return fail(ErrorCode::io, "cannot rename " + old.string() + " to " + imported.string() + ": " +
                                 error.message());
}

}  // namespace scaleset::daemon
