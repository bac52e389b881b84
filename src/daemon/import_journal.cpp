#include "daemon/import_journal.hpp"

#include <system_error>

namespace scaleset::daemon {
namespace {

namespace fs = std::filesystem;

bool belongs_to(store::ScaleSetRecord const& record, base::OwnerKey const& owner) {
  auto const key = base::OwnerKey::make(record.config_url, record.group, record.name);
  return key && *key == owner;
}

/// The row of the owner in the new journal, with the id of the old one.
Result<store::ScaleSetKey> row_for(store::Journal& journal, base::OwnerKey const& owner,
                                   ScaleSetId id) {
  store::ScaleSetRecord record;
  record.config_url = owner.url;
  record.group = owner.group;
  record.name = owner.name;
  record.id = id;
  return journal.put_scale_set(record);
}

/// Copies first and deletes afterwards, so that a crash in between loses nothing.
Result<std::size_t> move_row(store::Journal& from, store::ScaleSetKey old_key,
                             store::Journal& journal, store::ScaleSetKey key) {
  auto const runners = from.runners(old_key);
  if (!runners) return std::unexpected(runners.error());
  auto const session = from.recorded_session(old_key);
  if (!session) return std::unexpected(session.error());
  if (auto put = journal.put_runners(key, *runners); !put) return std::unexpected(put.error());
  if (*session) {
    auto remembered = journal.remember_session(key, **session);
    if (!remembered) return std::unexpected(remembered.error());
  }
  if (auto done = from.forget_scale_set(old_key); !done) return std::unexpected(done.error());
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
    auto const key = row_for(journal, owner, (*record)->id);
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

Result<std::optional<std::size_t>> import_journal(fs::path const& old, base::OwnerKey const& owner,
                                                  store::Journal& journal) {
  std::error_code error;
  if (!fs::exists(old, error)) return std::nullopt;
  Result<std::optional<std::size_t>> moved;
  Result<bool> empty = false;
  {
    auto from = store::Journal::open(old);
    if (!from) return std::unexpected(from.error());
    moved = move_rows(*from, owner, journal);
    if (!moved) return moved;
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
