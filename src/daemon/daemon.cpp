#include "daemon/daemon.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <optional>

#include "backends/process/runner_programs.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/resource_limit.hpp"
#include "base/signals.hpp"
#include "daemon/config_watch.hpp"
#include "daemon/house.hpp"
#include "daemon/journal_writer.hpp"
#include "daemon/left_sets.hpp"
#include "daemon/open_files.hpp"
#include "daemon/premises.hpp"
#include "daemon/process_control.hpp"
#include "daemon/real_ports.hpp"
#include "daemon/secret_watch.hpp"
#include "daemon/signal_watch.hpp"
#include "daemon/zombies.hpp"
#include "scaleset/async/scope.hpp"
#include "scaleset/version.hpp"

namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

Hooks hooks_with(std::shared_ptr<LogSink> log) {
  Hooks hooks;
  hooks.log = std::move(log);
  hooks.clock = base::system_clock();
  hooks.random = base::system_random();
  return hooks;
}

/// The secrets of a scale set that flags describe.
struct FlagSecrets {
  FlagSecrets() = default;
  base::Background* disk = nullptr;
  House* house = nullptr;
  base::Logger log;
  std::shared_ptr<KeptSecrets> kept;
  std::vector<std::filesystem::path> certificates;
};

/// Has them read again and tried at once.
asio::awaitable<void> read_again(FlagSecrets const* secrets) {
  auto problems = co_await renew_secrets(secrets->disk, secrets->kept, secrets->certificates,
                                         secrets->house, secrets->log);
  if (problems) secrets->house->note_problems(*std::move(problems));
}

bool is_folder(std::filesystem::path const& path) {
  std::error_code unknown;
  return std::filesystem::is_directory(path, unknown);
}

/// Has them tried at once when a file that they are read from has changed (D2).
asio::awaitable<void> watch_secrets(FlagSecrets const* secrets, async::TaskScope* tasks,
                                    std::vector<std::filesystem::path> files, FileChanges changes) {
  std::function<void(std::filesystem::path const&)> changed =
      [secrets, tasks](std::filesystem::path const& file) {
        std::string const path = file.string();
        secrets->log.info("a file with a secret has changed; it is read again", {{"file", path}});
        tasks->spawn(read_again(secrets));
      };
  co_await watch_files(secrets->disk, std::move(files), std::move(changes), std::move(changed));
}

asio::awaitable<Result<std::string>> reload_secrets(FlagSecrets const* secrets) {
  co_await read_again(secrets);
  co_return std::string(R"({"read":"secrets and certificates"})");
}

/// What a reload of the file that an operator asked for has come to.
struct FileReload {
  std::optional<Reloaded> outcome;
  base::Condition done;
};

asio::awaitable<Result<std::string>> read_file_again(ConfigWatch* watch) {
  auto const reload = std::make_shared<FileReload>();
  std::function<void(Reloaded const&)> note = [reload](Reloaded const& outcome) {
    reload->outcome = outcome;
    reload->done.notify_all();
  };
  watch->reload("an operator asked for it", std::move(note));
  while (!reload->outcome) {
    bool const waited = co_await reload->done.wait();
    if (!waited) co_return fail(ErrorCode::cancelled, "the autoscaler ends");
  }
  co_return told(*reload->outcome);
}

/// The loop, and what is on it.
class Process {
 public:
  Process(HouseConfig const& config, Premises premises, Hooks const& hooks)
      : hooks_(hooks),
        shared_(context_.get_executor(), hooks),
        writer_(context_.get_executor(), disk_.get_executor(), std::move(premises),
                base::Logger(hooks.log, "daemon")),
        house_(context_.get_executor(), config.sets, ports(config)),
        watches_(context_.get_executor(), hooks.log) {
    warn_of_limits(config);
    writer_.on_lost([this](Error const& error) { house_.give_up(error); });
    writer_.on_lost_set(
        [this](store::ScaleSetKey set, Error const& error) { house_.lost(set, error); });
  }
  Process(Process const&) = delete;
  Process& operator=(Process const&) = delete;

  /// After RealPorts has raised the limit as far as it may.
  void warn_of_limits(HouseConfig const& config) const {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    auto const warning = open_files_warning(limit.rlim_cur, config);
    if (!warning.empty()) base::Logger(hooks_.log, "daemon").warn(warning);
  }

  Result<void> receive_signals(HouseConfig const& config) {
    int const signals = base::received_signals(kLongestStop);
    if (signals < 0)
      return fail(ErrorCode::io, "cannot receive signals: " + base::system_error_text(errno));
    signals_.emplace(context_, signals, config, hooks_, house_);
    return {};
  }

  /// After receive_signals().
  void take_commands(ControlSettings const& settings, ProcessControl::Reload reload) {
    control_.emplace(context_.get_executor(), settings, house_, *signals_, looks(), hooks_,
                     std::move(reload));
    control_->start();
    // Other processes leave their children to PID 1.
    if (::getpid() == 1) watches_.spawn(reap_zombies());
  }

  Result<void> run() {
    Result<void> outcome;
    auto done = [this, &outcome](Result<void> result) {
      outcome = std::move(result);
      signals_->end();
    };
    auto rethrow = [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    };
    asio::co_spawn(context_, supervise(this, done), rethrow);
    context_.run();
    return outcome;
  }

  [[nodiscard]] House& house() { return house_; }
  [[nodiscard]] JournalWriter& writer() { return writer_; }
  [[nodiscard]] base::Background& looks() { return shared_.disk.looks; }
  [[nodiscard]] SharedPorts& shared() { return shared_; }
  [[nodiscard]] async::TaskScope& watches() { return watches_; }
  [[nodiscard]] SignalWatch& signals() { return *signals_; }

 private:
  HousePorts ports(HouseConfig const& config) {
    HousePorts ports;
    ports.book = &writer_;
    ports.hooks = hooks_;
    ports.get_ready = [disk = &looks()](std::shared_ptr<Access const> access) {
      return certificates_ready(disk, std::move(access));
    };
    ports.make_ports = RealPorts(context_.get_executor(), hooks_, shared_);
    ports.stays = !config.state_dir.empty();
    ports.left = config.left;
    ports.budgets = config.budgets;
    return ports;
  }
  /// The outermost coroutine. Passes the outcome to `done`, which must outlive it.
  static asio::awaitable<void> supervise(Process* process, std::function<void(Result<void>)> done) {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto result = co_await process->house_.run();
    if (result)
      base::end_at_last(kLongestStop);  // nothing is left but the journal and looks at files
    co_await process->control_->end();
    process->watches_.request_stop();
    co_await process->watches_.join();
    co_await process->writer_.finish();
    done(std::move(result));
  }

  Hooks hooks_;
  asio::io_context context_{1};
  asio::thread_pool disk_{1};
  SharedPorts shared_;
  JournalWriter writer_;
  House house_;
  async::TaskScope watches_;
  std::optional<SignalWatch> signals_;
  std::optional<ProcessControl> control_;
};

void log_start(SetSettings const& settings, base::OwnerKey const& owner, base::Logger const& log) {
  std::string const folder = (settings.work_dir / owner.hash()).string();
  // The key of a group that was given by its id begins with a space.
  std::string const group = owner.group.substr(owner.group.find_first_not_of(' '));
  log.info("serving a scale set", {{"version", kVersion},
                                   {"url", owner.url},
                                   {"group", group},
                                   {"name", settings.name},
                                   {"min", std::int64_t{settings.fleet.min_idle}},
                                   {"max", std::int64_t{settings.fleet.max_runners}},
                                   {"backend", "process"},
                                   {"folder", folder}});
}

}  // namespace

Result<void> run(RunConfig config, std::shared_ptr<LogSink> log) {
  Hooks const hooks = hooks_with(log);
  base::Logger const logger(log, "daemon");
  // Before they are read for the first time, so that no change is missed.
  FileChanges changes(look_at(config.secret_files));
  FlagSecrets secrets;
  secrets.kept = std::make_shared<KeptSecrets>();
  config.credentials = secrets.kept->keep(std::move(config.credentials));
  auto const house = house_config_of(config);
  auto const owner = owner_of(house.sets.front());
  if (!owner) return std::unexpected(owner.error());
  // Before anything is made on the disk.
  if (auto usable = client_options(house.sets.front(), hooks); !usable)
    return std::unexpected(usable.error());
  auto premises = open_premises(config, *owner, logger);
  if (!premises) return std::unexpected(premises.error());
  log_start(house.sets.front(), *owner, logger);
  Process process(house, *std::move(premises), hooks);
  if (auto ready = process.receive_signals(house); !ready) return ready;
  secrets.disk = &process.looks();
  secrets.house = &process.house();
  secrets.log = logger;
  secrets.certificates = certificate_files_of(house);
  process.signals().on_reload([&process, &secrets, &logger](std::string const& why) {
    logger.info("reading secrets and certificates again", {{"why", why}});
    process.watches().spawn(read_again(&secrets));
  });
  process.watches().spawn(
      watch_secrets(&secrets, &process.watches(), config.secret_files, std::move(changes)));
  ControlSettings control;
  control.notify = config.notify;
  control.socket = config.control_socket;
  if (control.socket.empty())
    control.socket = control_socket_path(::getenv, config.work_dir, owner->hash() + ".sock");
  process.take_commands(control, [&secrets] { return reload_secrets(&secrets); });
  auto outcome = process.run();
  if (!outcome) process.writer().leave_unused();
  return outcome;
}

Result<void> run(FileRun file, std::shared_ptr<LogSink> log) {
  Hooks const hooks = hooks_with(log);
  base::Logger const logger(log, "daemon");
  HouseConfig house = file.config.house;
  auto premises = open_shared_premises(house.state_dir, logger);
  if (!premises) return std::unexpected(premises.error());
  auto const owners = premises->owners_of_runners();
  if (!owners) return std::unexpected(owners.error());
  auto const folders_of_runners = [] { return backends::look_at_processes().folders(); };
  house.left = left_sets(*owners, house, is_folder, folders_of_runners);
  std::string const path = file.file.string();
  std::string const journal = house.state_dir.string();
  logger.info("serving the scale sets of a configuration file",
              {{"version", kVersion},
               {"file", path},
               {"scale_sets", static_cast<std::int64_t>(house.sets.size())},
               {"state_dir", journal}});
  for (SetSettings const& set : house.sets)
    if (auto const owner = owner_of(set)) log_start(set, *owner, logger);
  Process process(house, *std::move(premises), hooks);
  if (auto ready = process.receive_signals(house); !ready) return ready;
  ConfigWatchPorts ports;
  ports.disk = &process.looks();
  ports.house = &process.house();
  ports.hooks = hooks;
  ports.secrets = file.around.secrets;
  ports.read = [name = file.file, around = file.around] { return read_config_file(name, around); };
  ports.apply = [&process, configure_log = file.configure_log](HouseConfig const& config) {
    process.signals().configure(config);
    process.shared().configure(config);
    process.house().budget(config.budgets);
    process.warn_of_limits(config);
    if (configure_log) configure_log(config.log_level, config.log_format);
  };
  ConfigWatch watch(file.file, std::move(file.config), std::move(ports));
  process.signals().on_reload([&watch](std::string const& why) { watch.reload(why); });
  process.watches().spawn(watch.run());
  if (file.control.socket.empty())
    file.control.socket = control_socket_path(::getenv, house.state_dir, kControlSocketName);
  process.take_commands(file.control, [&watch] { return read_file_again(&watch); });
  return process.run();
}

}  // namespace scaleset::daemon
