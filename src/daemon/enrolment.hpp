#pragma once

#include <functional>
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

/// Whether an error of enrol() says that what was given is wrong: the service refuses the
/// credentials (401, 403), or names what is wrong with a request (400, 422), or nothing that was
/// given can work. Everything else is waited for: it may be a proxy, a captive portal or a service
/// in trouble that answers, and a 404 may be one as well (ADR 48).
[[nodiscard]] bool is_refusal(Error const& error) noexcept;

struct Enrolled {
  Enrolled() = default;
  ScaleSet scale_set;
  bool ours = false;     // see store::ScaleSetRecord
  bool created = false;  // by this call
};
/// What is known of the scale set from before.
struct KnownScaleSet {
  ScaleSetId ours;  // that was created here or adopted; 0 if there is none
  /// Whether we were about to create it, and do not know what has become of that. One that is just
  /// as we would have created it is ours.
  bool creating = false;
  /// Whether so many are enrolled that some wait for their turn. Then namesakes are not looked for:
  /// that takes a list of all scale sets for each that is created.
  bool in_a_crowd = false;
};
/// Called before a scale set is created, to write that down. If it fails, none is created.
using BeforeCreation = std::function<Task<void>()>;
/// Finds the group and the scale set, creates the scale set if there is none, and compares it with
/// the settings (field problems G4, I4). If the scale set that was found is ours, or if
/// `wanted->adopt` is set, what differs is changed. Otherwise it is only reported, except that a
/// scale set with updates switched on is refused. Client and settings must outlive the call.
/// Errors: not_found (the group), invalid_options (updates are on), and those of the client and of
/// `before_creation`.
Task<Enrolled> enrol(async::Client* client, SetSettings const* wanted, KnownScaleSet known,
                     BeforeCreation before_creation, base::Logger log);

}  // namespace scaleset::daemon
