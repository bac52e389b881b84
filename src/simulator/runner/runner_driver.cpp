#include "simulator/runner/runner_driver.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <csignal>
#include <memory>
#include <utility>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "scaleset/async/scope.hpp"
#include "scaleset/async/timer.hpp"
#include "simulator/runner/http_call.hpp"
#include "simulator/runner/worker_process.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace asio = boost::asio;
constexpr std::size_t kLongestLog = 1U << 20U;  // of which the end is uploaded

/// The service's answer to a runner that is too old.
HttpResponse version_refused() {
  HttpResponse response;
  response.status = 403;
  response.body = R"({"errorKind":"RunnerVersionTooOld","statusCode":403,"errorMessage":)"
                  R"("Runner version v)" +
                  std::string(kRunnerVersion) + R"( is deprecated and cannot receive messages."})";
  return response;
}

/// What the job's script and its hooks have written.
std::string job_output(std::filesystem::path const& root) {
  std::string output = base::read_file(root / "_diag" / "job.log").value_or("");
  if (output.size() > kLongestLog) output.erase(0, output.size() - kLongestLog);
  return output;
}

class Driver {
 public:
  Driver(asio::any_io_executor const& executor, DriverOptions options)
      : executor_(executor),
        options_(std::move(options)),
        work_folder_(options_.caller.settings.work_folder),
        machine_(std::move(options_.caller), options_.habits),
        signals_(executor),
        scope_(executor) {}

  asio::awaitable<int> run() {
    if (!is(Misbehaviour::ignore_sigterm)) {
      signals_.add(SIGINT);
      signals_.add(SIGTERM);
      wait_for_signal();
    }
    carry_out(machine_.begin(now()));
    co_await scope_.join();  // something is always under way until the machine has ended
    co_return exit_code_;
  }

 private:
  void carry_out(Actions actions) {
    for (Action& action : actions) {
      std::visit([this](auto& one) { act(one); }, action);
    }
  }
  void act(Print const& print) { options_.print(print.line); }
  void act(Send& send) { scope_.spawn(call(send.call, std::move(send.request))); }
  void act(Wait const& wait) { scope_.spawn(wait_and_tell(wait.call, wait.delay)); }
  void act(StartJob& start) {
    WorkerPlan plan;
    plan.program = options_.worker_program;
    plan.root = options_.root;
    plan.work_folder = work_folder_;
    worker_ = std::make_unique<WorkerProcess>(executor_, std::move(plan), std::move(start.job));
    scope_.spawn(work());
    scope_.spawn(renew());
  }
  void act(CancelJob const&) { scope_.spawn(worker_->cancel()); }
  void act(RemoveSettings const&) { options_.remove_settings(); }
  void act(Exit const& exit) {
    options_.log("Ends with exit code " + std::to_string(exit.code));
    exit_code_ = exit.code;
    ended_ = true;
    if (is(Misbehaviour::outlive_registration) && !signalled_) {
      scope_.spawn(stay());
    } else {
      end();
    }
  }
  void end() {
    signals_.cancel();
    scope_.request_stop();
  }

  asio::awaitable<void> call(Call which, HttpRequest request) {
    bool const polls = which == Call::get_message;
    if (polls && is(Misbehaviour::hang_after_session)) {
      co_await stay();
      co_return;
    }
    Result<HttpResponse> answer = version_refused();
    bool const refused = polls && is(Misbehaviour::version_deprecated);
    if (!refused) {
      answer = co_await http_call(std::move(request));
    }
    carry_out(machine_.on_answer(which, answer, now()));
  }

  /// Waits for the machine's end.
  static asio::awaitable<void> stay() {
    bool staying = true;
    while (staying) {
      staying = co_await async::sleep_for(std::chrono::hours(1));
    }
  }

  asio::awaitable<void> wait_and_tell(Call which, std::chrono::milliseconds delay) {
    bool const waited = co_await async::sleep_for(std::min(delay, options_.longest_wait));
    if (waited) carry_out(machine_.on_wait_over(which, now()));
  }

  asio::awaitable<void> work() {
    std::string conclusion = "failed";
    bool const started = worker_->start();
    options_.log(started ? "Worker started" : "The worker cannot be started");
    // After the worker was started, so that the job dies half-way.
    if (is(Misbehaviour::die_mid_job)) raise(SIGKILL);
    if (started) {
      conclusion = co_await worker_->wait();
    }
    working_ = false;
    options_.log("Worker ended: " + conclusion);
    std::string const output = job_output(options_.root);
    carry_out(machine_.on_job_ended(std::move(conclusion), output, now()));
  }

  asio::awaitable<void> renew() {
    bool due = true;
    while (due) {
      due = co_await async::sleep_for(options_.renewal_interval);
      due = due && working_;
      if (due) carry_out(machine_.on_renewal_due(now()));
    }
  }

  void wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code error, int number) {
      if (error) return;  // cancelled; this object may be gone
      wait_for_signal();
      stop(number == SIGINT ? StopSignal::interrupt : StopSignal::terminate);
    });
  }

  void stop(StopSignal signal) {
    options_.log(signal == StopSignal::interrupt ? "SIGINT received" : "SIGTERM received");
    bool const first = !std::exchange(signalled_, true);
    if (ended_) return end();
    // An official runner ends within 30 s after SIGTERM, whatever its job does (protocol.md 11.3).
    if (first && signal == StopSignal::terminate) scope_.spawn(unload());
    carry_out(machine_.on_stop(signal, now()));
  }

  asio::awaitable<void> unload() {
    bool const waited = co_await async::sleep_for(options_.unload_time);
    if (waited) act(Exit{kTerminatedCode});
  }

  [[nodiscard]] bool is(Misbehaviour kind) const { return options_.misbehaviour == kind; }
  [[nodiscard]] Timestamp now() const {
    return std::chrono::floor<std::chrono::milliseconds>(clock_->now().wall);
  }

  asio::any_io_executor executor_;
  DriverOptions options_;
  std::string work_folder_;
  RunnerMachine machine_;
  std::shared_ptr<Clock> clock_ = base::system_clock();
  asio::signal_set signals_;
  async::TaskScope scope_;
  std::unique_ptr<WorkerProcess> worker_;
  bool working_ = true;
  bool signalled_ = false;
  bool ended_ = false;
  int exit_code_ = 1;
};

}  // namespace

asio::awaitable<int> drive_runner(DriverOptions options) {
  asio::any_io_executor const executor = co_await asio::this_coro::executor;
  auto driver = std::make_unique<Driver>(executor, std::move(options));
  co_return co_await driver->run();
}

}  // namespace scaleset::simulator::pretend
