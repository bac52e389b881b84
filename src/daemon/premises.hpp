#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
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

/// What this process holds on this machine: the right to serve its scale sets, and one journal for
/// all of them. With flags there is one scale set, and the journal is its own. With a configuration
/// file each scale set has a lock of its own, which is taken when it is opened, so that it is not
/// served by another process as well.
///
/// People remove what they do not know, restore copies and mount file systems over folders. The
/// files stay open then, and writing goes on without an error, but the next start would find
/// nothing, and a second process could serve the scale set. So before anything is written it is
/// checked whether the paths still lead to the files that are open. All calls block.
class Premises {
 public:
  using Group = std::vector<std::vector<store::Change>>;
  using Sets = std::vector<store::ScaleSetKey>;
  /// The outcome of write(): one result for each member of the group.
  struct Written {
    Written() = default;
    std::vector<Result<void>> results;
    std::string mended;  // which files were made again, for the log; empty if none was
    std::string kept;    // where a damaged or foreign file is that was in the journal's place
    /// Another process has taken the journal, or the only scale set. Nothing will be written any
    /// more.
    std::optional<Error> lost;
    /// The scale sets that another process has taken. Nothing of them will be written any more.
    std::vector<std::pair<store::ScaleSetKey, Error>> lost_sets;
  };

  /// A journal that needs no lock: for tests and simulations.
  Premises(store::Journal journal);  // NOLINT(google-explicit-constructor): stands for one
  /// Of scale sets that have a lock each. What is imported for them is told to `log`.
  Premises(store::Journal journal, base::Logger log);
  /// The lock of a folder that this process has alone.
  void keep_folder(std::optional<base::FileLock> lock) { folder_lock_ = std::move(lock); }
  /// Of the only scale set, whose lock it is. `what` is what the lock is for, in an error.
  Premises(base::FileLock lock, std::string what, store::Journal journal);

  /// Takes the lock of each scale set, moves into the journal what a process that served it alone
  /// has left, and reads what is known. The answer has the order of the places. Errors of one scale
  /// set concern that one only.
  [[nodiscard]] std::vector<Result<SetRecord>> open_sets(std::vector<SetPlace> const& places);
  [[nodiscard]] Result<SetRecord> open_set(SetPlace const& place);
  /// The scale sets that the journal has runners of, whether they are open or not.
  [[nodiscard]] Result<std::vector<base::OwnerKey>> owners_of_runners();
  /// Gives back the locks of a scale set.
  void close_set(store::ScaleSetKey set);
  /// Makes again what somebody has removed, replaced or damaged, and then writes the changes of all
  /// in one transaction. If that fails, tries each alone: changes that cannot be written must not
  /// keep those of other scale sets from the disk. An empty group, or one without changes, only
  /// checks. A scale set whose id is new is locked by its id before. `sets` are those that the
  /// members of the group are of; without them, the locks of all are checked.
  [[nodiscard]] Written write(Group const& group, Sets const& sets = {});
  /// Removes the files of the only scale set, if they tell nothing: the service has not told its
  /// id, and there is no runner. After a mistake in the name of the group nothing is left that
  /// nobody needs. Nothing may be written afterwards.
  void leave_unused();

 private:
  /// What is held for a scale set that is open.
  struct Hold {
    SetPlace place;
    std::optional<base::FileLock> lock;  // no value: `lock_` is its lock, or it has none
    /// A second process may give the same runner group in another way, by its id, and then has
    /// another `lock`. So the scale set is locked by its own id too, once the service has told it.
    std::optional<base::FileLock> id_lock;
    ScaleSetId locked_id;
    std::optional<Error> lost;
  };
  [[nodiscard]] PremisesLook look() const;
  Result<void> mend();
  Result<void> take(PremisesStep step);
  Result<void> make_folder();
  Result<void> take_lock();
  Result<void> take_folder_lock();
  Result<void> open_journal();
  Result<Hold> hold_for(SetPlace const& place);
  Result<void> import_for(SetPlace const& place);
  Result<SetRecord> read(Hold hold);
  [[nodiscard]] bool has_locks(Hold const& hold) const;
  [[nodiscard]] std::filesystem::path folder_of(Hold const& hold) const;
  Result<void> keep_locks(Group const& group, Sets const& sets, Written& report);
  Result<void> keep_locks(Hold& hold);
  Result<void> lock_ids(Hold& hold, store::ScaleSetKey key,
                        std::vector<store::Change> const& changes);
  Result<void> lock_id(Hold& hold, ScaleSetId id);
  void write_to_journal(Group const& group, std::vector<Result<void>>& results);
  Result<void> apply(std::vector<store::Change> const& changes);

  std::filesystem::path journal_path_;
  std::string what_;
  base::Logger log_;
  bool locks_sets_ = false;             // whether each scale set has a lock of its own
  std::optional<base::FileLock> lock_;  // of the only scale set
  /// A folder that nobody else has: whoever removes lock files leaves it. Null where the file
  /// system cannot lock folders.
  std::optional<base::FileLock> folder_lock_;
  std::optional<store::Journal> journal_;  // no value: it could not be opened again yet
  store::Rows rows_;
  std::map<std::int64_t, Hold> holds_;  // by ScaleSetKey: the scale sets that are open
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
/// Opens `STATE/daemon.journal`, for a process that serves what a configuration file says. Its
/// scale sets are locked when they are opened. Blocks. Errors: conflict if another process
/// has the journal; io.
[[nodiscard]] Result<Premises> open_shared_premises(std::filesystem::path const& state_dir,
                                                    base::Logger const& log);

}  // namespace scaleset::daemon
