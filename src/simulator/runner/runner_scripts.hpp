#pragma once

#include <string>
#include <string_view>

/// The shell scripts of a pretend runner's folder (spec 11.2 and 11.3). They need bash, as the real
/// ones do.
namespace scaleset::simulator::pretend {

/// The line by which our folders are known.
inline constexpr std::string_view kScriptMark = "# The pretend runner of `scaleset simulate`.";

/// `bin/Runner.Listener`: becomes `BINARY simulate-runner`, with its own path as the name that a
/// process list shows.
[[nodiscard]] std::string listener_script(std::string const& scaleset_binary);

/// `run-helper.sh`: one run of the listener. Exit code: 0 when it shall not be run again, whatever
/// the reason; 2 when it shall; 7 for a deprecated version.
[[nodiscard]] std::string helper_script();

/// `run.sh`: runs the helper, again and again while that says 2. Its exit code is 0 or 7; with
/// RUNNER_MANUALLY_TRAP_SIG, when it also passes SIGINT and SIGTERM on to the listener, the
/// helper's. Refuses root with 1, unless RUNNER_ALLOW_RUNASROOT is set.
[[nodiscard]] std::string run_script();

}  // namespace scaleset::simulator::pretend
