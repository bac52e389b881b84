#include "backends/process/launch.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <utility>

#include "backends/process/child.hpp"
#include "backends/process/work_folder.hpp"
#include "base/crash_point.hpp"
#include "base/pidfd.hpp"
#include "base/resource_limit.hpp"

namespace scaleset::backends {
namespace {

std::unexpected<Error> failed(std::string const& what, int error) {
  return fail(ErrorCode::backend, what + ": " + base::system_error_text(error));
}

Result<Launched> watch(pid_t pid, LaunchPlan const& plan) {
  Launched launched;
  launched.end = base::open_pidfd(pid);
  if (!launched.end.valid()) return failed("cannot watch process " + std::to_string(pid), errno);
  InstanceRecord record = plan.record;
  record.process = identify(pid);
  base::crash_point("the runner's program runs, and its record does not say so yet");
  if (!record.process) return failed("cannot read /proc/" + std::to_string(pid) + "/stat", ENOENT);
  launched.process = *record.process;
  Result<void> const written = record_process(plan.paths, record);
  base::crash_point("the runner's program is recorded");
  if (!written) return std::unexpected(written.error());
  return launched;
}

Result<Launched> run_program(LaunchPlan const& plan) {
  // Before the process starts, so that nothing it writes can be missed.
  base::UniqueFd output = open_output(plan.paths);
  if (!output.valid()) return failed("cannot open " + plan.paths.output.string(), errno);
  ChildPlan child;
  child.executable = plan.paths.folder / "bin" / "Runner.Listener";
  child.arguments = {"run"};
  child.environment = plan.environment;
  child.folder = plan.paths.folder;
  child.output = plan.paths.output;
  child.descriptor_limit = plan.descriptor_limit;
  Result<pid_t> const pid = spawn_child(child);
  if (!pid) return std::unexpected(pid.error());
  Result<Launched> launched = watch(*pid, plan);
  if (launched) {
    launched->output = std::move(output);
    return launched;
  }
  // Without a record, the next start would have to search for it: rather no runner than one that
  // nobody knows.
  ::kill(-*pid, SIGKILL);
  waitpid(*pid, nullptr, 0);
  return launched;
}

}  // namespace

Result<Launched> launch_runner(LaunchPlan const& plan, std::stop_token const& stop) {
  std::unexpected<Error> const stopped = fail(ErrorCode::cancelled, "it was stopped before it ran");
  if (stop.stop_requested()) return stopped;
  Result<std::filesystem::path> const release = resolve_source(*plan.what, plan.work_root);
  if (!release) return fail(ErrorCode::backend, release.error().message);
  Result<void> const made = make_instance(*release, plan.paths, plan.record);
  if (!made) return std::unexpected(made.error());
  base::crash_point("the runner's record and folder are made");
  Result<Launched> launched = stopped;
  if (!stop.stop_requested()) launched = run_program(plan);
  if (launched) return launched;
  Result<void> const cleared = clear_instance(plan.paths, {});
  if (!cleared) launched.error().message += "; " + cleared.error().message;
  return launched;
}

base::UniqueFd open_output(InstancePaths const& paths) {
  return base::UniqueFd(open(paths.output.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

}  // namespace scaleset::backends
