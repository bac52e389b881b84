#include "backends/docker/findings.hpp"

#include <csignal>

#include "backends/docker/labels.hpp"
#include "backends/docker/specification.hpp"
#include "backends/program_kind.hpp"

namespace scaleset::backends::docker {
namespace {

constexpr int kSignalled = 128;  // and the signal's number are the exit code of a shell or an init
constexpr int kLastSignal = 64;
constexpr int kNotExecutable = 126;  // of a shell
constexpr int kNotFound = 127;

bool is_oom(Ended const& ended) {
  // It is also told when a process of the job was ended, and the runner went on.
  return ended.out_of_memory && status_of(ended).signal == SIGKILL;
}

bool is_of_image(Ended const& ended) {
  return !ended.error.empty() || ended.code == kNotExecutable || ended.code == kNotFound;
}

}  // namespace

Programs programs_in(std::vector<std::string> const& command_lines) {
  Programs found = Programs::none;
  for (std::string const& line : command_lines) {
    auto const program = program_of(line, ' ');
    if (!program) continue;
    if (program->first == ProgramKind::worker) return Programs::worker;
    found = Programs::listener;
  }
  return found;
}

Instance describe(Container const& container, Programs programs) {
  Instance one;
  one.runner_name = container.name;
  one.reference = container.id.substr(0, 12);
  one.alive = container.phase == ContainerPhase::running;
  if (auto const ownership = ownership_of(container.labels)) {
    one.owner = ownership->owner;
    one.runner_name = ownership->runner_name;
    one.runner = ownership->runner;
    one.scale_set = ownership->scale_set;
  }
  if (programs == Programs::worker) one.activity = Activity::busy;
  // Without a listener there can be no job.
  if (programs == Programs::listener || programs == Programs::none) one.activity = Activity::idle;
  if (!one.alive) one.activity = Activity::unknown;
  return one;
}

ExitStatus status_of(Ended const& ended) {
  ExitStatus status;
  if (!ended.code) return status;
  if (*ended.code > kSignalled && *ended.code <= kSignalled + kLastSignal) {
    status.signal = *ended.code - kSignalled;
  } else {
    status.code = ended.code;
  }
  return status;
}

ExitCause cause_of(Ended const& ended, RunnerOutput const& output) {
  if (is_oom(ended)) return ExitCause::out_of_memory;
  if (is_of_image(ended)) return ExitCause::image;
  ExitStatus const status = status_of(ended);
  bool const killed = status.signal == SIGKILL && !ended.stop_asked;
  if (killed && ended.engine_lost) return ExitCause::engine;
  if (ended.code == kNothingDelivered) return ExitCause::lost;
  if (!ended.code && ended.stop_asked) return ExitCause::exited;
  if (!ended.code && !output.cause()) return ExitCause::evicted;
  return backends::cause_of(status, output.cause(), ended.stop_asked, ended.adopted);
}

std::string reason_of(Ended const& ended, RunnerOutput const& output) {
  if (!ended.error.empty()) return "the engine could not run it: " + ended.error;
  if (is_oom(ended))
    return "ended by the system, because it needed more memory than it may have; raise the "
           "memory limit";
  if (is_of_image(ended))
    return "the image has no runner that can be run: " + output.last_line() +
           "; look at the command, and for which machines the image was made";
  if (ended.code == kNothingDelivered) return "it was given no JIT configuration";
  if (!ended.code)
    return ended.stop_asked ? "removed while it was stopped"
                            : "its container was removed by somebody else";
  if (ended.engine_lost && status_of(ended).signal == SIGKILL && !ended.stop_asked)
    return "killed when the engine ended; an engine with \"live-restore\" keeps its containers";
  return describe_exit(status_of(ended), output, ended.stop_asked);
}

}  // namespace scaleset::backends::docker
