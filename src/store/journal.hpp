#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/file_lock.hpp"
#include "base/files.hpp"
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
  bool ours = false;       // whether we created or adopted it, so that we may change its settings
  std::string suspension;  // fleet::to_string(Suspension); empty if it is not suspended
};

/// An open message session. After a crash, the next start deletes it before it opens one (A2).
struct SessionRecord {
  SessionRecord() = default;
  std::string id;
  std::string owner;
};

/// The job of a runner; what is not known is empty.
struct JobRecord {
  JobRecord() = default;
  std::string id;
  std::string name;        // as the page of the workflow run shows it
  std::string owner;       // of the repository
  std::string repository;  // without its owner
  friend bool operator==(JobRecord const&, JobRecord const&) = default;
};

/// A runner that exists, or may exist, on this machine or at the service (B6).
struct RunnerRecord {
  RunnerRecord() = default;
  std::string name;
  std::optional<RunnerId> id;  // no value until the answer to its JIT call has come
  ScaleSetId scale_set;        // that it was registered for; 0 if it is not known
  std::string reference;       // by which the backend finds it; empty until it has started
  std::string state;           // fleet::to_string(RunnerState)
  JobRecord job;               // its job, or the last one
  Timestamp created_at;        // a later PutRunner does not change it
  Timestamp changed_at;
};

/// A job whose runner has ended, while the service has not said yet that the job has (A10).
struct HeldRecord {
  HeldRecord() = default;
  std::string runner;
  std::string job;  // its id; empty if it is not known
  Timestamp until;  // when it is given up
};

// The changes of a journal.

/// Adds the scale set under this key. What the journal says about the key, or about a scale set of
/// this URL, group and name, is deleted first, with its session and its runners.
struct PutScaleSet {
  ScaleSetKey key;
  ScaleSetRecord record;
};
/// Sets what the scale set's row says about the service's side. It is written also if it changes
/// nothing, so that its success says that the disk works.
struct NoteScaleSet {
  ScaleSetKey key;
  ScaleSetId id;
  bool ours = false;
};
/// What an operator has suspended; see ScaleSetRecord::suspension.
struct Suspend {
  ScaleSetKey key;
  std::string suspension;
};
/// Deletes the scale set with its session and its runners. It is no error if there is none.
struct ForgetScaleSet {
  ScaleSetKey key;
};
/// Replaces the session that was recorded before.
struct RememberSession {
  ScaleSetKey key;
  SessionRecord session;
};
/// It is no error if there is none.
struct ForgetSession {
  ScaleSetKey key;
};
/// Adds the runner, or replaces the one with this name.
struct PutRunner {
  ScaleSetKey key;
  RunnerRecord runner;
};
/// It is no error if there is none.
struct ForgetRunner {
  ScaleSetKey key;
  std::string name;
};
/// Replaces all offers of the scale set (field problem I7).
struct KeepOffers {
  ScaleSetKey key;
  std::vector<OpenOffer> offers;
};
/// Replaces all held jobs of the scale set.
struct KeepHeld {
  ScaleSetKey key;
  std::vector<HeldRecord> held;
};
using Change = std::variant<PutScaleSet, NoteScaleSet, ForgetScaleSet, RememberSession,
                            ForgetSession, PutRunner, ForgetRunner, KeepOffers, KeepHeld, Suspend>;

/// The scale sets, their sessions and their runners, in an SQLite file (WAL, synchronous=FULL). It
/// holds no secrets. What a successful call has written is on the disk when it returns; each such
/// call blocks for as long as the disk takes to sync. One thread at a time. Errors of all calls:
/// io; malformed_response if the file turns out to be damaged.
class Journal {
 public:
  /// Creates the file (mode 0600) and its folder (0700) if they do not exist, and migrates an older
  /// schema. A damaged file is renamed and a new one begun: see set_aside(). Errors:
  /// conflict if another process has it open; io if a newer version wrote it, if it is a
  /// database of another program, or if it cannot be written. The text says what to do.
  static Result<Journal> open(std::filesystem::path const& path);
  /// Opens a copy of a journal that nobody has open, below the system's folder for temporary files,
  /// so that one of an earlier version can be read and the journal itself stays as it is. What is
  /// written is lost with the result. Errors besides those of open(): malformed_response if the
  /// file is damaged.
  static Result<Journal> open_copy(std::filesystem::path const& path);
  /// The new name of a damaged file that open() has found under the journal's name, and what was
  /// wrong with it. No value: it was sound.
  struct SetAside {
    std::filesystem::path path;
    std::string why;
  };
  [[nodiscard]] std::optional<SetAside> const& set_aside() const noexcept { return set_aside_; }

  [[nodiscard]] std::filesystem::path const& path() const noexcept { return database_.path(); }
  /// Whether the paths of the journal, of its write-ahead log and of its lock still lead to the
  /// files that are open. If not, what is written is lost at the end of the process. Looks at the
  /// disk.
  [[nodiscard]] bool in_place() const;

  /// Adds the scale set. If there is one with this config URL, group and name, changes its id and
  /// whether it is ours.
  [[nodiscard]] Result<ScaleSetKey> put_scale_set(ScaleSetRecord const& scale_set);
  /// No value if there is none.
  [[nodiscard]] Result<std::optional<ScaleSetKey>> find_scale_set(std::string const& config_url,
                                                                  std::string const& group,
                                                                  std::string const& name);
  [[nodiscard]] Result<std::vector<ScaleSetKey>> scale_sets();
  /// No value if there is none.
  [[nodiscard]] Result<std::optional<ScaleSetRecord>> scale_set(ScaleSetKey key);
  /// No value if there is none.
  [[nodiscard]] Result<std::optional<SessionRecord>> recorded_session(ScaleSetKey key);
  /// Sorted by name.
  [[nodiscard]] Result<std::vector<RunnerRecord>> runners(ScaleSetKey key);
  /// Oldest first.
  [[nodiscard]] Result<std::vector<OpenOffer>> offers(ScaleSetKey key);

  /// The first to be given up first.
  [[nodiscard]] Result<std::vector<HeldRecord>> held(ScaleSetKey key);

  /// Makes all of the changes, in their order, or none, with a single sync of the disk. To be
  /// called before the side effects that the new state stands for.
  [[nodiscard]] Result<void> apply(std::span<Change const> changes);

 private:
  /// The files that SQLite has open and needs after a crash: the database and its write-ahead log.
  using Files = std::array<std::optional<base::FileIdentity>, 2>;
  Journal(base::FileLock lock, Database database);
  [[nodiscard]] static Files files_of(Database const& database);

  std::unique_ptr<base::TemporaryDirectory> copy_;  // where the files are, if they are copies
  base::FileLock lock_;  // above database_, so that it is released after the database is closed
  Database database_;
  Files opened_;
  std::optional<SetAside> set_aside_;
};

}  // namespace scaleset::store
