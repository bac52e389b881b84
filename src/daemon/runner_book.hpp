#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "fleet/fleet.hpp"
#include "scaleset/error.hpp"
#include "store/journal.hpp"

namespace scaleset::daemon {

/// One scale set's pages of the journal: what the fleet knows of its runners, on disk before
/// anything follows from it, and what an earlier process left behind (field problems A2, B6).
/// Blocks for a sync of the disk where something changed.
class RunnerBook {
 public:
  explicit RunnerBook(store::Journal& journal) : journal_(journal) {}

  /// The scale set as it is now at the service. Before everything else, and again when its id has
  /// changed.
  Result<void> open(store::ScaleSetRecord const& scale_set);
  /// The session an earlier process did not close.
  Result<std::optional<std::string>> previous_session();
  /// An empty id: the session was closed.
  Result<void> note_session(std::string const& id, std::string const& owner);

  /// What the journal and the backend know together, for the fleet to adopt: a runner only the
  /// backend has is one too.
  Result<std::vector<fleet::Adopted>> recover(std::vector<backends::InstanceInfo> const& instances);
  /// Writes down the runners that changed since the last time.
  Result<void> keep(fleet::Fleet const& fleet, Timestamp now);
  Result<void> forget(std::string const& name);

 private:
  struct Written {
    fleet::RunnerState state;
    std::optional<RunnerId> id;
    std::string reference;
    friend bool operator==(Written const&, Written const&) = default;
  };

  store::Journal& journal_;
  store::ScaleSetKey key_;
  std::map<std::string, Written> written_;
};

}  // namespace scaleset::daemon
