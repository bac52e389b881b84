#pragma once

#include <string>
#include <string_view>

/// The shell scripts of a pretend runner's folder (protocol.md 11.2 and 11.3). Like the real ones,
/// they need bash.
namespace scaleset::simulator::pretend {

/// The line that tells our folders from others.
inline constexpr std::string_view kScriptMark = "# The pretend runner of `scaleset simulate`.";

/// `bin/Runner.Listener`: becomes `BINARY simulate-runner`, with its own path as the name that a
/// process list shows.
[[nodiscard]] std::string listener_script(std::string const& scaleset_binary);

/// `run-helper.sh`: one run of the listener. Its exit code is 2 if the listener is to be run again,
/// 7 for a deprecated version, and 0 otherwise, whatever the reason.
[[nodiscard]] std::string helper_script();

/// `run.sh`: runs the helper until its exit code is not 2. The exit code is 0 or 7. With
/// RUNNER_MANUALLY_TRAP_SIG it is the helper's, and SIGINT and SIGTERM are passed on to the
/// listener. Refuses to run as root with exit code 1, unless RUNNER_ALLOW_RUNASROOT is set.
[[nodiscard]] std::string run_script();

}  // namespace scaleset::simulator::pretend
