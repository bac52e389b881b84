#include "backends/process/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#include <utility>

#include "base/resource_limit.hpp"
#include "base/spawn.hpp"

namespace scaleset::backends {
namespace {

/// posix_spawn promises not to change the text, although its parameter is not const.
char* pointer_to(std::string const& text) { return const_cast<char*>(text.c_str()); }

}  // namespace

Result<pid_t> spawn_child(ChildPlan const& plan) {
  std::vector<std::string> arguments = {plan.executable.native()};
  arguments.insert(arguments.end(), plan.arguments.begin(), plan.arguments.end());
  std::vector<char*> environment;
  environment.reserve(plan.environment.size() + 1);
  for (Secret const& entry : plan.environment) environment.push_back(pointer_to(entry.reveal()));
  environment.push_back(nullptr);
  base::Spawn spawn;
  spawn.output_and_errors(plan.output, O_RDWR);
  spawn.folder(plan.folder);
  auto const pid = spawn.start(plan.executable, std::move(arguments), environment.data());
  if (pid && plan.descriptor_limit) base::set_descriptor_limit(*pid, *plan.descriptor_limit);
  if (pid) return *pid;
  return fail(ErrorCode::backend,
              "cannot run " + plan.executable.string() + ": " + pid.error().message());
}

ChildEnd child_end(int pidfd, bool keep) {
  ChildEnd end;
  pollfd readable{.fd = pidfd, .events = POLLIN, .revents = 0};
  end.ended = poll(&readable, 1, 0) == 1;
  if (!end.ended) return end;
  siginfo_t info{};
  int const flags = WEXITED | WNOHANG | (keep ? WNOWAIT : 0);
  if (waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, flags) != 0 || info.si_pid == 0) return end;
  if (info.si_code == CLD_EXITED) end.status.code = info.si_status;
  if (info.si_code != CLD_EXITED) end.status.signal = info.si_status;
  return end;
}

}  // namespace scaleset::backends
