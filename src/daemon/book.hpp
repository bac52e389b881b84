#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/owner_key.hpp"
#include "scaleset/error.hpp"
#include "store/journal.hpp"

namespace scaleset::daemon {

/// What the journal knows about one scale set.
struct SetRecord {
  SetRecord() = default;
  store::ScaleSetKey key;
  ScaleSetId id;                                // 0: nobody has asked the service yet
  bool ours = false;                            // see store::ScaleSetRecord
  std::string suspension;                       // see store::ScaleSetRecord
  std::optional<store::SessionRecord> session;  // that an earlier process did not close (A2)
  std::vector<store::RunnerRecord> runners;     // of an earlier process (B6)
  std::vector<OpenOffer> offers;                // that only the journal knows of (I7)
  std::vector<store::HeldRecord> held;          // jobs of runners that have ended (A10)
};

/// Where a scale set is on this machine.
struct SetPlace {
  SetPlace() = default;
  SetPlace(base::OwnerKey key)  // NOLINT(google-explicit-constructor): stands for one without files
      : owner(std::move(key)) {}
  base::OwnerKey owner;
  /// The folder of its lock, and of what processes that served it alone have left. Empty: the scale
  /// set has neither.
  std::filesystem::path folder;
  std::string name;  // as it was configured
  std::string what;  // of the lock, in errors: "the scale set ..."
};

/// Where what must survive a crash is made durable, before anything is done about it. Used on the
/// loop's thread.
class Book {
 public:
  virtual ~Book() = default;
  /// Takes the scale set for this process, and returns what is known about it; adds it if there is
  /// nothing. Ignores cancellation, as all of these. Errors: conflict, if another process serves
  /// it; io.
  virtual boost::asio::awaitable<Result<SetRecord>> open(SetPlace place) = 0;
  /// Returns when all of the changes, which are of that scale set, are on the disk, or none is.
  /// Calls become durable in the order in which they were made.
  virtual boost::asio::awaitable<Result<void>> commit(store::ScaleSetKey set,
                                                      std::vector<store::Change> changes) = 0;
  /// Gives the scale set back, so that another process may serve it. Nothing of it is committed
  /// afterwards, unless it is opened again.
  virtual boost::asio::awaitable<void> close(store::ScaleSetKey set) = 0;
};

/// Adds rows for those of the owners that have none, with a single sync of the disk.
[[nodiscard]] Result<void> add_sets(store::Journal& journal,
                                    std::vector<base::OwnerKey> const& owners);
/// Reads what Book::open() returns. Adds a row if there is none.
[[nodiscard]] Result<SetRecord> read_set(store::Journal& journal, base::OwnerKey const& owner);

}  // namespace scaleset::daemon
