#include "simulator/runner/worker.hpp"

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "scaleset/async/scope.hpp"
#include "simulator/runner/diagnostic_log.hpp"
#include "simulator/runner/job_run.hpp"
#include "simulator/runner/process_start.hpp"
#include "simulator/runner/worker_messages.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kLongestLine = 16U << 20U;  // a job with its script

class Worker {
 public:
  Worker(asio::any_io_executor const& executor, WorkerOptions options)
      : executor_(executor),
        options_(std::move(options)),
        log_(options_.root, "Worker", prints_log(), now()),
        input_(executor, STDIN_FILENO),
        scope_(executor) {}

  asio::awaitable<int> run() {
    std::optional<std::string> const line = co_await next_line();
    std::optional<PretendJob> job;
    if (line) job = read_job_line(*line);
    if (!job) co_return 1;
    log("Job message received: " + job->name);
    job_ = std::make_unique<JobRun>(executor_, std::move(*job), surroundings());
    scope_.spawn(listen());
    scope_.spawn(work());
    co_await scope_.join();
    log("Job ended with result: " + conclusion_);
    co_return result_code(conclusion_);
  }

 private:
  asio::awaitable<void> work() {
    conclusion_ = co_await job_->run();
    // Ends listen(), which waits for a line that will not come.
    scope_.request_stop();
  }

  asio::awaitable<void> listen() {
    bool listening = true;
    while (listening) {
      std::optional<std::string> const line = co_await next_line();
      listening = line.has_value();
      if (line == kCancelLine) {
        log("Cancellation received");
        job_->cancel();
      }
    }
    // When the job has ended this is reached as well, and has no effect.
    scope_.request_stop();
  }

  /// The line includes its end. None: the listener has ended, or we are cancelled.
  asio::awaitable<std::optional<std::string>> next_line() {
    boost::system::error_code error;
    std::size_t const length =
        co_await asio::async_read_until(input_, asio::dynamic_buffer(read_, kLongestLine), '\n',
                                        asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::nullopt;
    std::string line = read_.substr(0, length);
    read_.erase(0, length);
    co_return line;
  }

  JobSurroundings surroundings() {
    JobSurroundings made;
    made.root = options_.root;
    made.work_folder = options_.work_folder;
    made.started_hook = variable("ACTIONS_RUNNER_HOOK_JOB_STARTED");
    made.completed_hook = variable("ACTIONS_RUNNER_HOOK_JOB_COMPLETED");
    made.log = [this](std::string const& text) { log(text); };
    return made;
  }

  void log(std::string const& text) { log_.write(text, now()); }

  static Timestamp now() {
    return std::chrono::floor<std::chrono::milliseconds>(base::system_clock()->now().wall);
  }

  asio::any_io_executor executor_;
  WorkerOptions options_;
  DiagnosticLog log_;
  asio::posix::stream_descriptor input_;
  async::TaskScope scope_;
  std::string read_;
  std::unique_ptr<JobRun> job_;
  std::string conclusion_ = "canceled";
};

}  // namespace

int run_worker(WorkerOptions options) {
  set_process_name("Runner.Worker");
  // Somebody may send these signals to all processes of the runner. The worker leaves them to the
  // listener, which tells it what to do.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  asio::io_context context(1);
  Worker worker(context.get_executor(), std::move(options));
  int code = 1;
  asio::co_spawn(context, worker.run(), [&code](std::exception_ptr exception, int exit_code) {
    if (exception) std::rethrow_exception(exception);
    code = exit_code;
  });
  context.run();
  return code;
}

}  // namespace scaleset::simulator::pretend
