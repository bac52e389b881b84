#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
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
};

/// Where what must survive a crash is made durable, before anything is done about it. Used on the
/// loop's thread.
class Book {
 public:
  virtual ~Book() = default;
  /// What is known about the scale set; adds it if there is nothing. Blocks: only for the start.
  [[nodiscard]] virtual Result<SetRecord> open_set(base::OwnerKey const& owner) = 0;
  /// Returns when all of the changes are on the disk, or none is. Calls become durable in the order
  /// in which they were made. Ignores cancellation.
  virtual boost::asio::awaitable<Result<void>> commit(std::vector<store::Change> changes) = 0;
};

/// Reads what Book::open_set() returns.
[[nodiscard]] Result<SetRecord> read_set(store::Journal& journal, base::OwnerKey const& owner);

}  // namespace scaleset::daemon
