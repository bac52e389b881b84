#include "simulator/runner/job_run.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <utility>

#include "http/sleep.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

/// What posix_spawn needs, and the error of whatever failed first is left to the spawn itself.
pid_t spawn_shell(std::string script, fs::path const& folder, fs::path const& log) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  std::string name = "sh";
  std::string option = "-c";
  std::array<char*, 4> arguments = {name.data(), option.data(), script.data(), nullptr};
  pid_t pid = 0;
  int const error = posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : 0;
}

}  // namespace

JobRun::JobRun(asio::any_io_executor const& executor, PretendJob job, fs::path root,
               std::string const& work_folder)
    : job_(std::move(job)),
      root_(std::move(root)),
      work_folder_(root_ / work_folder),
      timer_(executor),
      exit_(executor) {}

JobRun::~JobRun() { kill_script(); }

asio::awaitable<std::string> JobRun::run() {
  bool const stopped = co_await http::is_cancelled();
  if (cancelled_ || stopped) co_return "canceled";
  if (!job_.script.empty()) {
    co_return co_await run_script();
  }
  timer_.expires_after(job_.duration);
  boost::system::error_code error;
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  co_return error || cancelled_ ? std::string("canceled") : job_.result;
}

asio::awaitable<std::string> JobRun::run_script() {
  if (!spawn_script()) co_return "failed";
  boost::system::error_code error;
  co_await exit_.async_wait(asio::posix::stream_descriptor::wait_read,
                            asio::redirect_error(asio::use_awaitable, error));
  kill_script();  // also what a script that has ended left in its group
  int status = 0;
  waitpid(std::exchange(pid_, 0), &status, 0);
  if (error || cancelled_) co_return "canceled";
  bool const good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  co_return good ? "succeeded" : "failed";
}

bool JobRun::spawn_script() {
  std::error_code ignored;
  fs::create_directories(work_folder_, ignored);
  fs::create_directories(root_ / "_diag", ignored);
  pid_ = spawn_shell(job_.script, work_folder_, root_ / "_diag" / "job.log");
  if (pid_ == 0) return false;
  // By system call: the header of glibc 2.36 lacks extern "C".
  int const pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (pidfd >= 0) exit_.assign(pidfd);
  return pidfd >= 0;
}

void JobRun::cancel() {
  cancelled_ = true;
  timer_.cancel();
  kill_script();
}

void JobRun::kill_script() {
  if (pid_ != 0) kill(-pid_, SIGKILL);
}

}  // namespace scaleset::simulator::pretend
