#include "simulator/runner/job_run.hpp"

#include <utility>

#include "scaleset/async/timer.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

}  // namespace

JobRun::JobRun(asio::any_io_executor const& executor, PretendJob job, JobSurroundings surroundings)
    : executor_(executor),
      job_(std::move(job)),
      surroundings_(std::move(surroundings)),
      timer_(executor) {}

asio::awaitable<std::string> JobRun::run() {
  std::error_code ignored;
  fs::create_directories(surroundings_.root / surroundings_.work_folder, ignored);
  fs::create_directories(surroundings_.root / "_diag", ignored);
  std::string conclusion = "failed";
  bool const ready = co_await run_hook("started", surroundings_.started_hook);
  // A failing start hook fails the job (protocol.md 11.3).
  if (ready) {
    conclusion = co_await run_job();
  }
  // The hook at the end runs even if the job was cancelled.
  completing_ = true;
  bool const tidy = co_await run_hook("completed", surroundings_.completed_hook);
  bool const stopped = co_await async::is_cancelled();
  if (cancelled_ || stopped) co_return "canceled";
  co_return tidy ? conclusion : std::string("failed");
}

asio::awaitable<std::string> JobRun::run_job() {
  bool const stopped = co_await async::is_cancelled();
  if (cancelled_ || stopped) co_return "canceled";
  if (job_.script.empty()) {
    co_return co_await wait_for_duration();
  }
  std::vector<std::string> command = {"/bin/sh", "-c", job_.script};
  int const code = co_await run_script(std::move(command));
  surroundings_.log("The job's script ended with exit code " + std::to_string(code));
  co_return code == 0 ? std::string("succeeded") : std::string("failed");
}

asio::awaitable<std::string> JobRun::wait_for_duration() {
  timer_.expires_after(job_.duration);
  co_await timer_.wait();
  co_return job_.result;
}

asio::awaitable<bool> JobRun::run_hook(std::string name, std::string path) {
  if (path.empty()) co_return true;
  std::vector<std::string> command = {"/bin/bash", "-e", path};
  int const code = co_await run_script(std::move(command));
  surroundings_.log("The job " + name + " hook " + path + " ended with exit code " +
                    std::to_string(code));
  co_return code == 0;
}

asio::awaitable<int> JobRun::run_script(std::vector<std::string> command) {
  child_ = std::make_unique<ChildProcess>(executor_);
  ChildPlan plan;
  plan.program = command.front();
  plan.arguments = std::move(command);
  plan.folder = surroundings_.root / surroundings_.work_folder;
  plan.output = surroundings_.root / "_diag" / "job.log";
  bool const started = child_->start(plan);
  if (!started) co_return -1;
  int const code = co_await child_->wait();
  child_.reset();
  co_return code;
}

void JobRun::cancel() {
  cancelled_ = true;
  if (completing_) return;
  timer_.cancel();
  if (child_) child_->stop(surroundings_.patience);
}

}  // namespace scaleset::simulator::pretend
