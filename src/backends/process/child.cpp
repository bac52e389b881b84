#include "backends/process/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <system_error>

namespace scaleset::backends {
namespace {

class FileActions {
 public:
  explicit FileActions(ChildPlan const& plan) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, 1, plan.output.c_str(), O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&actions_, 1, 2);
    posix_spawn_file_actions_addchdir_np(&actions_, plan.folder.c_str());
    // Ours are O_CLOEXEC, but not the sockets that Asio opens.
    posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
  }
  FileActions(FileActions const&) = delete;
  FileActions& operator=(FileActions const&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  [[nodiscard]] posix_spawn_file_actions_t const* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  Attributes() {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Attributes(Attributes const&) = delete;
  Attributes& operator=(Attributes const&) = delete;
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  [[nodiscard]] posix_spawnattr_t const* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

/// For an interface that promises not to write but does not say so in its types.
char* pointer_to(std::string const& text) { return const_cast<char*>(text.c_str()); }

}  // namespace

Result<pid_t> spawn_child(ChildPlan const& plan) {
  std::vector<char*> arguments = {pointer_to(plan.executable.native())};
  for (std::string const& argument : plan.arguments) arguments.push_back(pointer_to(argument));
  arguments.push_back(nullptr);
  std::vector<char*> environment;
  environment.reserve(plan.environment.size() + 1);
  for (Secret const& entry : plan.environment) environment.push_back(pointer_to(entry.reveal()));
  environment.push_back(nullptr);

  FileActions const actions(plan);
  Attributes const attributes;
  pid_t pid = 0;
  int const error = posix_spawn(&pid, plan.executable.c_str(), actions.get(), attributes.get(),
                                arguments.data(), environment.data());
  if (error != 0) {
    return fail(ErrorCode::backend, "cannot run " + plan.executable.string() + ": " +
                                        std::generic_category().message(error));
  }
  return pid;
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
