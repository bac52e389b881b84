#include "daemon/daemon.hpp"

#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <functional>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/loop_timer.hpp"
#include "daemon/supervisor.hpp"
#include "scaleset/async/client.hpp"

namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

std::string own_cgroups() {
  // What cannot be read says nothing: then runners outlive us, as they do without control groups.
  return base::read_file("/proc/self/cgroup").value_or("");
}

/// Handles signals until end(): asks the StopMachine, and does what it says.
class SignalWatch {
 public:
  SignalWatch(asio::io_context& context, RunConfig const& config, Hooks const& hooks,
              Supervisor& supervisor, asio::cancellation_signal& cancel_start)
      : signals_(context, SIGINT, SIGTERM, SIGHUP),
        drain_timer_(context.get_executor()),
        clock_(hooks.clock),
        log_(hooks.log, "daemon"),
        machine_(config.on_stop, config.drain_timeout,
                 why_runners_end_with_us(::getpid(), own_cgroups())),
        supervisor_(supervisor),
        cancel_start_(cancel_start) {
    // Their default would end this process, and leave the session open.
    for (int const other : {SIGQUIT, SIGUSR1, SIGUSR2}) signals_.add(other);
    wait();
  }
  void end() {
    signals_.cancel();
    drain_timer_.cancel();
  }

 private:
  void wait() {
    signals_.async_wait([this](boost::system::error_code error, int signal) {
      if (error) return;
      auto const step = machine_.signalled(signal, supervisor_.serving(), clock_->now().steady);
      if (step.kind == StopStep::Kind::none) {
        std::string const name = signal_name(signal);
        log_.info("a signal was received that does nothing now", {{"signal", name}});
      }
      perform(step);
      wait();
    });
  }
  void perform(StopStep const& step) {
    switch (step.kind) {
      case StopStep::Kind::none: break;
      case StopStep::Kind::cancel_start:
        cancel_start_.emit(asio::cancellation_type::terminal);
        break;
      case StopStep::Kind::drain: supervisor_.drain(step.why); break;
      case StopStep::Kind::detach: supervisor_.detach(step.why); break;
      case StopStep::Kind::report: supervisor_.report_waiting(); break;
    }
    watch_drain();
  }
  void watch_drain() {
    drain_timer_.cancel();
    auto const due = machine_.due();
    if (!due) return;
    drain_timer_.expires_after(*due - clock_->now().steady);
    drain_timer_.on_expiry([this] { perform(machine_.woken(clock_->now().steady)); });
  }

  asio::signal_set signals_;
  base::LoopTimer drain_timer_;
  std::shared_ptr<Clock> clock_;
  base::Logger log_;
  StopMachine machine_;
  Supervisor& supervisor_;
  asio::cancellation_signal& cancel_start_;
};

/// The outermost coroutine. Passes the outcome to `done`, which must outlive it.
asio::awaitable<void> supervise(Supervisor* supervisor, async::Client* client,
                                std::function<void(Result<void>)> done) {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto result = co_await supervisor->run();
  co_await client->shutdown();
  done(std::move(result));
}

}  // namespace

Result<void> run(RunConfig config, std::shared_ptr<LogSink> log) {
  Hooks hooks;
  hooks.log = log;
  hooks.clock = base::system_clock();
  hooks.random = base::system_random();
  ClientOptions client_options{.config_url = config.url,
                               .credentials = config.credentials,
                               .transport = config.transport,
                               .hooks = hooks};
  client_options.system_info.system = "scaleset";
  client_options.system_info.subsystem = "run";
  // Few, because the fleet and the listener repeat failed calls themselves, and for longer.
  client_options.retry.max_retries = 2;
  auto finalized = finalize(std::move(client_options));
  if (!finalized) return std::unexpected(finalized.error());

  asio::io_context context(1);
  async::Client client(context.get_executor(), *finalized);
  Supervisor supervisor(context.get_executor(), config, client, hooks);
  asio::cancellation_signal cancel_start;
  SignalWatch watch(context, config, hooks, supervisor, cancel_start);
  Result<void> outcome;
  auto done = [&outcome, &watch](Result<void> result) {
    outcome = std::move(result);
    watch.end();
  };
  auto rethrow = [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  };
  asio::co_spawn(context, supervise(&supervisor, &client, done),
                 asio::bind_cancellation_slot(cancel_start.slot(), rethrow));
  context.run();
  // A stop while it starts is what the user asked for, and not an error.
  bool const stopped_while_starting = !outcome && outcome.error().code == ErrorCode::cancelled;
  return stopped_while_starting ? Result<void>() : outcome;
}

}  // namespace scaleset::daemon
