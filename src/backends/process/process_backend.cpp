#include "backends/process/process_backend.hpp"

#include <unistd.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <map>
#include <stop_token>

#include "backends/process/background.hpp"
#include "backends/process/instance.hpp"
#include "backends/process/runner_environment.hpp"
#include "backends/process/runner_folder.hpp"
#include "backends/process/work_folder.hpp"
#include "base/log.hpp"
#include "scaleset/async/scope.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::backends {
namespace {

namespace asio = boost::asio;
using InstancePointer = std::shared_ptr<Instance>;

std::vector<std::string> own_environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

class ProcessBackend : public Backend {
 public:
  ProcessBackend(asio::any_io_executor executor, ProcessOptions options, InstanceObserver observer,
                 std::shared_ptr<LogSink> const& log, base::FileLock lock)
      : executor_(std::move(executor)),
        options_(std::move(options)),
        observer_(std::move(observer)),
        log_(log, "process"),
        lock_(std::move(lock)),
        scope_(executor_, log) {}

  void adopt(std::vector<InstanceRecord> const& records, std::filesystem::path const& work_root);

  Task<std::string> start(InstanceSpec spec) override;
  Task<void> stop(std::string runner_name, StopMode mode) override;
  Task<std::vector<InstanceInfo>> list() override;
  asio::awaitable<void> detach() override;

 private:
  Result<std::string> known(Instance const& instance) const;
  Result<void> launch(Instance& instance, Secret const& jit_config);
  void watch(InstancePointer const& instance);
  asio::awaitable<void> look_after(InstancePointer instance);
  asio::awaitable<void> follow_output(InstancePointer instance);
  asio::awaitable<void> kill_after_grace(InstancePointer instance);
  asio::awaitable<void> finish(InstancePointer instance);
  void tell(Instance const& instance, std::vector<InstanceEvent::Kind> const& kinds) const;
  void tell_exit(Instance const& instance, Result<void> const& cleared) const;
  std::function<Result<void>()> clearing(Instance const& instance) const;

  asio::any_io_executor executor_;
  ProcessOptions options_;
  InstanceObserver observer_;
  base::Logger log_;
  base::FileLock lock_;
  std::map<std::string, InstancePointer> instances_;
  std::stop_source stop_clearing_;
  Background background_;
  async::TaskScope scope_;
};

Task<std::string> ProcessBackend::start(InstanceSpec spec) {
  if (!is_folder_name(spec.runner_name)) {
    co_return fail(
        ErrorCode::backend,
        "a runner's name may only consist of letters, digits, '-', '_' and '.', and must not "
        "start with a '.'");
  }
  auto const found = instances_.find(spec.runner_name);
  if (found != instances_.end()) co_return known(*found->second);

  auto instance = std::make_shared<Instance>(executor_, options_.work_root, spec.runner_name);
  // Before the first wait, so that a second start under the name finds it, and stop() too.
  instances_.emplace(instance->name(), instance);
  std::function<Result<void>()> making =
      std::bind_front(make_instance, options_.runner_dir, instance->paths());
  Result<void> started = co_await background_.run(std::move(making));
  bool const made = started.has_value();
  bool const cancelled = co_await async::is_cancelled();
  // Somebody lost interest while the folder was made. The process was not started, so nothing has
  // to be stopped.
  if (made && (cancelled || instance->stop_asked)) {
    started = fail(ErrorCode::cancelled, "it was stopped before it ran");
  }
  if (started) started = launch(*instance, spec.jit_config);
  // Wiped as soon as it is not needed, because this frame may live long.
  spec.jit_config = Secret();
  if (started) {
    watch(instance);
    log_.info("runner started", {{"runner", instance->name()}, {"process", instance->reference()}});
    co_return instance->reference();
  }
  if (made) {
    std::function<Result<void>()> clearing_up = clearing(*instance);
    Result<void> const cleared = co_await background_.run(std::move(clearing_up));
    if (!cleared)
      log_.warn("cannot remove the files of a runner that did not start",
                {{"error", cleared.error().message}});
  }
  instances_.erase(instance->name());
  co_return fail(started.error().code,
                 "cannot start runner " + instance->name() + ": " + started.error().message);
}

Result<void> ProcessBackend::launch(Instance& instance, Secret const& jit_config) {
  return instance.launch(runner_environment(own_environment(), options_.pass_environment,
                                            instance.paths().folder.native(), jit_config),
                         options_.descriptor_limit);
}

Result<std::string> ProcessBackend::known(Instance const& instance) const {
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

Task<std::vector<InstanceInfo>> ProcessBackend::list() {
  std::vector<InstanceInfo> infos;
  for (auto const& [name, instance] : instances_) {
    InstanceInfo info;
    info.runner_name = name;
    info.reference = instance->reference();
    info.alive = instance->running();
    infos.push_back(std::move(info));
  }
  co_return infos;
}

asio::awaitable<void> ProcessBackend::detach() {
  // Wiping may take long. What is left of it is done by the next start.
  stop_clearing_.request_stop();
  scope_.request_stop();
  co_await scope_.join();
  instances_.clear();
  lock_.release();
}

void ProcessBackend::adopt(std::vector<InstanceRecord> const& records,
                           std::filesystem::path const& work_root) {
  for (InstanceRecord const& record : records) {
    auto instance = std::make_shared<Instance>(executor_, work_root, record.runner_name);
    instance->adopt(record.process);
    instances_.emplace(record.runner_name, instance);
    std::string_view const what = instance->running()
                                      ? "adopted a runner of an earlier process"
                                      : "found what a dead runner of an earlier process left";
    log_.info(what, {{"runner", instance->name()}, {"process", instance->reference()}});
    // A dead one as well: its end is reported and its files are removed by the same path.
    watch(instance);
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
  std::function<Result<void>()> clearing_up = clearing(*instance);
  Result<void> const cleared = co_await background_.run(std::move(clearing_up));
  bool const cancelled = co_await async::is_cancelled();
  if (cancelled) co_return;
  // Only when the files are gone: until then the name is taken.
  instances_.erase(instance->name());
  tell_exit(*instance, cleared);
}

std::function<Result<void>()> ProcessBackend::clearing(Instance const& instance) const {
  return std::bind_front(clear_instance, instance.paths(), stop_clearing_.get_token());
}

void ProcessBackend::tell(Instance const& instance,
                          std::vector<InstanceEvent::Kind> const& kinds) const {
  for (InstanceEvent::Kind const kind : kinds) observer_(InstanceEvent(kind, instance.name()));
}

void ProcessBackend::tell_exit(Instance const& instance, Result<void> const& cleared) const {
  InstanceEvent event(InstanceEvent::Kind::exited, instance.name());
  event.exit_code = instance.status().code;
  event.reason = describe_exit(instance.status(), instance.output().telling_line());
  if (!cleared) {
    event.reason += "; " + cleared.error().message;
    log_.warn("cannot remove what a runner left; remove it by hand",
              {{"runner", instance.name()}, {"error", cleared.error().message}});
  }
  if (event.exit_code == 0 || instance.stop_asked) {
    log_.info("runner ended", {{"runner", instance.name()}, {"reason", event.reason}});
  } else {
    std::string const tail = instance.output().tail();
    log_.warn("runner ended",
              {{"runner", instance.name()}, {"reason", event.reason}, {"output", tail}});
  }
  observer_(std::move(event));
}

}  // namespace

Result<std::unique_ptr<Backend>> make_process_backend(asio::any_io_executor executor,
                                                      ProcessOptions options,
                                                      InstanceObserver observer,
                                                      std::shared_ptr<LogSink> log) {
  Result<ProcessOptions> checked = prepare_options(options);
  if (!checked) return std::unexpected(checked.error());
  Result<base::FileLock> lock = lock_work_folder(checked->work_root);
  if (!lock) return std::unexpected(lock.error());
  Result<std::vector<InstanceRecord>> const records = read_records(checked->work_root);
  if (!records) return std::unexpected(records.error());
  Result<std::vector<InstanceRecord>> const old = read_old_records(*checked);
  if (!old) return std::unexpected(old.error());
  std::filesystem::path const work_root = checked->work_root;
  std::filesystem::path const old_work_root = checked->old_work_root;
  auto backend = std::make_unique<ProcessBackend>(std::move(executor), std::move(*checked),
                                                  std::move(observer), log, std::move(*lock));
  backend->adopt(*records, work_root);
  backend->adopt(*old, old_work_root);
  return backend;
}

}  // namespace scaleset::backends
