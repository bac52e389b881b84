#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/journal.hpp"

namespace scaleset::store {

/// What a journal says about scale sets, in memory, so that it can be written anew when somebody
/// has removed or damaged it. Pure.
class Rows {
 public:
  /// What the journal said when the scale set was read from it.
  void know(ScaleSetKey key, ScaleSetRecord record, std::optional<SessionRecord> session,
            std::vector<RunnerRecord> const& runners, std::vector<OpenOffer> offers = {},
            std::vector<HeldRecord> held = {});
  /// The changes are in the journal.
  void apply(std::span<Change const> changes);
  /// Makes any journal say about these scale sets what is known here.
  [[nodiscard]] std::vector<Change> all() const;

 private:
  struct Entry {
    ScaleSetRecord record;
    std::optional<SessionRecord> session;
    std::map<std::string, RunnerRecord> runners;
    std::vector<OpenOffer> offers;
    std::vector<HeldRecord> held;
  };
  void apply(PutScaleSet const& change);
  void apply(NoteScaleSet const& change);
  void apply(ForgetScaleSet const& change);
  void apply(RememberSession const& change);
  void apply(ForgetSession const& change);
  void apply(PutRunner const& change);
  void apply(ForgetRunner const& change);
  void apply(KeepOffers const& change);
  void apply(KeepHeld const& change);
  void apply(Suspend const& change);

  std::map<std::int64_t, Entry> entries_;  // by ScaleSetKey
};

}  // namespace scaleset::store
