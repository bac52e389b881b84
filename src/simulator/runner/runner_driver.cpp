#include "simulator/runner/runner_driver.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <csignal>
#include <memory>

#include "base/clock.hpp"
#include "http/sleep.hpp"
#include "scaleset/async/scope.hpp"
#include "simulator/runner/http_call.hpp"
#include "simulator/runner/job_run.hpp"
#include "simulator/runner/runner_machine.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace asio = boost::asio;

class Driver {
 public:
  Driver(asio::any_io_executor const& executor, DriverOptions options)
      : executor_(executor),
        options_(std::move(options)),
        work_folder_(options_.caller.settings.work_folder),
        machine_(std::move(options_.caller), options_.honest_exit_code),
        signals_(executor),
        scope_(executor) {}

  asio::awaitable<int> run() {
    if (options_.heed_signals) {
      signals_.add(SIGINT);
      signals_.add(SIGTERM);
      wait_for_signal();
    }
    carry_out(machine_.begin(now()));
    co_await scope_.join();  // until an Exit: before it there is always something under way
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
    job_ = std::make_unique<JobRun>(executor_, std::move(start.job), options_.root, work_folder_);
    scope_.spawn(work());
    scope_.spawn(renew());
  }
  void act(CancelJob const&) { job_->cancel(); }
  void act(Exit const& exit) {
    exit_code_ = exit.code;
    signals_.cancel();
    scope_.request_stop();
  }

  asio::awaitable<void> call(Call which, HttpRequest request) {
    Result<HttpResponse> const answer = co_await http_call(std::move(request));
    carry_out(machine_.on_answer(which, answer, now()));
  }

  asio::awaitable<void> wait_and_tell(Call which, std::chrono::milliseconds delay) {
    bool const waited = co_await http::sleep_for(std::min(delay, options_.longest_wait));
    if (waited) carry_out(machine_.on_wait_over(which, now()));
  }

  asio::awaitable<void> work() {
    std::string conclusion = co_await job_->run();
    working_ = false;
    carry_out(machine_.on_job_ended(std::move(conclusion), now()));
  }

  asio::awaitable<void> renew() {
    bool due = true;
    while (due) {
      due = co_await http::sleep_for(options_.renewal_interval);
      due = due && working_;
      if (due) carry_out(machine_.on_renewal_due(now()));
    }
  }

  void wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code error, int) {
      if (error) return;  // cancelled; this object may be gone
      carry_out(machine_.on_stop(now()));
      wait_for_signal();
    });
  }

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
  std::unique_ptr<JobRun> job_;
  bool working_ = true;
  int exit_code_ = 1;
};

}  // namespace

asio::awaitable<int> drive_runner(DriverOptions options) {
  asio::any_io_executor const executor = co_await asio::this_coro::executor;
  auto driver = std::make_unique<Driver>(executor, std::move(options));
  co_return co_await driver->run();
}

}  // namespace scaleset::simulator::pretend
