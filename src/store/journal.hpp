#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/file_lock.hpp"
#include "scaleset/error.hpp"
#include "scaleset/types.hpp"
#include "store/sqlite.hpp"

/// What the daemon must still know after `kill -9`.
namespace scaleset::store {

/// The number of a scale set's row. It has a meaning in this journal only.
using ScaleSetKey = Id<struct ScaleSetKeyTag>;

/// A scale set that this machine works for. The config URL, the group and the name identify it.
struct ScaleSetRecord {
  ScaleSetRecord() = default;
  std::string config_url;
  std::string group;
  std::string name;
  ScaleSetId id;  // at the service; another one if the scale set was deleted and created again (A4)
};

/// An open message session. After a crash, the next start deletes it before it opens one (A2).
struct SessionRecord {
  SessionRecord() = default;
  std::string id;
  std::string owner;
};

/// A runner that exists, or may exist, on this machine or at the service (B6).
struct RunnerRecord {
  RunnerRecord() = default;
  std::string name;
  std::optional<RunnerId> id;  // no value until the answer to its JIT call has come
  std::string reference;       // by which the backend finds it; empty until it has started
  std::string state;           // fleet::to_string(RunnerState)
  Timestamp created_at;        // later calls of put_runner do not change it
  Timestamp changed_at;
};

/// The scale sets, their sessions and their runners, in an SQLite file (WAL, synchronous=FULL). It
/// holds no secrets. What a successful call has written is on the disk when it returns; each such
/// call blocks for as long as the disk takes to sync. Not thread-safe. Errors of all calls: io.
class Journal {
 public:
  /// Creates the file (mode 0600) and its folder (0700) if they do not exist, and migrates an older
  /// schema. Errors: invalid_options if another process has it open; io if a newer version wrote
  /// it, if it is damaged or not a journal, or if it cannot be written. The text says what to do.
  static Result<Journal> open(std::filesystem::path const& path);

  /// Adds the scale set. If there is one with this config URL, group and name, replaces its id.
  [[nodiscard]] Result<ScaleSetKey> put_scale_set(ScaleSetRecord const& scale_set);
  /// No value if there is none.
  [[nodiscard]] Result<std::optional<ScaleSetKey>> find_scale_set(std::string const& config_url,
                                                                  std::string const& group,
                                                                  std::string const& name);
  [[nodiscard]] Result<std::vector<ScaleSetKey>> scale_sets();
  /// No value if there is none.
  [[nodiscard]] Result<std::optional<ScaleSetRecord>> scale_set(ScaleSetKey key);
  /// Deletes its session and its runners too. It is no error if there is none.
  [[nodiscard]] Result<void> forget_scale_set(ScaleSetKey key);

  /// Replaces the session that was recorded before.
  [[nodiscard]] Result<void> remember_session(ScaleSetKey key, SessionRecord const& session);
  /// It is no error if there is none.
  [[nodiscard]] Result<void> forget_session(ScaleSetKey key);
  /// No value if there is none.
  [[nodiscard]] Result<std::optional<SessionRecord>> recorded_session(ScaleSetKey key);

  /// Adds the runner, or replaces the one with this name. To be called before the side effect that
  /// the new state stands for.
  [[nodiscard]] Result<void> put_runner(ScaleSetKey key, RunnerRecord const& runner);
  /// Writes all of them or none, with a single sync of the disk.
  [[nodiscard]] Result<void> put_runners(ScaleSetKey key, std::span<RunnerRecord const> runners);
  /// It is no error if there is none.
  [[nodiscard]] Result<void> forget_runner(ScaleSetKey key, std::string const& name);
  /// Sorted by name.
  [[nodiscard]] Result<std::vector<RunnerRecord>> runners(ScaleSetKey key);

 private:
  Journal(base::FileLock lock, Database database)
      : lock_(std::move(lock)), database_(std::move(database)) {}
  Result<void> run(Statement statement);

  base::FileLock lock_;  // above database_, so that it is released after the database is closed
  Database database_;
};

}  // namespace scaleset::store
