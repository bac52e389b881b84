#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "daemon/book.hpp"
#include "fleet/fleet.hpp"

namespace scaleset::daemon {

/// Combines what the journal and the backend know about the runners of an earlier process, for the
/// fleet to adopt. That includes live runners that only the backend knows, because the journal was
/// lost or the crash came before it was written. Instances of other owners are left out, and so are
/// `untouchable` runners.
[[nodiscard]] std::vector<fleet::Adopted> runners_to_adopt(
    std::vector<store::RunnerRecord> const& records,
    std::vector<backends::Instance> const& instances, base::OwnerKey const& owner,
    std::set<std::string> const& untouchable = {});

/// The names of those instances of which it cannot be told whose they are.
[[nodiscard]] std::set<std::string> untouchable_runners(
    std::vector<backends::Instance> const& instances);

[[nodiscard]] fleet::Activity activity_of(backends::Instance const& instance) noexcept;

/// Those of this owner, for the fleet. What it does not know yet counts from the oldest look at one
/// of them on.
[[nodiscard]] fleet::InstancesListed listing_of(std::vector<backends::Instance> const& instances,
                                                base::OwnerKey const& owner,
                                                fleet::TimePoint asked_at);

/// Which rows of the journal differ from what the fleet knows.
class RunnerRows {
 public:
  /// `records` are what the journal has.
  RunnerRows(store::ScaleSetKey key, std::vector<store::RunnerRecord> const& records);

  /// The rows of these runners stay as they are.
  void leave_alone(std::set<std::string> const& untouchable);
  /// What has to be written, so that the journal knows what the fleet knows.
  [[nodiscard]] std::vector<store::Change> changes(fleet::Runners const& runners, Timestamp now);
  /// The changes that were returned last are durable. Without this they come again.
  void written();

 private:
  struct Row {
    fleet::RunnerState state;
    std::optional<RunnerId> id;
    ScaleSetId scale_set;
    std::string reference;
    store::JobRecord job;
    friend bool operator==(Row const&, Row const&) = default;
  };
  using Rows = std::map<std::string, Row, std::less<>>;

  store::ScaleSetKey key_;
  Rows durable_;
  std::vector<std::pair<std::string, std::optional<Row>>> pending_;  // no row: it was deleted
};

}  // namespace scaleset::daemon
