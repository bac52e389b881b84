#include "daemon/daemon.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <functional>

#include "base/clock.hpp"
#include "daemon/supervisor.hpp"
#include "scaleset/async/client.hpp"

namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

/// Handles SIGINT and SIGTERM until end(). The first signal asks the supervisor to stop, a later
/// one not to wait any longer. While the supervisor is still starting, any signal cancels that.
class SignalWatch {
 public:
  SignalWatch(asio::io_context& context, Supervisor& supervisor,
              asio::cancellation_signal& cancel_start)
      : signals_(context, SIGINT, SIGTERM), supervisor_(supervisor), cancel_start_(cancel_start) {
    wait();
  }
  void end() { signals_.cancel(); }

 private:
  void wait() {
    signals_.async_wait([this](boost::system::error_code error, int /*signal*/) {
      if (error) return;
      on_signal();
      wait();
    });
  }
  void on_signal() {
    bool const first = !std::exchange(signalled_, true);
    if (!supervisor_.serving()) {
      cancel_start_.emit(asio::cancellation_type::terminal);
    } else if (first) {
      supervisor_.stop();
    } else {
      supervisor_.abandon();
    }
  }

  asio::signal_set signals_;
  Supervisor& supervisor_;
  asio::cancellation_signal& cancel_start_;
  bool signalled_ = false;
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
  SignalWatch watch(context, supervisor, cancel_start);
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
