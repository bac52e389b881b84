#include "simulator/runner/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <utility>

#include "base/loop_timer.hpp"
#include "base/pidfd.hpp"
#include "base/spawn.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace asio = boost::asio;

/// The process's id, or 0 if it cannot be started.
pid_t spawn(ChildPlan const& plan) {
  base::Spawn spawn;
  if (plan.input >= 0) spawn.input(plan.input);
  if (!plan.output.empty()) spawn.output_and_errors(plan.output, O_WRONLY | O_CREAT | O_APPEND);
  if (!plan.folder.empty()) spawn.folder(plan.folder);
  return spawn.start(plan.program, plan.arguments, environ).value_or(0);
}

}  // namespace

struct ChildProcess::State {
  explicit State(asio::any_io_executor executor) : exit(executor), patience_timer(executor) {}

  void signal(int number) const {
    // The whole process group: scripts start other programs.
    if (pid != 0) kill(-pid, number);
  }
  /// Afterwards the system may give the process's id to another process.
  int reap() {
    patience_timer.cancel();
    int status = 0;
    waitpid(std::exchange(pid, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  asio::posix::stream_descriptor exit;  // a pidfd
  base::LoopTimer patience_timer;
  pid_t pid = 0;
};

namespace {

/// Calls `next` after that time, unless the process has ended.
template <typename State, typename Next>
void when_out_of_patience(std::shared_ptr<State> const& state, std::chrono::milliseconds patience,
                          Next next) {
  state->patience_timer.expires_after(patience);
  state->patience_timer.on_expiry([weak = std::weak_ptr(state), next] {
    // The process may have ended, and its owner with it.
    if (std::shared_ptr<State> const alive = weak.lock()) next(alive);
  });
}

}  // namespace

ChildProcess::ChildProcess(asio::any_io_executor executor)
    : state_(std::make_shared<State>(std::move(executor))) {}

ChildProcess::~ChildProcess() {
  signal(SIGKILL);
  if (state_->pid != 0) state_->reap();
}

bool ChildProcess::start(ChildPlan const& plan) {
  state_->pid = spawn(plan);
  if (state_->pid == 0) return false;
  base::UniqueFd pidfd = base::open_pidfd(state_->pid);
  bool const opened = pidfd.valid();
  if (opened) state_->exit.assign(pidfd.release());
  return opened;
}

asio::awaitable<int> ChildProcess::wait() {
  std::shared_ptr<State> const state = state_;
  boost::system::error_code error;
  co_await state->exit.async_wait(asio::posix::stream_descriptor::wait_read,
                                  asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return -1;
  // What the script left running. Before reap(): until then the group's number is not given away.
  state->signal(SIGKILL);
  co_return state->reap();
}

void ChildProcess::signal(int number) { state_->signal(number); }

void ChildProcess::give_time(std::chrono::milliseconds time) {
  if (state_->pid == 0) return;
  pollfd readable{.fd = state_->exit.native_handle(), .events = POLLIN, .revents = 0};
  poll(&readable, 1, static_cast<int>(time.count()));
}

void ChildProcess::stop(Patience patience) {
  signal(SIGINT);
  auto const terminate = [patience](std::shared_ptr<State> const& state) {
    state->signal(SIGTERM);
    auto const kill_it = [](std::shared_ptr<State> const& still) { still->signal(SIGKILL); };
    when_out_of_patience(state, patience.after_terminate, kill_it);
  };
  when_out_of_patience(state_, patience.after_interrupt, terminate);
}

}  // namespace scaleset::simulator::pretend
