#include "store/journal.hpp"

#include <utility>

#include "base/files.hpp"
#include "store/schema.hpp"

namespace scaleset::store {
namespace {

std::int64_t milliseconds(Timestamp time) { return time.time_since_epoch().count(); }

Timestamp timestamp(std::int64_t milliseconds) {
  return Timestamp(std::chrono::milliseconds(milliseconds));
}

RunnerRecord read_runner(Statement const& row) {
  RunnerRecord runner;
  runner.name = row.text(0);
  if (!row.is_null(1)) runner.id = RunnerId{row.integer(1)};
  runner.reference = row.text(2);
  runner.state = row.text(3);
  runner.created_at = timestamp(row.integer(4));
  runner.changed_at = timestamp(row.integer(5));
  return runner;
}

void bind_runner(Statement& statement, ScaleSetKey key, RunnerRecord const& runner) {
  statement.bind(1, key.value);
  statement.bind(2, runner.name);
  // A statement that is used again keeps the values that were bound before.
  statement.bind_null(3);
  if (runner.id) statement.bind(3, runner.id->value);
  statement.bind(4, runner.reference);
  statement.bind(5, runner.state);
  statement.bind(6, milliseconds(runner.created_at));
  statement.bind(7, milliseconds(runner.changed_at));
}

}  // namespace

Result<Journal> Journal::open(std::filesystem::path const& path) {
  if (auto made = base::create_private_folder(path.parent_path()); !made)
    return std::unexpected(made.error());
  // Before the database is opened, so that a second daemon never sees it half prepared. SQLite's
  // own locks last for a transaction only.
  auto lock = base::FileLock::acquire(path.string() + ".lock", "the journal " + path.string());
  if (!lock) return std::unexpected(lock.error());
  auto database = Database::open(path);
  if (!database) return std::unexpected(database.error());
  if (auto ready = prepare_schema(*database); !ready) return std::unexpected(ready.error());
  return Journal(*std::move(lock), *std::move(database));
}

Result<ScaleSetKey> Journal::put_scale_set(ScaleSetRecord const& scale_set) {
  auto statement = database_.prepare(
      "INSERT INTO scale_set (config_url, group_name, name, id) VALUES (?1, ?2, ?3, ?4) "
      // A scale set is known by its name. Its id changes when it was created anew (A4), and its
      // runners and its session must stay with it.
      "ON CONFLICT DO UPDATE SET id = excluded.id RETURNING key");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, scale_set.config_url);
  statement->bind(2, scale_set.group);
  statement->bind(3, scale_set.name);
  statement->bind(4, scale_set.id.value);
  auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  ScaleSetKey const key{statement->integer(0)};
  // Without this second step, which finds no further row, the statement would not be committed.
  if (auto end = statement->step(); !end) return std::unexpected(end.error());
  return key;
}

Result<std::optional<ScaleSetKey>> Journal::find_scale_set(std::string const& config_url,
                                                           std::string const& group,
                                                           std::string const& name) {
  auto statement = database_.prepare(
      "SELECT key FROM scale_set WHERE config_url = ?1 AND group_name = ?2 AND name = ?3");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, config_url);
  statement->bind(2, group);
  statement->bind(3, name);
  auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return ScaleSetKey{statement->integer(0)};
}

Result<std::vector<ScaleSetKey>> Journal::scale_sets() {
  auto statement = database_.prepare("SELECT key FROM scale_set ORDER BY key");
  if (!statement) return std::unexpected(statement.error());
  std::vector<ScaleSetKey> keys;
  for (;;) {
    auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return keys;
    keys.emplace_back(statement->integer(0));
  }
}

Result<std::optional<ScaleSetRecord>> Journal::scale_set(ScaleSetKey key) {
  auto statement =
      database_.prepare("SELECT config_url, group_name, name, id FROM scale_set WHERE key = ?1");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, key.value);
  auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  ScaleSetRecord found;
  found.config_url = statement->text(0);
  found.group = statement->text(1);
  found.name = statement->text(2);
  found.id = ScaleSetId{statement->integer(3)};
  return found;
}

Result<void> Journal::forget_scale_set(ScaleSetKey key) {
  auto statement = database_.prepare("DELETE FROM scale_set WHERE key = ?1");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, key.value);
  return run(*std::move(statement));
}

Result<void> Journal::remember_session(ScaleSetKey key, SessionRecord const& session) {
  auto statement = database_.prepare(
      "INSERT INTO session (scale_set, id, owner) VALUES (?1, ?2, ?3) "
      "ON CONFLICT DO UPDATE SET id = excluded.id, owner = excluded.owner");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, key.value);
  statement->bind(2, session.id);
  statement->bind(3, session.owner);
  return run(*std::move(statement));
}

Result<void> Journal::forget_session(ScaleSetKey key) {
  auto statement = database_.prepare("DELETE FROM session WHERE scale_set = ?1");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, key.value);
  return run(*std::move(statement));
}

Result<std::optional<SessionRecord>> Journal::recorded_session(ScaleSetKey key) {
  auto statement = database_.prepare("SELECT id, owner FROM session WHERE scale_set = ?1");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, key.value);
  auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  SessionRecord session;
  session.id = statement->text(0);
  session.owner = statement->text(1);
  return session;
}

Result<void> Journal::put_runner(ScaleSetKey key, RunnerRecord const& runner) {
  return put_runners(key, std::span(&runner, 1));
}

Result<void> Journal::put_runners(ScaleSetKey key, std::span<RunnerRecord const> runners) {
  // One transaction, hence one sync to the disk for any number of runners.
  auto transaction = Transaction::begin(database_);
  if (!transaction) return std::unexpected(transaction.error());
  auto statement = database_.prepare(
      "INSERT INTO runner (scale_set, name, id, reference, state, created_at, changed_at) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET id = excluded.id, "
      "reference = excluded.reference, state = excluded.state, changed_at = excluded.changed_at");
  if (!statement) return std::unexpected(statement.error());
  for (RunnerRecord const& runner : runners) {
    bind_runner(*statement, key, runner);
    if (auto done = statement->step(); !done) return std::unexpected(done.error());
  }
  return transaction->commit();
}

Result<void> Journal::forget_runner(ScaleSetKey key, std::string const& name) {
  auto statement = database_.prepare("DELETE FROM runner WHERE scale_set = ?1 AND name = ?2");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, key.value);
  statement->bind(2, name);
  return run(*std::move(statement));
}

Result<std::vector<RunnerRecord>> Journal::runners(ScaleSetKey key) {
  auto statement = database_.prepare(
      "SELECT name, id, reference, state, created_at, changed_at FROM runner "
      "WHERE scale_set = ?1 ORDER BY name");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, key.value);
  std::vector<RunnerRecord> found;
  for (;;) {
    auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return found;
    found.push_back(read_runner(*statement));
  }
}

Result<void> Journal::run(Statement statement) {
  auto done = statement.step();
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace scaleset::store
