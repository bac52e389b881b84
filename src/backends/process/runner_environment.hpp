#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/secret.hpp"

namespace scaleset::backends {

/// Set in every runner to the path of its folder and inherited by whatever its jobs start: how the
/// processes that a job leaves behind in other process groups are found again (spec 11.3, and the
/// real runner's own RUNNER_TRACKING_ID).
inline constexpr std::string_view kInstanceVariable = "SCALESET_INSTANCE";

/// Whether the daemon's variable of that name may be handed to a runner at all. Never: the daemon's
/// own credentials and settings (GITHUB_TOKEN, SCALESET_*), and what we or the runner decide
/// (ACTIONS_RUNNER_INPUT_*). A name must look like one.
[[nodiscard]] bool may_pass(std::string_view name);

/// The runner's whole environment, as "NAME=value" entries. From `own` (the daemon's, in the same
/// form) only an allow-list passes (PATH, HOME, locale, proxies, ...) and what `pass` names. Added:
/// the JIT configuration, which the runner removes from its own environment (spec 11.1), the wish
/// for honest exit codes (spec 11.2), and the instance variable. Every entry is a Secret: they are
/// wiped when the result goes away, which should be right after the start.
[[nodiscard]] std::vector<Secret> runner_environment(std::span<std::string const> own,
                                                     std::span<std::string const> pass,
                                                     std::string_view folder,
                                                     Secret const& jit_config);

}  // namespace scaleset::backends
