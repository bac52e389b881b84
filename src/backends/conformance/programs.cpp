#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "backends/conformance/conformance.hpp"

namespace scaleset::backends::conformance {

std::string_view to_string(Behaviour behaviour) noexcept {
  switch (behaviour) {
    case Behaviour::works: return "works";
    case Behaviour::stubborn: return "stubborn";
    case Behaviour::fails: return "fails";
    case Behaviour::crashes: return "crashes";
    case Behaviour::refused: return "refused";
    case Behaviour::hungry: return "hungry";
    case Behaviour::talkative: return "talkative";
  }
  return "unknown";
}

std::string shell_listener() {
  std::string const words =
      "secret='" + std::string(kSecret) + "' last='" + std::string(kLastWords) + "'\n";
  // `wait` is ended by a signal, unlike the opening of a pipe.
  return "#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin\n" + words +
         R"(set -- $ACTIONS_RUNNER_INPUT_JITCONFIG
gate=$CONFORMANCE_GATES/$2
say() { echo "2026-11-23 16:00:00Z: $*"; }
trap 'exit 0' INT
case $1 in
  works) ;;
  stubborn) trap '' INT TERM ;;
  talkative) echo "$secret" ;;
  fails) exit 1 ;;
  crashes) kill -SEGV $$ ;;
  refused) echo 'Runner version v2.300.0 is deprecated and cannot receive messages.'; exit 7 ;;
  hungry) much=0123456789abcdef; while :; do much=$much$much; done ;;
  *) echo "An error occurred: the JIT configuration is not one of the suite"; exit 1 ;;
esac
mkfifo "$gate.begin" "$gate.end" || exit 1
say 'Listening for Jobs'
[ "$1" != talkative ] || echo "$last"
cat "$gate.begin" > /dev/null & wait $!
say 'Running job: build'
"${0%/*}/Runner.Worker" "$gate.end" & wait $!
say 'Job build completed with result: Succeeded'
)";
}

std::string shell_worker() { return "#!/bin/sh\nPATH=/usr/bin:/bin\ncat \"$1\" > /dev/null\n"; }

bool tell_by_pipe(std::string const& folder, std::string const& runner_name, JobStep step) {
  std::string const path =
      folder + "/" + runner_name + (step == JobStep::begin ? ".begin" : ".end");
  int const file = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return false;
  bool const written = write(file, "\n", 1) == 1;
  close(file);
  return written;
}

}  // namespace scaleset::backends::conformance
