#include "store/journal.hpp"

#include <string_view>
#include <system_error>
#include <utility>

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
  runner.scale_set = ScaleSetId{row.integer(6)};
  runner.job.id = row.text(7);
  runner.job.name = row.text(8);
  runner.job.owner = row.text(9);
  runner.job.repository = row.text(10);
  return runner;
}

/// Runs the changes of one transaction.
class Applying {
 public:
  explicit Applying(Database& database) : database_(database) {}

  Result<void> operator()(PutScaleSet const& change) {
    auto erase = database_.kept(
        "DELETE FROM scale_set WHERE key = ?1 OR (config_url = ?2 AND group_name = ?3 AND "
        "name = ?4)");
    if (!erase) return std::unexpected(erase.error());
    bind_owner(**erase, change);
    if (auto erased = run(**erase); !erased) return erased;
    auto insert = database_.kept(
        "INSERT INTO scale_set (key, config_url, group_name, name, id, ours, suspension) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    if (!insert) return std::unexpected(insert.error());
    bind_owner(**insert, change);
    (*insert)->bind(5, change.record.id.value);
    (*insert)->bind(6, std::int64_t{change.record.ours});
    (*insert)->bind(7, change.record.suspension);
    return run(**insert);
  }
  Result<void> operator()(NoteScaleSet const& change) {
    auto statement =
        database_.kept("UPDATE scale_set SET id = ?2, ours = ?3, notes = notes + 1 WHERE key = ?1");
    if (!statement) return std::unexpected(statement.error());
    (*statement)->bind(1, change.key.value);
    (*statement)->bind(2, change.id.value);
    (*statement)->bind(3, std::int64_t{change.ours});
    return run(**statement);
  }
  Result<void> operator()(Suspend const& change) {
    auto statement = database_.kept("UPDATE scale_set SET suspension = ?2 WHERE key = ?1");
    if (!statement) return std::unexpected(statement.error());
    (*statement)->bind(1, change.key.value);
    (*statement)->bind(2, change.suspension);
    return run(**statement);
  }
  Result<void> operator()(ForgetScaleSet const& change) {
    return run_with_key("DELETE FROM scale_set WHERE key = ?1", change.key);
  }
  Result<void> operator()(RememberSession const& change) {
    auto statement = database_.kept(
        "INSERT INTO session (scale_set, id, owner) VALUES (?1, ?2, ?3) "
        "ON CONFLICT DO UPDATE SET id = excluded.id, owner = excluded.owner");
    if (!statement) return std::unexpected(statement.error());
    (*statement)->bind(1, change.key.value);
    (*statement)->bind(2, change.session.id);
    (*statement)->bind(3, change.session.owner);
    return run(**statement);
  }
  Result<void> operator()(ForgetSession const& change) {
    return run_with_key("DELETE FROM session WHERE scale_set = ?1", change.key);
  }
  Result<void> operator()(PutRunner const& change) {
    auto prepared = database_.kept(
        "INSERT INTO runner (scale_set, name, id, reference, state, created_at, changed_at, "
        "scale_set_id, job_id, job_name, job_owner, job_repository) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO UPDATE SET "
        "id = excluded.id, reference = excluded.reference, state = excluded.state, "
        "changed_at = excluded.changed_at, scale_set_id = excluded.scale_set_id, "
        "job_id = excluded.job_id, job_name = excluded.job_name, job_owner = excluded.job_owner, "
        "job_repository = excluded.job_repository");
    if (!prepared) return std::unexpected(prepared.error());
    Statement& statement = **prepared;
    statement.bind(1, change.key.value);
    statement.bind(2, change.runner.name);
    // A statement that is used again keeps the values that were bound before.
    statement.bind_null(3);
    if (change.runner.id) statement.bind(3, change.runner.id->value);
    statement.bind(4, change.runner.reference);
    statement.bind(5, change.runner.state);
    statement.bind(6, milliseconds(change.runner.created_at));
    statement.bind(7, milliseconds(change.runner.changed_at));
    statement.bind(8, change.runner.scale_set.value);
    JobRecord const& job = change.runner.job;
    statement.bind(9, job.id);
    statement.bind(10, job.name);
    statement.bind(11, job.owner);
    statement.bind(12, job.repository);
    return run(statement);
  }
  Result<void> operator()(ForgetRunner const& change) {
    auto statement = database_.kept("DELETE FROM runner WHERE scale_set = ?1 AND name = ?2");
    if (!statement) return std::unexpected(statement.error());
    (*statement)->bind(1, change.key.value);
    (*statement)->bind(2, change.name);
    return run(**statement);
  }
  Result<void> operator()(KeepOffers const& change) {
    if (auto erased = run_with_key("DELETE FROM offer WHERE scale_set = ?1", change.key); !erased)
      return erased;
    for (OpenOffer const& offer : change.offers) {
      auto statement = database_.kept(
          "INSERT INTO offer (scale_set, request, queued_at) VALUES (?1, ?2, ?3) "
          "ON CONFLICT DO NOTHING");
      if (!statement) return std::unexpected(statement.error());
      (*statement)->bind(1, change.key.value);
      (*statement)->bind(2, offer.request.value);
      (*statement)->bind(3, milliseconds(offer.queued_at));
      if (auto added = run(**statement); !added) return added;
    }
    return {};
  }
  Result<void> operator()(KeepHeld const& change) {
    if (auto erased = run_with_key("DELETE FROM held WHERE scale_set = ?1", change.key); !erased)
      return erased;
    for (HeldRecord const& held : change.held) {
      auto statement = database_.kept(
          "INSERT INTO held (scale_set, runner, job, until) VALUES (?1, ?2, ?3, ?4) "
          "ON CONFLICT DO NOTHING");
      if (!statement) return std::unexpected(statement.error());
      (*statement)->bind(1, change.key.value);
      (*statement)->bind(2, held.runner);
      (*statement)->bind(3, held.job);
      (*statement)->bind(4, milliseconds(held.until));
      if (auto added = run(**statement); !added) return added;
    }
    return {};
  }

 private:
  static void bind_owner(Statement& statement, PutScaleSet const& change) {
    statement.bind(1, change.key.value);
    statement.bind(2, change.record.config_url);
    statement.bind(3, change.record.group);
    statement.bind(4, change.record.name);
  }
  static Result<void> run(Statement& statement) {
    auto done = statement.step();
    if (!done) return std::unexpected(done.error());
    return {};
  }
  Result<void> run_with_key(std::string_view sql, ScaleSetKey key) {
    auto statement = database_.kept(sql);
    if (!statement) return std::unexpected(statement.error());
    (*statement)->bind(1, key.value);
    return run(**statement);
  }

  Database& database_;
};

/// Renames the file and those that SQLite keeps beside it. Returns the new name.
Result<std::filesystem::path> move_away(std::filesystem::path const& path) {
  std::error_code error;
  std::filesystem::path moved;
  for (int number = 1;; ++number) {
    moved = path.string() + ".damaged-" + std::to_string(number);
    if (!std::filesystem::exists(moved, error)) break;
  }
  for (std::string const suffix : {"-wal", "-shm", ""}) {
    std::filesystem::rename(path.string() + suffix, moved.string() + suffix, error);
    if (error && error != std::errc::no_such_file_or_directory)
      return fail(ErrorCode::io, "cannot rename the damaged journal " + path.string() + " to " +
                                     moved.string() + ": " + error.message());
  }
  return moved;
}

std::filesystem::path lock_path(std::filesystem::path const& journal) {
  return journal.string() + ".lock";
}

/// Copies the files of a journal that nobody has open.
Result<void> copy_files(std::filesystem::path const& from, std::filesystem::path const& to) {
  auto const lock = base::FileLock::hold_existing(lock_path(from), "the journal " + from.string());
  if (!lock) return std::unexpected(lock.error());
  // SQLite makes its third file, the index of the write-ahead log, by itself.
  for (std::string const suffix : {"", "-wal"}) {
    std::error_code error;
    std::filesystem::copy_file(from.string() + suffix, to.string() + suffix, error);
    if (error && error != std::errc::no_such_file_or_directory)
      return fail(ErrorCode::io, "cannot copy " + from.string() + suffix + " to " + to.string() +
                                     suffix + ": " + error.message());
  }
  return {};
}

/// The text of an error about the copy of a journal, with the path of the journal itself.
std::string with_path(std::string text, std::filesystem::path const& copy,
                      std::filesystem::path const& path) {
  auto const place = text.find(copy.string());
  if (place != std::string::npos) text.replace(place, copy.string().size(), path.string());
  return text;
}

Result<Database> open_sound(std::filesystem::path const& path) {
  auto database = Database::open(path);
  if (!database) return database;
  if (auto ready = prepare_schema(*database); !ready) return std::unexpected(ready.error());
  return database;
}

}  // namespace

Result<Journal> Journal::open(std::filesystem::path const& path) {
  if (auto made = base::create_private_folder(path.parent_path()); !made)
    return std::unexpected(made.error());
  // Before the database is opened, so that a second daemon never sees it half prepared. SQLite's
  // own locks last for a transaction only.
  auto lock = base::FileLock::acquire(lock_path(path), "the journal " + path.string());
  if (!lock) return std::unexpected(lock.error());
  auto database = open_sound(path);
  std::optional<SetAside> set_aside;
  if (!database && database.error().code == ErrorCode::malformed_response) {
    // What is on this machine and at the service is found without it as well.
    auto moved = move_away(path);
    if (!moved) return std::unexpected(moved.error());
    set_aside.emplace(*std::move(moved), database.error().message);
    database = open_sound(path);
  }
  if (!database) return std::unexpected(database.error());
  Journal journal(*std::move(lock), *std::move(database));
  journal.set_aside_ = std::move(set_aside);
  return journal;
}

Result<Journal> Journal::open_copy(std::filesystem::path const& path) {
  auto folder = std::make_unique<base::TemporaryDirectory>();
  auto const copy = folder->path() / path.filename();
  if (auto copied = copy_files(path, copy); !copied) return std::unexpected(copied.error());
  auto journal = open(copy);
  if (!journal) return fail(journal.error().code, with_path(journal.error().message, copy, path));
  if (journal->set_aside_)
    return fail(ErrorCode::malformed_response, with_path(journal->set_aside_->why, copy, path));
  journal->copy_ = std::move(folder);
  return journal;
}

Journal::Journal(base::FileLock lock, Database database)
    : lock_(std::move(lock)), database_(std::move(database)), opened_(files_of(database_)) {}

Journal::Files Journal::files_of(Database const& database) {
  std::string const path = database.path().string();
  return {base::identity_of(path), base::identity_of(path + "-wal")};
}

bool Journal::in_place() const {
  // The lock first: an identity is sure to be unique only as long as the file is open.
  return lock_.in_place() && files_of(database_) == opened_;
}

Result<ScaleSetKey> Journal::put_scale_set(ScaleSetRecord const& scale_set) {
  auto statement = database_.prepare(
      "INSERT INTO scale_set (config_url, group_name, name, id, ours) VALUES (?1, ?2, ?3, ?4, ?5) "
      // A scale set is known by its name. Its id changes when it was created anew (A4), and its
      // runners and its session must stay with it.
      "ON CONFLICT DO UPDATE SET id = excluded.id, ours = excluded.ours RETURNING key");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, scale_set.config_url);
  statement->bind(2, scale_set.group);
  statement->bind(3, scale_set.name);
  statement->bind(4, scale_set.id.value);
  statement->bind(5, std::int64_t{scale_set.ours});
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
  auto statement = database_.prepare(
      "SELECT config_url, group_name, name, id, ours, suspension FROM scale_set WHERE key = ?1");
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
  found.ours = statement->integer(4) != 0;
  found.suspension = statement->text(5);
  return found;
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

Result<std::vector<RunnerRecord>> Journal::runners(ScaleSetKey key) {
  auto statement = database_.prepare(
      "SELECT name, id, reference, state, created_at, changed_at, scale_set_id, "
      "job_id, job_name, job_owner, job_repository FROM runner "
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

Result<std::vector<OpenOffer>> Journal::offers(ScaleSetKey key) {
  auto statement = database_.prepare(
      "SELECT request, queued_at FROM offer WHERE scale_set = ?1 ORDER BY queued_at, request");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, key.value);
  std::vector<OpenOffer> found;
  for (;;) {
    auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return found;
    found.push_back({RequestId{statement->integer(0)}, timestamp(statement->integer(1))});
  }
}

Result<std::vector<HeldRecord>> Journal::held(ScaleSetKey key) {
  auto statement = database_.prepare(
      "SELECT runner, job, until FROM held WHERE scale_set = ?1 ORDER BY until, runner");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, key.value);
  std::vector<HeldRecord> found;
  for (;;) {
    auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return found;
    HeldRecord& held = found.emplace_back();
    held.runner = statement->text(0);
    held.job = statement->text(1);
    held.until = timestamp(statement->integer(2));
  }
}

Result<void> Journal::apply(std::span<Change const> changes) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return std::unexpected(transaction.error());
  Applying applying(database_);
  for (Change const& change : changes) {
    if (auto done = std::visit(applying, change); !done) return done;
  }
  return transaction->commit();
}

}  // namespace scaleset::store
