#include "simulator/runner/worker_process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "simulator/runner/process_start.hpp"
#include "simulator/runner/worker_messages.hpp"

namespace scaleset::simulator::pretend {
namespace asio = boost::asio;

WorkerProcess::WorkerProcess(asio::any_io_executor const& executor, WorkerPlan plan, PretendJob job)
    : plan_(std::move(plan)), process_(executor), input_(executor), to_send_(job_line(job)) {}

WorkerProcess::~WorkerProcess() {
  constexpr std::chrono::seconds kToEndItsJob{5};
  boost::system::error_code ignored;
  // The worker takes the end of its input for the end of its listener.
  input_.close(ignored);
  process_.give_time(kToEndItsJob);
}

bool WorkerProcess::start() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  input_.assign(ends[1]);
  ChildPlan plan;
  plan.program = plan_.program;
  plan.arguments = {(plan_.root / "bin" / "Runner.Worker").string(),
                    "simulate-runner",
                    "worker",
                    "--root",
                    plan_.root.string(),
                    "--work-folder",
                    plan_.work_folder};
  plan.input = ends[0];
  if (!prints_log()) plan.output = "/dev/null";
  bool const started = process_.start(plan);
  close(ends[0]);
  return started;
}

asio::awaitable<std::string> WorkerProcess::wait() {
  co_await send_lines();
  int const code = co_await process_.wait();
  co_return code < 0 ? std::string("canceled") : conclusion_of(code);
}

asio::awaitable<void> WorkerProcess::cancel() {
  to_send_ += kCancelLine;
  co_await send_lines();
}

asio::awaitable<void> WorkerProcess::send_lines() {
  // Another call is writing, and will write what was added as well.
  if (std::exchange(sending_, true)) co_return;
  boost::system::error_code
      error;  // an error means that the worker has ended, which wait() reports
  while (!to_send_.empty() && !error) {
    std::string const lines = std::exchange(to_send_, {});
    co_await asio::async_write(input_, asio::buffer(lines),
                               asio::redirect_error(asio::use_awaitable, error));
  }
  sending_ = false;
}

}  // namespace scaleset::simulator::pretend
