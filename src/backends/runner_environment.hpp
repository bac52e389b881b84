#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"
#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

namespace scaleset::backends {

/// This variable is set in every runner to the path of its folder. Whatever a job starts inherits
/// it, so that processes which a job leaves behind in other process groups can be found
/// (protocol.md 11.3; GitHub's runner does the same with RUNNER_TRACKING_ID).
inline constexpr std::string_view kInstanceVariable = "SCALESET_INSTANCE";

/// Whether a variable of this name may be given to a runner at all. The daemon's own credentials
/// and settings (GITHUB_TOKEN, SCALESET_*) may not, nor what only we or the runner may set
/// (ACTIONS_RUNNER_INPUT_*), nor a text that cannot be a variable's name.
[[nodiscard]] bool may_pass(std::string_view name);

/// Whether runners can get the environment that the template asks for. Errors: invalid_options,
/// with one line that says what to do.
[[nodiscard]] Result<void> check_environment(Template const& what);

/// Of this process, as "NAME=value" entries.
[[nodiscard]] std::vector<std::string> own_environment();

/// The runner's whole environment, as "NAME=value" entries. From `own`, which is the daemon's
/// environment in the same form, it has the variables of an allow-list (such as PATH, HOME, the
/// locale and proxies) and those that `pass_environment` names; those of `environment` are added,
/// and replace others of the same name. Added as well are the JIT configuration, which the runner
/// removes from its environment (protocol.md 11.1), the variable that makes its exit codes tell
/// what happened (protocol.md 11.2), and kInstanceVariable. Every entry is a Secret and is wiped
/// when the result is destroyed, which should be right after the start.
[[nodiscard]] std::vector<Secret> runner_environment(std::span<std::string const> own,
                                                     Template const& what, std::string_view folder,
                                                     Secret const& jit_config);

}  // namespace scaleset::backends
