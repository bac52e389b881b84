#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/owner_key.hpp"
#include "daemon/leftovers.hpp"
#include "scaleset/error.hpp"
#include "scaleset/types.hpp"
#include "store/journal.hpp"

/// What scale sets have left that no process of this machine serves any more: `scaleset gc`.
namespace scaleset::daemon {

/// What a journal says about one of them.
struct UnservedSet {
  UnservedSet() = default;
  store::ScaleSetKey key;
  base::OwnerKey owner;
  ScaleSetId id;                                // 0: it was never found at the service
  bool ours = false;                            // see store::ScaleSetRecord
  std::optional<store::SessionRecord> session;  // of the process that served it last
  std::vector<store::RunnerRecord> runners;
  bool runs = false;  // a process of one of its runners lives on this machine
};

/// A journal that no process has open, or a copy of it. While a journal itself lives here none can
/// open it.
struct UnservedJournal {
  explicit UnservedJournal(store::Journal opened) : journal(std::move(opened)) {}
  store::Journal journal;
  std::vector<UnservedSet> sets;
};

/// Whether a process of a runner of this scale set lives on this machine.
using HasProcesses = std::function<bool(base::OwnerKey const& owner)>;
/// By the environment of the processes, which names the runner's folder, and so its owner. Where
/// that folder is does not matter: a configuration file may have put it anywhere.
[[nodiscard]] bool has_processes(base::OwnerKey const& owner);

/// Whether the journals are only looked at: then nothing on the disk changes.
enum class Purpose : std::uint8_t { look, remove };
/// The journals in the folder, but not those that a process has open. Errors: io;
/// malformed_response if one is damaged and only looked at.
[[nodiscard]] Result<std::vector<UnservedJournal>> unserved_journals(
    std::filesystem::path const& folder, HasProcesses const& runs, Purpose purpose);

/// What the service says about one of them.
struct ServiceSide {
  ServiceSide() = default;
  bool asked = false;                // the credentials are for its URL
  std::optional<ScaleSet> set;       // with its statistics; no value: the service has none
  std::vector<RunnerId> registered;  // those of the journal's runners that the service knows
};

/// One thing that is left, and why it may be deleted or is kept.
struct Finding {
  enum class Kind : std::uint8_t { registration, instance, scale_set, journal_rows };
  Finding(Kind what, std::string which, std::string why_it_is_left)
      : kind(what), name(std::move(which)), reason(std::move(why_it_is_left)) {}
  Kind kind;
  std::string name;          // of the runner, its folder, or the address of the scale set
  RunnerId runner;           // of a registration
  std::string reason;        // why nobody needs it
  std::string kept_because;  // empty: it may be deleted
};
[[nodiscard]] std::string_view to_string(Finding::Kind kind) noexcept;

/// In the order in which they are to be deleted: each needs that those before it are gone. Pure.
/// Nothing is deleted of a scale set of which a runner runs, and no scale set that is not ours or
/// that others use.
[[nodiscard]] std::vector<Finding> findings_of(UnservedSet const& set, ServiceSide const& service);
/// The same of a runner. Nothing is deleted of one that runs, of another URL than `url`, or of
/// which it is not known whose it is. `registered`: the service knows its registration.
[[nodiscard]] std::vector<Finding> findings_of(Leftover const& runner, std::string const& url,
                                               bool registered);

}  // namespace scaleset::daemon
