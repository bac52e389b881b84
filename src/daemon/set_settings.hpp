#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "base/owner_key.hpp"
#include "fleet/options.hpp"
#include "scaleset/error.hpp"
#include "scaleset/types.hpp"

namespace scaleset::daemon {

/// Everything that can be set for one scale set.
struct SetSettings {
  SetSettings() = default;

  // Which scale set it is at the service.
  std::string url;   // organization, repository or enterprise (protocol.md 2)
  std::string name;  // of the scale set; created if there is none of that name in the group
  std::string group = "default";
  RunnerGroupId group_id{0};        // instead of the group's name, if above 0
  std::vector<std::string> labels;  // if empty: the name when it is created, else as they are
  /// Whether a scale set that exists, is not ours and differs is taken over.
  bool adopt = false;

  /// Limits, deadlines and watchdogs. The prefix of names is made from `name`.
  fleet::Options fleet;

  /// What runners are made of.
  std::shared_ptr<backends::Template const> what = std::make_shared<backends::Template>();
  /// The folder that a runner makes for its job, in its own.
  std::string work_folder = "_work";

  /// How often all instances are looked at.
  std::chrono::milliseconds list_interval = std::chrono::minutes(1);
  /// Whether a refusal (is_refusal) ends run(), as long as the scale set was never reached. Later
  /// nothing that the service answers does.
  bool end_if_refused_at_first = false;
};

/// Whose the journal rows, the folders and the runners of these settings are. Errors:
/// invalid_argument for a `url` that is none.
[[nodiscard]] Result<base::OwnerKey> owner_of(SetSettings const& settings);

/// Runner names are used as folder and host names too, so any other character in the scale set's
/// name becomes a hyphen.
[[nodiscard]] std::string runner_name_prefix(std::string scale_set_name);

}  // namespace scaleset::daemon
