#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "base/owner_key.hpp"
#include "daemon/start_gate.hpp"
#include "fleet/budget.hpp"
#include "fleet/options.hpp"
#include "fleet/schedule.hpp"
#include "scaleset/error.hpp"
#include "scaleset/options.hpp"
#include "scaleset/types.hpp"

namespace scaleset::daemon {

/// How the service is reached, and with what.
struct Access {
  Access() = default;
  Credentials credentials;
  TransportOptions transport;
  /// Of the proxy in `transport`, which has none in its URL then. They are read when a client is
  /// made.
  std::string proxy_user;
  SecretReader proxy_password;
  std::chrono::milliseconds retry_budget{30000};  // RetryOptions::max_elapsed
  StartGateOptions starts;                        // how many runners are started with it
  /// Where secrets are read from. When one of these files changes, what the service refused is
  /// tried at once.
  std::vector<std::filesystem::path> files;
  /// Tells two of them apart, since functions cannot be compared. It has no secret.
  std::string identity;
};

/// What a scale set uses of a budget.
struct BudgetUse {
  BudgetUse() = default;
  std::string name;  // of the budget; empty: it has none
  fleet::Resources cost{{"slots", 1}};
  double weight = 1;
  int reserve = 0;
  friend bool operator==(BudgetUse const&, BudgetUse const&) = default;
};

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
  fleet::Schedule schedule;  // limits for certain times
  BudgetUse budget;

  std::shared_ptr<Access const>
      access;  // null if the client is made without it, as in a simulation

  /// What runners are made of.
  std::shared_ptr<backends::Template const> what = std::make_shared<backends::Template>();
  /// The folder that a runner makes for its job, in its own.
  std::string work_folder = "_work";
  /// Where the locks of scale sets are, and a folder for the runners of each. Empty: nowhere.
  std::filesystem::path work_dir;

  /// How often all instances are looked at.
  std::chrono::milliseconds list_interval = std::chrono::minutes(1);
  /// Whether a person waits for the program to say what is wrong. Then a refusal (is_refusal) ends
  /// it, as long as the scale set was never reached, and so does whatever keeps the scale set from
  /// being opened. Without it, that is tried again.
  bool end_if_refused_at_first = false;
};

/// What is different between two settings of one scale set, by what has to be done about it.
struct SetChange {
  SetChange() = default;
  bool limits = false;   // the fleet is told
  bool runners = false;  // new runners are made in another way
  bool labels = false;   // the scale set at the service is compared again
  bool anew = false;     // the scale set is opened anew; its runners run on
  [[nodiscard]] bool any() const noexcept { return limits || runners || labels || anew; }
};
[[nodiscard]] SetChange change_between(SetSettings const& before, SetSettings const& after);

/// Whose the journal rows, the folders and the runners of these settings are. Errors:
/// invalid_argument for a `url` that is none.
[[nodiscard]] Result<base::OwnerKey> owner_of(SetSettings const& settings);

/// Runner names are used as folder and host names too, so any other character in the scale set's
/// name becomes a hyphen.
[[nodiscard]] std::string runner_name_prefix(std::string scale_set_name);

}  // namespace scaleset::daemon
