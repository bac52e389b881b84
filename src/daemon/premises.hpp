#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file_lock.hpp"
#include "base/log.hpp"
#include "base/owner_key.hpp"
#include "daemon/book.hpp"
#include "store/journal.hpp"
#include "store/rows.hpp"

namespace scaleset::daemon {

struct RunConfig;

/// What of the premises is still there, and the same as when it was opened.
struct PremisesLook {
  PremisesLook() = default;
  bool folder = true;
  bool lock = true;
  bool journal = true;
};
enum class PremisesStep : std::uint8_t {
  make_folder,
  take_lock,
  open_journal,  // and write into it all that is known
};
/// What has to be done before anything may be written again, in this order. Pure.
[[nodiscard]] std::vector<PremisesStep> steps_to_mend(PremisesLook const& look);

/// What a scale set that was set with flags holds on this machine: the right to serve it, and its
/// journal. Several processes share a work folder, each with a scale set of its own.
///
/// People remove what they do not know, restore copies and mount file systems over folders. The
/// files stay open then, and writing goes on without an error, but the next start would find
/// nothing, and a second process could serve the scale set. So before anything is written it is
/// checked whether the paths still lead to the files that are open. All calls block.
class Premises {
 public:
  using Group = std::vector<std::vector<store::Change>>;
  /// The outcome of write(): one result for each member of the group.
  struct Written {
    Written() = default;
    std::vector<Result<void>> results;
    std::string mended;  // which files were made again, for the log; empty if none was
    std::string kept;    // where a damaged or foreign file is that was in the journal's place
    /// Another process has taken the lock or the journal. Nothing will be written any more.
    std::optional<Error> lost;
  };

  /// A journal that needs no lock: for tests and simulations.
  Premises(store::Journal journal);  // NOLINT(google-explicit-constructor): stands for one
  /// `what` is what the lock is for, in an error.
  Premises(base::FileLock lock, std::string what, store::Journal journal);

  [[nodiscard]] Result<SetRecord> open_set(base::OwnerKey const& owner);
  /// Makes again what somebody has removed, replaced or damaged, and then writes the changes of all
  /// in one transaction. If that fails, tries each alone: changes that cannot be written must not
  /// keep those of other scale sets from the disk. An empty group, or one without changes, only
  /// checks. A scale set whose id is new is locked by its id before.
  [[nodiscard]] Written write(Group const& group);
  /// Removes the files, if they tell nothing: the service has not told the scale set's id, and
  /// there is no runner. After a mistake in the name of the group nothing is left that nobody
  /// needs. Nothing may be written afterwards.
  void leave_unused();

 private:
  [[nodiscard]] PremisesLook look() const;
  Result<void> mend();
  Result<void> take(PremisesStep step);
  Result<void> make_folder();
  Result<void> take_lock();
  Result<void> open_journal();
  Result<void> lock_ids(Group const& group);
  Result<void> lock_id(ScaleSetId id);
  std::vector<Result<void>> write_to_journal(Group const& group);
  Result<void> apply(std::vector<store::Change> const& changes);

  std::filesystem::path journal_path_;
  std::string what_;
  std::optional<base::FileLock> lock_;     // no value: there is none to hold
  std::optional<store::Journal> journal_;  // no value: it could not be opened again yet
  store::Rows rows_;
  std::string url_;  // of open_set()
  /// A second process may give the same runner group in another way, by its id, and then has
  /// another `lock_`. So the scale set is locked by its own id too, once the service has told it.
  std::optional<base::FileLock> id_lock_;
  ScaleSetId locked_id_;
  bool damaged_ = false;
  std::string mended_;  // since the last write that worked; see Written
  std::string kept_;
  std::optional<Error> lost_;
};

/// Locks the scale set (`WORK/HASH.lock`), opens its journal (`WORK/HASH.journal`), and moves into
/// it what an earlier version kept elsewhere. Blocks. Errors: conflict if another process
/// has the lock; io. The text says what to do, and what becomes of jobs that are running.
[[nodiscard]] Result<Premises> open_premises(RunConfig const& config, base::OwnerKey const& owner,
                                             base::Logger const& log);

}  // namespace scaleset::daemon
