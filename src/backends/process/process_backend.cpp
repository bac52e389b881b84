#include "backends/process/process_backend.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <map>
#include <stop_token>

#include "backends/process/descriptors.hpp"
#include "backends/process/foreign.hpp"
#include "backends/process/launch.hpp"
#include "backends/process/recovery.hpp"
#include "backends/process/runner_folder.hpp"
#include "backends/process/runner_process.hpp"
#include "backends/process/runner_programs.hpp"
#include "backends/process/work_folder.hpp"
#include "backends/runner_environment.hpp"
#include "backends/start_outcome.hpp"
#include "base/condition.hpp"
#include "base/log.hpp"
#include "scaleset/async/scope.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::backends {
namespace {

namespace asio = boost::asio;
using InstancePointer = std::shared_ptr<RunnerProcess>;
template <class T>
using Work = base::Background::Work<T>;

constexpr std::chrono::seconds kLongestLook{10};
constexpr int kMoreTriesToClear = 3;
constexpr std::chrono::seconds kBetweenTries{5};

std::unexpected<Error> cancelled_error() { return fail(ErrorCode::cancelled, "cancelled"); }

/// What is wrong with options is, for whoever starts a runner, a fault of the backend.
Result<void> as_backend(Result<void> const& result) {
  return result ? result : fail(ErrorCode::backend, result.error().message);
}

/// What one look at this machine found, for list().
struct Look {
  bool work_folder = true;  // whether its path still leads to the folder we locked
  std::chrono::milliseconds age{0};
  std::shared_ptr<SharedLook::Taken const> taken;
  std::vector<Instance> foreign;
};

class ProcessBackend : public Backend {
 public:
  ProcessBackend(asio::any_io_executor executor, ProcessOptions options, InstanceObserver observer,
                 std::shared_ptr<LogSink> const& log, DiskThreads& disk, base::FileLock lock)
      : executor_(std::move(executor)),
        options_(std::move(options)),
        observer_(std::move(observer)),
        log_(log, "process"),
        disk_(disk),
        lock_(std::move(lock)),
        looks_(options_.looks ? options_.looks
                              : std::make_shared<SharedLook>(std::chrono::seconds(0))),
        made_at_(looks_->now()),
        scope_(executor_, log) {}

  void adopt(std::vector<FoundRecord> const& records, std::filesystem::path const& work_root);
  void report_foreign() const { report(foreign_, options_.work_root, log_); }

  Task<std::string> probe() override;
  Task<void> prepare(std::shared_ptr<Template const> what) override;
  Task<std::string> start(InstanceSpec spec) override;
  Task<void> stop(std::string runner_name, StopMode mode) override;
  Task<std::vector<Instance>> list() override;
  std::optional<int> free_slots() override { return room_for_instances(); }
  std::string_view reference_name() const noexcept override { return "process_id"; }
  Task<std::string> tail(std::string runner_name, std::size_t bytes) override;
  asio::awaitable<void> detach() override;

 private:
  Result<void> may_start(InstanceSpec const& spec) const;
  Result<std::string> known(RunnerProcess const& instance) const;
  InstancePointer add(InstanceSpec const& spec);
  Work<Launched> launching(RunnerProcess const& instance, InstanceSpec const& spec) const;
  Work<void> checking(std::shared_ptr<Template const> what) const;
  Work<void> clearing(RunnerProcess const& instance) const;
  Work<Look> looking() const;
  Instance describe_instance(RunnerProcess& instance, Look const& look) const;
  void search(std::vector<InstancePointer> const& lost) const;
  void watch(InstancePointer const& instance);
  Task<void> check(std::shared_ptr<Template const> what);
  asio::awaitable<void> restore();
  asio::awaitable<void> carry_out(InstancePointer instance, Work<Launched> work,
                                  std::shared_ptr<StartOutcome> outcome);
  asio::awaitable<void> look_after(InstancePointer instance);
  asio::awaitable<void> follow_output(InstancePointer instance);
  asio::awaitable<void> kill_after_grace(InstancePointer instance);
  asio::awaitable<void> finish(InstancePointer instance);
  void tell(RunnerProcess const& instance, std::vector<OutputEvent> const& events) const;
  void tell_exit(RunnerProcess const& instance, Result<void> const& cleared) const;

  asio::any_io_executor executor_;
  ProcessOptions options_;
  InstanceObserver observer_;
  base::Logger log_;
  DiskThreads& disk_;
  base::FileLock lock_;
  std::shared_ptr<SharedLook> looks_;
  /// A look from before tells nothing about runners that an earlier process, which had the work
  /// folder until then, has started meanwhile.
  SharedLook::TimePoint made_at_;
  bool restoring_ = false;
  std::map<std::string, InstancePointer> instances_;
  std::vector<Foreign> foreign_;
  std::shared_ptr<Template const> latest_;  // that was prepared or started; null if none was
  std::stop_source stop_clearing_;
  async::TaskScope scope_;
};

Task<std::string> ProcessBackend::probe() {
  Result<void> const checked = co_await check(latest_);
  if (!checked) co_return std::unexpected(checked.error());
  co_return "processes of this machine";
}

Task<void> ProcessBackend::prepare(std::shared_ptr<Template const> what) {
  if (!what) co_return fail(ErrorCode::backend, "there is no template to start runners from");
  Result<void> checked = co_await check(what);
  if (checked) latest_ = what;
  co_return checked;
}

Task<void> ProcessBackend::check(std::shared_ptr<Template const> what) {
  Work<void> work = checking(what);
  Result<void> checked = co_await disk_.looks.run_at_most<void>(kLongestLook, std::move(work));
  if (!checked && checked.error().code == ErrorCode::not_found) {
    co_await restore();
    Work<void> again = checking(std::move(what));
    checked = co_await disk_.looks.run_at_most<void>(kLongestLook, std::move(again));
    if (!checked && checked.error().code == ErrorCode::not_found) checked = as_backend(checked);
  }
  if (checked || checked.error().code != ErrorCode::timeout) co_return checked;
  co_return fail(ErrorCode::backend, "the disk of the work folder " + options_.work_root.string() +
                                         " or of the runner folder does not answer; look at it");
}

/// Makes the work folder again after somebody has removed or replaced it.
asio::awaitable<void> ProcessBackend::restore() {
  if (std::exchange(restoring_, true)) co_return;
  std::vector<LivingRunner> living;
  for (auto const& [name, instance] : instances_) {
    if (instance->running()) living.push_back({instance->paths(), instance->record()});
  }
  Work<base::FileLock> work = [root = options_.work_root, living = std::move(living)] {
    return restore_work_folder(root, living);
  };
  auto restored = co_await disk_.looks.run_at_most<base::FileLock>(kLongestLook, std::move(work));
  restoring_ = false;
  if (restored) {
    lock_ = *std::move(restored);
    log_.warn("the work folder was removed or replaced; it was made again",
              {{"work_folder", options_.work_root.native()}});
  } else if (restored.error().code != ErrorCode::cancelled) {
    log_.error("the work folder was removed or replaced and cannot be made again",
               {{"error", restored.error().message}});
  }
}

Work<void> ProcessBackend::checking(std::shared_ptr<Template const> what) const {
  return [options = options_, what = std::move(what), lock = lock_.path(),
          locked = lock_.identity()]() -> Result<void> {
    Result<void> usable = check_work_folder(options.work_root);
    if (!usable && !base::is_at(lock, locked))
      return fail(ErrorCode::not_found, usable.error().message);
    if (usable) usable = check_descriptors();
    return usable && what ? as_backend(validate(options, *what)) : usable;
  };
}

Task<std::string> ProcessBackend::start(InstanceSpec spec) {
  bool const cancelled = co_await async::is_cancelled();
  if (cancelled) co_return cancelled_error();
  Result<void> const allowed = may_start(spec);
  if (!allowed) co_return std::unexpected(allowed.error());
  auto const found = instances_.find(spec.runner_name);
  if (found != instances_.end()) co_return known(*found->second);

  // Before the first wait, so that a second start under the name finds it, and stop() too.
  InstancePointer const instance = add(spec);
  Work<Launched> work = launching(*instance, spec);
  // Wiped as soon as it is not needed, because this frame may live long.
  spec.jit_config = Secret();
  auto const outcome = std::make_shared<StartOutcome>();
  scope_.spawn(carry_out(instance, std::move(work), outcome));
  while (!outcome->reference) {
    bool const waited = co_await outcome->changed.wait();
    if (waited || outcome->reference) continue;
    // The disk may hang, and nobody waits for it any more. Whatever becomes of the start is undone.
    instance->stop_asked = true;
    instance->stop.request_stop();
    co_return cancelled_error();
  }
  co_return std::move(*outcome->reference);
}

asio::awaitable<void> ProcessBackend::carry_out(InstancePointer instance, Work<Launched> work,
                                                std::shared_ptr<StartOutcome> outcome) {
  Result<Launched> launched = co_await disk_.starts.run<Launched>(std::move(work), instance->stop);
  if (launched) {
    instance->take(std::move(*launched));
    watch(instance);
    if (instance->stop_asked) instance->kill();
    outcome->reference = instance->reference();
  } else {
    instances_.erase(instance->name());
    outcome->reference = fail(launched.error().code, "cannot start runner " + instance->name() +
                                                         ": " + launched.error().message);
  }
  outcome->changed.notify_all();
}

Result<void> ProcessBackend::may_start(InstanceSpec const& spec) const {
  if (!is_folder_name(spec.runner_name)) {
    return fail(
        ErrorCode::backend,
        "a runner's name may only consist of letters, digits, '-', '_' and '.', and must not "
        "start with a '.'");
  }
  if (spec.what) return {};
  return fail(ErrorCode::backend,
              "cannot start runner " + spec.runner_name + ": it has no template");
}

InstancePointer ProcessBackend::add(InstanceSpec const& spec) {
  InstanceRecord record;
  record.owner = options_.owner;
  record.runner = spec.runner;
  record.scale_set = spec.scale_set;
  auto instance = std::make_shared<RunnerProcess>(executor_, options_.work_root, spec.runner_name,
                                                  std::move(record));
  instances_.emplace(instance->name(), instance);
  latest_ = spec.what;
  return instance;
}

Work<Launched> ProcessBackend::launching(RunnerProcess const& instance,
                                         InstanceSpec const& spec) const {
  LaunchPlan plan;
  plan.what = spec.what;
  plan.work_root = options_.work_root;
  plan.paths = instance.paths();
  plan.record = instance.record();
  plan.environment = runner_environment(own_environment(), *spec.what,
                                        instance.paths().folder.native(), spec.jit_config);
  plan.descriptor_limit = options_.descriptor_limit;
  return [plan = std::move(plan), stop = instance.stop.get_token()] {
    return launch_runner(plan, stop);
  };
}

Result<std::string> ProcessBackend::known(RunnerProcess const& instance) const {
  if (instance.running()) return instance.reference();
  return fail(ErrorCode::backend, "runner " + instance.name() +
                                      " is being started or has ended already; use a new name");
}

Task<void> ProcessBackend::stop(std::string runner_name, StopMode mode) {
  auto const found = instances_.find(runner_name);
  if (found == instances_.end()) co_return Result<void>();
  InstancePointer const instance = found->second;
  // Also for a runner that is still being started: see start().
  instance->stop_asked = true;
  instance->stop.request_stop();
  if (mode == StopMode::force) {
    instance->kill();
  } else if (instance->interrupt()) {
    scope_.spawn(kill_after_grace(instance));
  }
  co_return Result<void>();
}

asio::awaitable<void> ProcessBackend::kill_after_grace(InstancePointer instance) {
  bool const waited = co_await async::sleep_for(options_.stop_grace);
  if (!waited || !instance->running()) co_return;
  log_.warn("the runner did not end when it was asked to, and was killed",
            {{"runner", instance->name()}});
  instance->kill();
}

Work<Look> ProcessBackend::looking() const {
  return [foreign = foreign_, lock = lock_.path(), locked = lock_.identity(), looks = looks_,
          asked_at = looks_->now(), made_at = made_at_] {
    Look look;
    look.work_folder = base::is_at(lock, locked);
    look.taken = looks->get(asked_at, made_at);
    look.foreign = look_at(foreign, look.taken->processes);
    look.age = look.taken->age_at(asked_at);
    return look;
  };
}

Task<std::vector<Instance>> ProcessBackend::list() {
  Work<Look> work = looking();
  Result<Look> look = co_await disk_.looks.run_at_most<Look>(kLongestLook, std::move(work));
  if (!look && look.error().code == ErrorCode::cancelled) co_return std::unexpected(look.error());
  if (!look) {
    // Reading about a process can hang with that process. What we know without it counts as well.
    log_.warn("cannot look at the processes, so whether runners have jobs is not known",
              {{"error", look.error().message}});
    look = Look();
    look->taken = std::make_shared<SharedLook::Taken const>();
    look->foreign = look_at(foreign_, look->taken->processes);
  }
  if (!look->work_folder) {
    co_await restore();
  }
  std::vector<Instance> all = std::move(look->foreign);
  for (auto const& [name, instance] : instances_)
    all.push_back(describe_instance(*instance, *look));
  co_return all;
}

Instance ProcessBackend::describe_instance(RunnerProcess& instance, Look const& look) const {
  Instance described;
  described.owner = instance.record().owner;
  described.runner_name = instance.name();
  described.reference = instance.reference();
  described.runner = instance.record().runner;
  described.scale_set = instance.record().scale_set;
  described.alive = !instance.check_end();
  described.said_goodbye = instance.said_goodbye();
  described.looked_ago = look.age;
  if (described.alive)
    described.activity =
        look.taken->processes.activity(instance.paths().folder.native(), instance.pid());
  return described;
}

Task<std::string> ProcessBackend::tail(std::string runner_name, std::size_t bytes) {
  auto const found = instances_.find(runner_name);
  if (found == instances_.end()) co_return std::string();
  co_return found->second->output().tail(bytes);
}

asio::awaitable<void> ProcessBackend::detach() {
  // Wiping may take long. What is left of it is done by the next start.
  stop_clearing_.request_stop();
  scope_.request_stop();
  co_await scope_.join();
  instances_.clear();
  lock_.release();
}

void ProcessBackend::adopt(std::vector<FoundRecord> const& records,
                           std::filesystem::path const& work_root) {
  std::vector<InstancePointer> lost;
  std::vector<InstancePointer> adopted;
  for (FoundRecord const& found : records) {
    if (!found.record || found.record->owner != options_.owner) {
      foreign_.emplace_back(found, work_root);
      continue;
    }
    auto instance =
        std::make_shared<RunnerProcess>(executor_, work_root, found.runner_name, *found.record);
    instance->adopt();
    instances_.emplace(instance->name(), instance);
    adopted.push_back(instance);
    if (!instance->running()) lost.push_back(instance);
  }
  search(lost);
  // The dead ones as well: their end is reported and their files are removed by the same path.
  for (InstancePointer const& instance : adopted) watch(instance);
}

void ProcessBackend::search(std::vector<InstancePointer> const& lost) const {
  if (lost.empty()) return;
  ProcessView const processes = look_at_processes();
  for (InstancePointer const& instance : lost) {
    auto const listener = processes.listener(instance->paths().folder.native());
    if (!listener) continue;
    instance->adopt(*listener);
    // If that fails, the next start searches for it again.
    if (instance->running()) static_cast<void>(write_record(instance->paths(), instance->record()));
  }
}

void ProcessBackend::watch(InstancePointer const& instance) {
  scope_.spawn(look_after(instance));
  scope_.spawn(follow_output(instance));
}

asio::awaitable<void> ProcessBackend::look_after(InstancePointer instance) {
  bool cancelled = co_await async::is_cancelled();
  while (!cancelled && !instance->check_end()) {
    boost::system::error_code error;
    co_await instance->exit_descriptor().async_wait(
        asio::posix::stream_descriptor::wait_read,
        asio::redirect_error(asio::use_awaitable, error));
    cancelled = co_await async::is_cancelled();
  }
  if (cancelled) co_return;
  // What the runner wrote last must be told before its end is.
  tell(*instance, instance->finish_output());
  co_await finish(instance);
}

asio::awaitable<void> ProcessBackend::follow_output(InstancePointer instance) {
  bool const cancelled = co_await async::is_cancelled();
  bool more = !cancelled && instance->output_descriptor().is_open();
  while (more) {
    boost::system::error_code error;
    co_await instance->output_descriptor().async_wait(
        asio::posix::stream_descriptor::wait_read,
        asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;  // the descriptor was closed at the runner's end, or we were cancelled
    tell(*instance, instance->read_output(more));
  }
}

asio::awaitable<void> ProcessBackend::finish(InstancePointer instance) {
  Result<void> cleared;
  for (int tries_left = kMoreTriesToClear;; --tries_left) {
    Work<void> work = clearing(*instance);
    cleared = co_await disk_.clears.run<void>(std::move(work), stop_clearing_);
    if (cleared || tries_left == 0) break;
    bool const waited = co_await async::sleep_for(kBetweenTries);
    if (!waited) co_return;
  }
  bool const cancelled = co_await async::is_cancelled();
  if (cancelled) co_return;
  // Only when the files are gone: until then the name is taken.
  instances_.erase(instance->name());
  tell_exit(*instance, cleared);
}

Work<void> ProcessBackend::clearing(RunnerProcess const& instance) const {
  return [paths = instance.paths(), stop = stop_clearing_.get_token()] {
    return clear_instance(paths, stop);
  };
}

void ProcessBackend::tell(RunnerProcess const& instance,
                          std::vector<OutputEvent> const& events) const {
  for (OutputEvent const& said : events)
    observer_(to_event(said, instance.name(), instance.output().version()));
}

void ProcessBackend::tell_exit(RunnerProcess const& instance, Result<void> const& cleared) const {
  InstanceEvent event(InstanceEvent::Kind::exited, instance.name());
  event.version = instance.output().version();
  event.cause = instance.cause();
  event.exit_code = instance.status().code;
  event.said_goodbye = instance.said_goodbye();
  event.reason = instance.reason();
  if (!cleared) {
    event.reason += "; " + cleared.error().message;
    log_.warn("cannot remove what a runner left; remove it by hand",
              {{"runner", instance.name()}, {"error", cleared.error().message}});
  }
  if (event.exit_code != 0 && !instance.stop_asked) {
    std::string const tail = instance.output().tail();
    log_.debug("the last output of a runner", {{"runner", instance.name()}, {"output", tail}});
  }
  observer_(std::move(event));
}

}  // namespace

Result<std::unique_ptr<Backend>> make_process_backend(asio::any_io_executor executor,
                                                      ProcessOptions options,
                                                      InstanceObserver observer,
                                                      std::shared_ptr<LogSink> log,
                                                      DiskThreads& disk) {
  Result<ProcessOptions> checked = prepare_options(options);
  if (!checked) return std::unexpected(checked.error());
  Result<base::FileLock> lock = lock_work_folder(checked->work_root);
  if (!lock) return std::unexpected(lock.error());
  auto const left = find_left_behind(*checked, base::Logger(log, "process"));
  if (!left) return std::unexpected(left.error());
  std::filesystem::path const work_root = checked->work_root;
  std::filesystem::path const old_work_root = checked->old_work_root;
  auto backend = std::make_unique<ProcessBackend>(std::move(executor), std::move(*checked),
                                                  std::move(observer), log, disk, std::move(*lock));
  backend->adopt(left->records, work_root);
  backend->adopt(left->old, old_work_root);
  backend->report_foreign();
  return backend;
}

}  // namespace scaleset::backends
