#pragma once

#include <string>

#include "base/log.hpp"
#include "daemon/set_settings.hpp"
#include "scaleset/async/client.hpp"
#include "scaleset/types.hpp"

namespace scaleset::daemon {

/// In what a scale set at the service differs from what is wanted.
struct Difference {
  Difference() = default;
  ScaleSetUpdate update;  // what would mend it
  std::string text;  // for a person: what it is, and what it should be; empty if nothing differs
  [[nodiscard]] bool empty() const noexcept { return text.empty(); }
};
/// Labels are compared only if some are wanted, without case and order. Updates must be off: a
/// runner that updates itself needs the loop in run.sh, but its listener is started directly (ADR
/// 12).
[[nodiscard]] Difference difference(SetSettings const& wanted, ScaleSet const& found);

struct Enrolled {
  Enrolled() = default;
  ScaleSet scale_set;
  bool ours = false;  // see store::ScaleSetRecord
};
/// Finds the group and the scale set, creates the scale set if there is none, and compares it with
/// the settings (field problems G4, I4). `ours` is the id of the scale set that we created or
/// adopted earlier; it is 0 if there is none. If the scale set that was found is that one, or if
/// `wanted->adopt` is set, what differs is changed. Otherwise it is only reported, except that a
/// scale set with updates switched on is refused. Client and settings must outlive the call.
/// Errors: not_found (the group), invalid_options (updates are on), and those of the client.
Task<Enrolled> enrol(async::Client* client, SetSettings const* wanted, ScaleSetId ours,
                     base::Logger log);

}  // namespace scaleset::daemon
