#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "daemon/book.hpp"
#include "fleet/fleet.hpp"

namespace scaleset::daemon {

/// Combines what the journal and the backend know about the runners of an earlier process, for the
/// fleet to adopt. That includes live runners that only the backend knows, because the journal was
/// lost or the crash came before it was written. Instances of other owners are left out.
[[nodiscard]] std::vector<fleet::Adopted> runners_to_adopt(
    std::vector<store::RunnerRecord> const& records,
    std::vector<backends::Instance> const& instances, base::OwnerKey const& owner);

[[nodiscard]] fleet::Activity activity_of(backends::Instance const& instance) noexcept;

/// Which rows of the journal differ from what the fleet knows.
class RunnerRows {
 public:
  /// `records` are what the journal has.
  RunnerRows(store::ScaleSetKey key, std::vector<store::RunnerRecord> const& records);

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
    friend bool operator==(Row const&, Row const&) = default;
  };
  using Rows = std::map<std::string, Row, std::less<>>;

  store::ScaleSetKey key_;
  Rows durable_;
  std::vector<std::pair<std::string, std::optional<Row>>> pending_;  // no row: it was deleted
};

}  // namespace scaleset::daemon
