#include "store/schema.hpp"

#include <array>
#include <string>
#include <string_view>

#include "base/whole_number.hpp"

namespace scaleset::store {
namespace {

// "ScSe" as PRAGMA application_id, by which we and the command `file` recognise a journal.
constexpr std::string_view kApplicationId = "1399018341";

/// Migration n takes a journal from version n to version n + 1. One that was released is never
/// edited; every change of the schema is a new one.
constexpr std::array kMigrations{
    std::string_view{R"sql(
      CREATE TABLE scale_set (
        key        INTEGER PRIMARY KEY,
        config_url TEXT NOT NULL,
        group_name TEXT NOT NULL,
        name       TEXT NOT NULL,
        id         INTEGER NOT NULL,
        UNIQUE (config_url, group_name, name)
      ) STRICT;
      CREATE TABLE session (
        scale_set INTEGER PRIMARY KEY REFERENCES scale_set (key) ON DELETE CASCADE,
        id        TEXT NOT NULL,
        owner     TEXT NOT NULL
      ) STRICT;
      CREATE TABLE runner (
        scale_set  INTEGER NOT NULL REFERENCES scale_set (key) ON DELETE CASCADE,
        name       TEXT NOT NULL,
        id         INTEGER,
        reference  TEXT NOT NULL,
        state      TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        changed_at INTEGER NOT NULL,
        PRIMARY KEY (scale_set, name)
      ) STRICT, WITHOUT ROWID;
    )sql"},
    // A scale set that had runners of ours was ours; that a journal merely saw it says nothing.
    std::string_view{R"sql(
      ALTER TABLE scale_set ADD COLUMN ours INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE runner ADD COLUMN scale_set_id INTEGER NOT NULL DEFAULT 0;
      UPDATE scale_set SET ours = 1 WHERE key IN (SELECT scale_set FROM runner);
      UPDATE runner SET scale_set_id = (SELECT id FROM scale_set WHERE key = runner.scale_set);
    )sql"},
    // Counts NoteScaleSet. SQLite writes nothing for an UPDATE that changes nothing, and so a full
    // disk would seem to work.
    std::string_view{R"sql(
      ALTER TABLE scale_set ADD COLUMN notes INTEGER NOT NULL DEFAULT 0;
    )sql"},
    // Jobs that a service offers, which does not list its offers (protocol.md 9).
    std::string_view{R"sql(
      CREATE TABLE offer (
        scale_set INTEGER NOT NULL REFERENCES scale_set (key) ON DELETE CASCADE,
        request   INTEGER NOT NULL,
        queued_at INTEGER NOT NULL,
        PRIMARY KEY (scale_set, request)
      ) STRICT, WITHOUT ROWID;
    )sql"},
    // So that the next start can name the job of a runner that has died meanwhile.
    std::string_view{R"sql(
      ALTER TABLE runner ADD COLUMN job_id TEXT NOT NULL DEFAULT '';
      ALTER TABLE runner ADD COLUMN job_name TEXT NOT NULL DEFAULT '';
      ALTER TABLE runner ADD COLUMN job_owner TEXT NOT NULL DEFAULT '';
      ALTER TABLE runner ADD COLUMN job_repository TEXT NOT NULL DEFAULT '';
    )sql"},
    // What an operator has paused or drained stays so through restarts (ADR 53).
    std::string_view{R"sql(
      ALTER TABLE scale_set ADD COLUMN suspension TEXT NOT NULL DEFAULT '';
    )sql"},
    // Without them a restart would start runners for jobs that no runner can get (ADR 70).
    std::string_view{R"sql(
      CREATE TABLE held (
        scale_set INTEGER NOT NULL REFERENCES scale_set (key) ON DELETE CASCADE,
        runner    TEXT NOT NULL,
        job       TEXT NOT NULL,
        until     INTEGER NOT NULL,
        PRIMARY KEY (scale_set, runner)
      ) STRICT, WITHOUT ROWID;
    )sql"},
};

/// At each start: a damaged journal must be found before runners are adopted or removed by it.
Result<void> check_sound(Database& database) {
  auto const verdict = database.value("PRAGMA quick_check(1)");
  if (!verdict) return std::unexpected(verdict.error());
  if (*verdict == "ok") return {};
  return fail(ErrorCode::malformed_response, database.path().string() + " is damaged: " + *verdict);
}

Result<void> check_ours(Database& database) {
  auto const id = database.value("PRAGMA application_id");
  if (!id) return std::unexpected(id.error());
  if (*id == kApplicationId) return {};
  auto const tables = database.value("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(tables.error());
  // A new file has no application id yet.
  if (*tables == "0") return {};
  return fail(ErrorCode::io,
              database.path().string() + " is a database of another program: move it elsewhere");
}

Result<void> configure(Database& database) {
  auto const mode = database.value("PRAGMA journal_mode = WAL");
  if (!mode) return std::unexpected(mode.error());
  // SQLite answers with the mode that it really uses. Write-ahead logging does not work on network
  // file systems.
  if (*mode != "wal") {
    return fail(ErrorCode::io, database.path().string() +
                                   " cannot use write-ahead logging: put it on a local disk");
  }
  // FULL, because what is written here is followed by side effects that a crash must not forget
  // (B6).
  return database.execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
}

Result<void> migrate(Database& database, std::size_t from) {
  // All or nothing: a crash in the middle leaves the old version.
  auto transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  std::string script;
  for (std::size_t version = from; version < kMigrations.size(); ++version) {
    script += kMigrations.at(version);
  }
  script += "PRAGMA application_id = " + std::string(kApplicationId) +
            "; PRAGMA user_version = " + std::to_string(kMigrations.size());
  if (auto done = database.execute(script); !done) return done;
  return transaction->commit();
}

}  // namespace

int schema_version() noexcept { return static_cast<int>(kMigrations.size()); }

Result<void> prepare_schema(Database& database) {
  // Before anything is read. Our own lock keeps every other process out (Journal::open), so SQLite
  // need not lock and unlock the file at each transaction (ADR 69).
  if (auto exclusive = database.execute("PRAGMA locking_mode = EXCLUSIVE"); !exclusive)
    return exclusive;
  if (auto sound = check_sound(database); !sound) return sound;
  if (auto ours = check_ours(database); !ours) return ours;
  auto const text = database.value("PRAGMA user_version");
  if (!text) return std::unexpected(text.error());
  int const version = base::whole_number<int>(*text).value_or(-1);
  if (version < 0 || version > schema_version()) {
    return fail(ErrorCode::io, database.path().string() +
                                   " was written by a newer version of scaleset (schema " + *text +
                                   ", this one knows " + std::to_string(schema_version()) +
                                   "): run that version or a newer one");
  }
  if (auto configured = configure(database); !configured) return configured;
  if (version == schema_version()) return {};
  return migrate(database, static_cast<std::size_t>(version));
}

}  // namespace scaleset::store
