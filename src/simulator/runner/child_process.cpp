#include "simulator/runner/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <utility>

#include "http/sleep.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace asio = boost::asio;

class FileActions {
 public:
  explicit FileActions(ChildPlan const& plan) {
    posix_spawn_file_actions_init(&actions_);
    if (plan.input < 0) {
      posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    } else {
      posix_spawn_file_actions_adddup2(&actions_, plan.input, 0);
    }
    if (!plan.output.empty()) {
      posix_spawn_file_actions_addopen(&actions_, 1, plan.output.c_str(),
                                       O_WRONLY | O_CREAT | O_APPEND, 0600);
      posix_spawn_file_actions_adddup2(&actions_, 1, 2);
    }
    if (!plan.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions_, plan.folder.c_str());
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
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  }
  Attributes(Attributes const&) = delete;
  Attributes& operator=(Attributes const&) = delete;
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  [[nodiscard]] posix_spawnattr_t const* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

/// 0: it cannot be run.
pid_t spawn(ChildPlan const& plan) {
  std::vector<std::string> texts = plan.arguments;
  std::vector<char*> arguments;
  arguments.reserve(texts.size() + 1);
  for (std::string& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);
  FileActions const actions(plan);
  Attributes const attributes;
  pid_t pid = 0;
  int const error = posix_spawn(&pid, plan.program.c_str(), actions.get(), attributes.get(),
                                arguments.data(), environ);
  return error == 0 ? pid : 0;
}

}  // namespace

struct ChildProcess::State {
  explicit State(asio::any_io_executor executor) : exit(executor), patience_timer(executor) {}

  void signal(int number) const {
    if (pid != 0) kill(-pid, number);
  }
  /// The number is free for another process afterwards.
  int reap() {
    patience_timer.cancel();
    int status = 0;
    waitpid(std::exchange(pid, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  asio::posix::stream_descriptor exit;  // a pidfd
  asio::steady_timer patience_timer;
  pid_t pid = 0;
};

namespace {

/// Calls `next` unless the process has ended by then.
template <typename State, typename Next>
void when_out_of_patience(std::shared_ptr<State> const& state, std::chrono::milliseconds patience,
                          Next next) {
  state->patience_timer.expires_after(patience);
  state->patience_timer.async_wait(
      [weak = std::weak_ptr(state), next](boost::system::error_code error) {
        std::shared_ptr<State> const alive = weak.lock();
        if (!error && alive) next(alive);
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
  // By system call: the header of glibc 2.36 lacks extern "C".
  int const pidfd = static_cast<int>(syscall(SYS_pidfd_open, state_->pid, 0));
  if (pidfd >= 0) state_->exit.assign(pidfd);
  return pidfd >= 0;
}

asio::awaitable<int> ChildProcess::wait() {
  std::shared_ptr<State> const state = state_;
  boost::system::error_code error;
  co_await state->exit.async_wait(asio::posix::stream_descriptor::wait_read,
                                  asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return -1;
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
