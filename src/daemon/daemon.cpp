#include "daemon/daemon.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cerrno>
#include <functional>

#include "backends/disk_threads.hpp"
#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/loop_timer.hpp"
#include "base/resource_limit.hpp"
#include "base/signals.hpp"
#include "client/finalized_options.hpp"
#include "daemon/connections.hpp"
#include "daemon/house.hpp"
#include "daemon/journal_writer.hpp"
#include "daemon/premises.hpp"
#include "daemon/secret_watch.hpp"
#include "scaleset/async/client.hpp"
#include "scaleset/async/scope.hpp"
#include "scaleset/version.hpp"

namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

std::string own_cgroups() {
  // What cannot be read says nothing: then runners outlive us, as they do without control groups.
  return base::read_file("/proc/self/cgroup").value_or("");
}

/// How long a process that was told to leave may take, whatever hangs. The listener's own end takes
/// less.
constexpr std::chrono::seconds kLongestStop{10};

/// Handles signals until end(): asks the StopMachine, and does what it says.
class SignalWatch {
 public:
  SignalWatch(asio::io_context& context, int signals, RunConfig const& config, Hooks const& hooks,
              House& house)
      : signals_(context, signals),
        drain_timer_(context.get_executor()),
        clock_(hooks.clock),
        log_(hooks.log, "daemon"),
        machine_(config.on_stop, config.drain_timeout,
                 why_runners_end_with_us(::getpid(), own_cgroups())),
        house_(house) {
    wait();
  }
  SignalWatch(SignalWatch const&) = delete;
  SignalWatch& operator=(SignalWatch const&) = delete;
  ~SignalWatch() { signals_.release(); }  // it stays open until the process ends
  void end() {
    signals_.cancel();
    drain_timer_.cancel();
  }

 private:
  void wait() {
    signals_.async_wait(asio::posix::stream_descriptor::wait_read,
                        [this](boost::system::error_code error) {
                          if (error) return;
                          read_all();
                          wait();
                        });
  }
  void read_all() {
    unsigned char number = 0;
    while (::read(signals_.native_handle(), &number, 1) == 1) received(number);
  }
  void received(int signal) {
    auto const step = machine_.signalled(signal, clock_->now().steady);
    if (step.kind == StopStep::Kind::none) {
      std::string const name = signal_name(signal);
      log_.info("a signal was received that does nothing now", {{"signal", name}});
    }
    perform(step);
    if (!machine_.leaving()) base::do_not_end();
  }
  void perform(StopStep const& step) {
    switch (step.kind) {
      case StopStep::Kind::none: break;
      case StopStep::Kind::drain: house_.drain(step.why); break;
      case StopStep::Kind::detach:
        base::end_at_last(kLongestStop);
        house_.detach(step.why);
        break;
      case StopStep::Kind::reload:
        log_.info("reading secrets and certificates again", {{"why", step.why}});
        house_.reload();
        break;
      case StopStep::Kind::report: house_.report_waiting(); break;
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

  asio::posix::stream_descriptor signals_;
  base::LoopTimer drain_timer_;
  std::shared_ptr<Clock> clock_;
  base::Logger log_;
  StopMachine machine_;
  House& house_;
};

/// The outermost coroutine. Passes the outcome to `done`, which must outlive it.
asio::awaitable<void> supervise(House* house, JournalWriter* writer, async::TaskScope* watches,
                                std::function<void(Result<void>)> done) {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto result = co_await house->run();
  if (result)
    base::end_at_last(kLongestStop);  // nothing is left but the journal and looks at files
  watches->request_stop();
  co_await watches->join();
  co_await writer->close();
  done(std::move(result));
}

/// Has the credentials tried at once when a file that they are read from has changed (D2).
asio::awaitable<void> watch_secrets(base::Background* disk,
                                    std::vector<std::filesystem::path> files, FileChanges changes,
                                    House* house, base::Logger log) {
  std::function<void(std::filesystem::path const&)> changed =
      [house, log](std::filesystem::path const& file) {
        std::string const path = file.string();
        log.info("a file with a secret has changed; it is read again", {{"file", path}});
        house->reload();
      };
  co_await watch_files(disk, std::move(files), std::move(changes), std::move(changed));
}

Result<std::shared_ptr<FinalizedClientOptions const>> client_options(RunConfig const& config,
                                                                     Hooks const& hooks) {
  ClientOptions options{.config_url = config.url,
                        .credentials = config.credentials,
                        .transport = config.transport,
                        .hooks = hooks};
  options.system_info.system = "scaleset";
  options.system_info.subsystem = "run";
  // Few, because the fleet and the listener repeat failed calls themselves, and for longer.
  options.retry.max_retries = 2;
  return finalize(std::move(options));
}

std::vector<std::string> names_of(std::vector<store::RunnerRecord> const& runners) {
  std::vector<std::string> names;
  names.reserve(runners.size());
  for (auto const& runner : runners) names.push_back(runner.name);
  return names;
}

/// What all scale sets of the process share.
struct Shared {
  Shared(asio::any_io_executor const& executor, std::shared_ptr<LogSink> const& log)
      : connections(executor, log),
        starts(std::make_shared<StartDoor>(executor, StartGateOptions(),
                                           base::Logger(log, "daemon"))) {}
  backends::DiskThreads disk;
  Connections connections;
  std::shared_ptr<StartDoor> starts;  // of the one credential
  std::shared_ptr<Currency> currency = std::make_shared<Currency>();
};

/// Makes the client and the backend of the scale set.
class RealPorts {
 public:
  RealPorts(asio::any_io_executor executor, RunConfig const& config,
            std::shared_ptr<FinalizedClientOptions const> options, Hooks const& hooks,
            Shared& shared)
      : executor_(std::move(executor)),
        config_(config),
        client_options_(std::move(options)),
        log_(hooks.log),
        shared_(shared) {}

  Result<SetPorts> operator()(SetSettings const& /*settings*/, base::OwnerKey const& owner,
                              SetRecord const& record) const {
    auto options = process_options(config_, owner, names_of(record.runners));
    // Each runner takes a few descriptors here. Its jobs must not notice the higher limit.
    options.descriptor_limit = base::raise_descriptor_limit();
    SetPorts ports;
    ports.client = std::make_unique<async::Client>(
        executor_, client_options_, shared_.connections.get(client_options_->transport()));
    ports.starts = shared_.starts;
    ports.currency = shared_.currency;
    ports.make_backend = [executor = executor_, options, log = log_,
                          disk = &shared_.disk](backends::InstanceObserver observer) {
      return backends::make_process_backend(executor, options, std::move(observer), log, *disk);
    };
    return ports;
  }

 private:
  asio::any_io_executor executor_;
  RunConfig const& config_;
  std::shared_ptr<FinalizedClientOptions const> client_options_;
  std::shared_ptr<LogSink> log_;
  Shared& shared_;
};

void log_start(RunConfig const& config, base::OwnerKey const& owner, base::Logger const& log) {
  std::string const folder = (config.work_dir / owner.hash()).string();
  // The key of a group that was given by its id begins with a space.
  std::string const group = owner.group.substr(owner.group.find_first_not_of(' '));
  log.info("serving a scale set", {{"version", kVersion},
                                   {"url", owner.url},
                                   {"group", group},
                                   {"name", config.name},
                                   {"min", config.min_runners},
                                   {"max", config.max_runners},
                                   {"backend", config.backend},
                                   {"folder", folder}});
}

}  // namespace

Result<void> run(RunConfig config, std::shared_ptr<LogSink> log) {
  Hooks hooks;
  hooks.log = log;
  hooks.clock = base::system_clock();
  hooks.random = base::system_random();
  base::Logger const logger(log, "daemon");
  auto const settings = settings_of(config);
  auto const owner = owner_of(settings);
  if (!owner) return std::unexpected(owner.error());
  // Before they are read for the first time, so that no change is missed.
  FileChanges secrets(look_at(config.secret_files));
  auto options = client_options(config, hooks);
  if (!options) return std::unexpected(options.error());
  log_start(config, *owner, logger);
  auto premises = open_premises(config, *owner, logger);
  if (!premises) return std::unexpected(premises.error());

  asio::io_context context(1);
  asio::thread_pool disk(1);
  JournalWriter writer(context.get_executor(), disk.get_executor(), *std::move(premises), logger);
  Shared shared(context.get_executor(), log);
  HousePorts ports;
  ports.book = &writer;
  ports.hooks = hooks;
  ports.make_ports = RealPorts(context.get_executor(), config, *std::move(options), hooks, shared);
  House house(context.get_executor(), {settings}, std::move(ports));
  writer.on_lost([&house](Error const& error) { house.give_up(error); });
  int const signals = base::received_signals(kLongestStop);
  if (signals < 0)
    return fail(ErrorCode::io, "cannot receive signals: " + base::system_error_text(errno));
  SignalWatch watch(context, signals, config, hooks, house);
  async::TaskScope watches(context.get_executor(), log);
  watches.spawn(
      watch_secrets(&shared.disk.looks, config.secret_files, std::move(secrets), &house, logger));
  Result<void> outcome;
  auto done = [&outcome, &watch](Result<void> result) {
    outcome = std::move(result);
    watch.end();
  };
  auto rethrow = [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  };
  asio::co_spawn(context, supervise(&house, &writer, &watches, done), rethrow);
  context.run();
  if (!outcome) writer.leave_unused();
  return outcome;
}

}  // namespace scaleset::daemon
