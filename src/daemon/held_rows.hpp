#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fleet/events.hpp"
#include "scaleset/hooks.hpp"
#include "store/journal.hpp"

/// The jobs of runners that have ended, in the journal (ADR 70).
namespace scaleset::daemon {

/// What an earlier process has held, for the fleet. Its times are those of the steady clock, which
/// begins anew with each start of the machine.
[[nodiscard]] fleet::JobsHeldBefore held_before(std::vector<store::HeldRecord> const& records,
                                                Now const& now);

/// Whether the journal still has to be told.
class HeldRows {
 public:
  /// `records` are what the journal has.
  HeldRows(store::ScaleSetKey key, std::vector<store::HeldRecord> const& records);

  /// What has to be written, so that the journal knows what the fleet holds. No value: nothing.
  [[nodiscard]] std::optional<store::Change> change(std::vector<fleet::HeldJob> const& held,
                                                    Now const& now);
  /// What was returned last is durable. Without this it comes again.
  void written();

 private:
  /// Runner and job. When it is given up never changes.
  using Jobs = std::vector<std::pair<std::string, std::string>>;

  store::ScaleSetKey key_;
  Jobs durable_;
  std::optional<Jobs> pending_;
};

}  // namespace scaleset::daemon
