#include "simulator/runner/runner_scripts.hpp"

namespace scaleset::simulator::pretend {
namespace {

std::string quoted(std::string const& text) {
  std::string result = "'";
  for (char const c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + "'";
}

std::string script(std::string_view text) {
  return "#!/bin/bash\n" + std::string(kScriptMark) + "\n" + std::string(text);
}

// The seconds are a variable only because the tests cannot wait.
constexpr std::string_view kHelper =
    R"sh(folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
"$folder/bin/Runner.Listener" run "$@"
code=$?
case $code in
  0)
    echo "Runner listener exit with 0 return code, stop the service, no retry needed."
    exit 0 ;;
  1)
    echo "Runner listener exit with terminated error, stop the service, no retry needed."
    exit 0 ;;
  2)
    echo "Runner listener ended with a temporary error: it is started again in 5 seconds."
    sleep "${SIMULATE_RESTART_SECONDS:-5}"
    exit 2 ;;
  3|4)
    echo "Runner listener ended for an update: it is started again afterwards."
    for ((second = 0; second < ${SIMULATE_UPDATE_SECONDS:-31}; second++)); do
      [ -e "$folder/update.finished" ] && break
      sleep 1
    done
    rm -f "$folder/update.finished"
    exit 2 ;;
  5)
    echo "Runner listener exit with Session Conflict error, stop the service, no retry needed."
    exit 0 ;;
  7)
    echo "Runner listener ended because its version is deprecated."
    exit 7 ;;
  *)
    echo "Exiting with unknown error code: $code"
    exit 0 ;;
esac
)sh";

constexpr std::string_view kRun =
    R"sh(folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
if [ "$(id -u)" -eq 0 ] && [ -z "$RUNNER_ALLOW_RUNASROOT" ]; then
  echo "Must not run interactively with sudo"
  exit 1
fi

while :; do
  if [ -z "$RUNNER_MANUALLY_TRAP_SIG" ]; then
    "$folder/run-helper.sh" "$@"
    code=$?
    ending=0
    [ $code -eq 7 ] && ending=7
  else
    # A process group of its own for the helper and the listener: both get what the trap sends.
    set -m
    "$folder/run-helper.sh" "$@" &
    helper=$!
    trap 'kill -INT -$helper' INT TERM
    while :; do
      wait $helper
      code=$?
      kill -0 $helper 2>/dev/null || break
    done
    ending=$code
  fi
  [ $code -eq 2 ] || break
  echo "Restarting runner..."
done
echo "Exiting runner..."
exit $ending
)sh";

}  // namespace

std::string listener_script(std::string const& scaleset_binary) {
  return script(
      "root=$(cd \"${0%/*}/..\" && pwd) || exit 1\nexec -a \"$root/bin/Runner.Listener\" " +
      quoted(scaleset_binary) + " simulate-runner --root \"$root\" \"$@\"\n");
}

std::string helper_script() { return script(kHelper); }

std::string run_script() { return script(kRun); }

}  // namespace scaleset::simulator::pretend
