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

/// What must survive `kill -9`.
namespace scaleset::store {

/// A scale set's row in this journal; has no meaning outside of it.
using ScaleSetKey = Id<struct ScaleSetKeyTag>;

/// A scale set this machine works for. The first three say which one it is.
struct ScaleSetRecord {
  ScaleSetRecord() = default;
  std::string config_url;
  std::string group;
  std::string name;
  ScaleSetId id;  // at the service; it may be another one after the scale set was made anew (A4)
};

/// An open message session: the next start deletes it before it opens its own (A2).
struct SessionRecord {
  SessionRecord() = default;
  std::string id;
  std::string owner;
};

/// A runner that exists, or may exist, here or at the service (B6).
struct RunnerRecord {
  RunnerRecord() = default;
  std::string name;
  std::optional<RunnerId> id;  // no value: the answer to its JIT call is not known
  std::string reference;       // what the backend finds it by; empty: not started yet
  std::string state;           // fleet::to_string(RunnerState)
  Timestamp created_at;        // kept from the first time it was put
  Timestamp changed_at;
};

/// The daemon's memory: scale sets, their sessions and runners. No secrets are kept. An SQLite file
/// (WAL, synchronous=FULL): a call that returned successfully is on the disk, and costs one sync of
/// it. Every call blocks for that time. Not thread-safe. Errors of all calls: io.
class Journal {
 public:
  /// Makes the file (mode 0600) and its folder (0700) where they do not exist, and brings an older
  /// schema up to date. Errors: invalid_options if another process has it open; io if a newer
  /// version wrote it, if it is damaged or no journal, or if it cannot be written. The text says
  /// what to do.
  static Result<Journal> open(std::filesystem::path const& path);

  /// New, or known by its config URL, group and name: then the id is replaced.
  [[nodiscard]] Result<ScaleSetKey> put_scale_set(ScaleSetRecord const& scale_set);
  /// No value: never heard of it.
  [[nodiscard]] Result<std::optional<ScaleSetRecord>> scale_set(ScaleSetKey key);
  /// With its session and runners.
  [[nodiscard]] Result<void> forget_scale_set(ScaleSetKey key);

  /// In place of the one recorded before.
  [[nodiscard]] Result<void> remember_session(ScaleSetKey key, SessionRecord const& session);
  [[nodiscard]] Result<void> forget_session(ScaleSetKey key);
  [[nodiscard]] Result<std::optional<SessionRecord>> recorded_session(ScaleSetKey key);

  /// New, or known by its name. Before the side effect it is about.
  [[nodiscard]] Result<void> put_runner(ScaleSetKey key, RunnerRecord const& runner);
  /// All or none of them, for the price of one.
  [[nodiscard]] Result<void> put_runners(ScaleSetKey key, std::span<RunnerRecord const> runners);
  /// Unknown is fine.
  [[nodiscard]] Result<void> forget_runner(ScaleSetKey key, std::string const& name);
  /// By name.
  [[nodiscard]] Result<std::vector<RunnerRecord>> runners(ScaleSetKey key);

 private:
  Journal(base::FileLock lock, Database database)
      : lock_(std::move(lock)), database_(std::move(database)) {}
  Result<void> run(Statement statement);

  base::FileLock lock_;  // is released after the database is closed
  Database database_;
};

}  // namespace scaleset::store
