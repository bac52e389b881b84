#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "base/owner_key.hpp"
#include "fleet/fleet.hpp"
#include "scaleset/error.hpp"
#include "store/journal.hpp"

namespace scaleset::daemon {

/// The part of the journal that belongs to one scale set: what the fleet knows about its runners,
/// and what an earlier process left behind (field problems A2, B6). A runner is recorded on disk
/// before anything is done about it. A call that changes something blocks until it is on disk.
class RunnerBook {
 public:
  explicit RunnerBook(store::Journal& journal) : journal_(journal) {}

  /// Call this before anything else.
  Result<void> open(base::OwnerKey const& owner);
  /// Records which scale set it is at the service, now that it is known, or another one.
  Result<void> note_scale_set(ScaleSetId id);
  /// The names of the recorded runners.
  Result<std::vector<std::string>> runner_names();
  /// Returns the session that an earlier process did not close, if there is one.
  Result<std::optional<std::string>> previous_session();
  /// Records the open session. An empty `id` means that it was closed.
  Result<void> note_session(std::string const& id, std::string const& owner);

  /// Combines what the journal and the backend know, for the fleet to adopt. That includes live
  /// runners that only the backend knows.
  Result<std::vector<fleet::Adopted>> recover(std::vector<backends::InstanceInfo> const& instances);
  /// Records the runners that have changed since the last call.
  Result<void> keep(fleet::Fleet const& fleet, Timestamp now);
  /// Deletes the record of a runner.
  Result<void> forget(std::string const& name);

 private:
  struct Written {
    fleet::RunnerState state;
    std::optional<RunnerId> id;
    std::string reference;
    friend bool operator==(Written const&, Written const&) = default;
  };

  store::Journal& journal_;
  base::OwnerKey owner_;
  store::ScaleSetKey key_;
  std::map<std::string, Written> written_;
};

}  // namespace scaleset::daemon
