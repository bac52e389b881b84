#include "backends/docker/docker_backend.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "backends/docker/container_looks.hpp"
#include "backends/docker/container_run.hpp"
#include "backends/docker/container_start.hpp"
#include "backends/docker/engine_link.hpp"
#include "backends/docker/images.hpp"
#include "backends/docker/specification.hpp"
#include "backends/docker/trouble.hpp"
#include "backends/runner_environment.hpp"
#include "backends/start_outcome.hpp"
#include "base/loop_timer.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::backends::docker {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using RunPointer = std::shared_ptr<ContainerRun>;

/// How long the end of the output may come after the end of the container.
constexpr auto kOutput = 5s;
constexpr auto kForEver = std::chrono::hours(24 * 365);
constexpr auto kBetweenTries = 5s;
constexpr int kMoreTries = 3;
/// How long a container that we found may be without its JIT configuration.
constexpr auto kUndelivered = 10s;
constexpr int kLines = 1000;  // of the output of one that we found

std::unexpected<Error> cancelled_error() { return fail(ErrorCode::cancelled, "cancelled"); }

/// What of this process's environment the template hands on.
std::map<std::string, std::string> passed_variables(Template const& what) {
  std::map<std::string, std::string> passed;
  for (std::string const& name : what.pass_environment) {
    char const* const value = may_pass(name) ? std::getenv(name.c_str()) : nullptr;
    if (value != nullptr) passed.emplace(name, value);
  }
  return passed;
}

class DockerBackend : public Backend {
 public:
  DockerBackend(asio::any_io_executor executor, DockerOptions options, InstanceObserver observer,
                std::shared_ptr<LogSink> const& log)
      : executor_(executor),
        options_(std::move(options)),
        observer_(std::move(observer)),
        log_(log, "docker"),
        scope_(executor, log),
        link_(std::move(executor), options_.engine, options_.resolver, log_, &scope_),
        images_(&link_, options_.pull, log_, &scope_) {}

  Task<std::string> probe() override;
  Task<void> prepare(std::shared_ptr<Template const> what) override;
  Task<std::string> start(InstanceSpec spec) override;
  Task<void> stop(std::string runner_name, StopMode mode) override;
  Task<std::vector<Instance>> list() override;
  std::optional<int> free_slots() override {
    return link_.is_away() ? std::optional(0) : std::nullopt;
  }
  std::string_view reference_name() const noexcept override { return "container_id"; }
  Task<std::string> tail(std::string runner_name, std::size_t bytes) override;
  asio::awaitable<void> detach() override;

 private:
  Engine& engine() { return link_.engine(); }
  Error noted(Error error);
  Task<void> make_network();
  // Starts.
  asio::awaitable<void> carry_out(RunPointer run, ContainerSpec spec, Secret line,
                                  std::shared_ptr<StartOutcome> outcome);
  // Lives and ends.
  void watch(RunPointer const& run);
  asio::awaitable<void> look_after(RunPointer run);
  asio::awaitable<bool> wait_for_end(RunPointer run);
  asio::awaitable<void> look_again(RunPointer run, bool* is_over);
  asio::awaitable<void> follow_output(RunPointer run);
  Task<void> read_output(RunPointer run);
  Task<void> expect_ended(RunPointer run);
  asio::awaitable<void> kill_after_grace(RunPointer run);
  asio::awaitable<void> finish(RunPointer run);
  void tell(std::vector<InstanceEvent> events) const;
  void tell_exit(ContainerRun const& run, Result<void> const& removed) const;
  // Lists.
  std::vector<Instance> take(std::vector<Look> const& looks);
  void adopt(Container const& container, Programs programs);
  void check_delivery(RunPointer const& run, Programs programs);
  asio::awaitable<void> kill_now(RunPointer run);

  asio::any_io_executor executor_;
  DockerOptions options_;
  InstanceObserver observer_;
  base::Logger log_;
  async::TaskScope scope_;
  EngineLink link_;
  Images images_;
  std::map<std::string, RunPointer> runs_;
  bool has_network_ = false;
  int lists_ = 0;
  std::set<std::string> gone_;  // ids that a list under way may have seen still
};

/// What is told to callers.
Error DockerBackend::noted(Error error) {
  link_.note(error);
  return explained(std::move(error));
}

Task<std::string> DockerBackend::probe() {
  auto version = co_await link_.ask();
  if (!version) co_return std::unexpected(explained(version.error()));
  co_return (version->is_podman ? "Podman " : "Docker ") + version->version + " (API " +
      version->api + ")";
}

Task<void> DockerBackend::prepare(std::shared_ptr<Template const> what) {
  bool const cancelled = co_await async::is_cancelled();
  if (cancelled) co_return cancelled_error();
  if (!what) co_return fail(ErrorCode::backend, "there is no template to start runners from");
  auto prepared = co_await images_.prepare(what->source);
  if (!prepared) co_return prepared;
  co_return co_await make_network();
}

/// The scale set's own network, if no other is named.
Task<void> DockerBackend::make_network() {
  if (has_network_ || !options_.container.network.empty()) co_return Result<void>();
  NetworkSpec spec;
  spec.name = network_name(options_.owner);
  spec.labels = labels_of(options_.owner);
  auto found = co_await engine().networks(owner_filter(options_.owner));
  if (!found) co_return std::unexpected(noted(found.error()));
  has_network_ =
      std::ranges::any_of(*found, [&](Network const& one) { return one.name == spec.name; });
  if (has_network_) co_return Result<void>();
  auto made = co_await engine().create_network(std::move(spec));
  bool const exists = !made && made.error().code == ErrorCode::conflict;
  if (!made && !exists) co_return std::unexpected(noted(made.error()));
  has_network_ = true;
  co_return Result<void>();
}

// Starts.

Task<std::string> DockerBackend::start(InstanceSpec spec) {
  bool const cancelled = co_await async::is_cancelled();
  if (cancelled) co_return cancelled_error();
  std::string const name = spec.runner_name;
  if (!is_container_name(name) || !spec.what)
    co_return fail(ErrorCode::backend, "cannot start runner " + name +
                                           ": it has no template, or no name that an engine takes");
  auto const found = runs_.find(name);
  if (found != runs_.end()) {
    if (found->second->running) co_return found->second->reference();
    co_return fail(ErrorCode::backend,
                   "runner " + name + " is being started or has ended already; use a new name");
  }
  Ownership ownership;
  ownership.owner = options_.owner;
  ownership.runner_name = name;
  ownership.runner = spec.runner;
  ownership.scale_set = spec.scale_set;
  ContainerSpec container =
      container_for(options_.container, *spec.what, passed_variables(*spec.what), ownership);
  // Before the first wait, so that a second start under the name finds it, and stop() too.
  auto const run = std::make_shared<ContainerRun>(std::move(ownership));
  runs_.emplace(name, run);
  auto const outcome = std::make_shared<StartOutcome>();
  scope_.spawn(carry_out(run, std::move(container), std::move(spec.jit_config), outcome));
  while (!outcome->reference) {
    bool const waited = co_await outcome->changed.wait();
    if (waited || outcome->reference) continue;
    // Whatever becomes of the start is undone.
    run->ended.stop_asked = true;
    run->start.give_up();
    co_return cancelled_error();
  }
  co_return std::move(*outcome->reference);
}

asio::awaitable<void> DockerBackend::carry_out(RunPointer run, ContainerSpec spec, Secret line,
                                               std::shared_ptr<StartOutcome> outcome) {
  Result<void> result;
  auto version = co_await link_.ready();
  if (version) {
    co_await start_container(&link_, run, std::move(spec), std::move(line), log_);
    result = run->start.result();
  } else {
    result = std::unexpected(version.error());
  }
  if (result) {
    run->running = true;
    watch(run);
    outcome->reference = run->reference();
    if (run->ended.stop_asked) scope_.spawn(kill_now(run));
  } else {
    gone_.insert(run->id);
    runs_.erase(run->name());
    Error error = noted(result.error());
    if (error.code != ErrorCode::cancelled)
      error.message = "cannot start runner " + run->name() + ": " + error.message;
    outcome->reference = std::unexpected(std::move(error));
  }
  outcome->changed.notify_all();
}

// Lives and ends.

void DockerBackend::watch(RunPointer const& run) {
  scope_.spawn(follow_output(run));
  scope_.spawn(look_after(run));
}

asio::awaitable<void> DockerBackend::look_after(RunPointer run) {
  bool const ended = co_await wait_for_end(run);
  if (!ended) co_return;
  run->running = false;
  co_await finish(run);
}

/// False when cancelled.
asio::awaitable<bool> DockerBackend::wait_for_end(RunPointer run) {
  bool is_over = false;
  while (!is_over) {
    auto ending = co_await engine().wait(run->id);
    if (ending) {
      run->ended.code = ending->code;
      run->ended.error = ending->error;
      co_return true;
    }
    if (ending.error().code == ErrorCode::cancelled) co_return false;
    if (ending.error().code == ErrorCode::not_found) co_return true;
    link_.note(ending.error());
    if (is_of_connection(ending.error())) run->ended.engine_lost = true;
    bool const back = co_await link_.wait_until_back();
    if (!back) co_return false;
    co_await look_again(run, &is_over);
    if (is_over) co_return true;
    bool const waited = co_await async::sleep_for(1s);
    if (!waited) co_return false;
  }
  co_return true;
}

/// What became of it while the engine was away.
asio::awaitable<void> DockerBackend::look_again(RunPointer run, bool* is_over) {
  auto found = co_await engine().inspect(run->id);
  if (!found) {
    link_.note(found.error());
    *is_over = found.error().code == ErrorCode::not_found;
    co_return;
  }
  *is_over = found->phase == ContainerPhase::exited;
  if (*is_over) run->ended.code = found->exit_code;
  if (!*is_over) run->ended.engine_lost = false;
}

asio::awaitable<void> DockerBackend::follow_output(RunPointer run) {
  for (;;) {
    auto read = co_await read_output(run);
    if (read || read.error().code == ErrorCode::not_found) break;
    bool const cancelled = co_await async::is_cancelled();
    if (cancelled) co_return;
    link_.note(read.error());
    bool const waited = co_await async::sleep_for(1s);
    if (!waited) co_return;
    bool const back = co_await link_.wait_until_back();
    if (!back) co_return;
    // Its end is told already.
    if (!runs_.contains(run->name())) co_return;
    run->reader.begin_again();
  }
  tell(run->reader.finish(run->name()));
  run->output_over = true;
  run->output_changed.notify_all();
}

Task<void> DockerBackend::read_output(RunPointer run) {
  auto call = co_await engine().logs(run->id, true, kLines);
  if (!call) co_return std::unexpected(call.error());
  for (;;) {
    auto piece = co_await (*call)->read_some(kForEver);
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) break;
    tell(run->reader.take(*piece, run->name()));
  }
  co_return co_await expect_ended(run);
}

/// An engine that is stopped ends in good order also the output of containers that outlive it.
Task<void> DockerBackend::expect_ended(RunPointer run) {
  auto found = co_await engine().inspect(run->id);
  if (!found) co_return std::unexpected(found.error());
  if (found->phase == ContainerPhase::running)
    co_return fail(ErrorCode::backend, "the output of the container ended before it did");
  co_return Result<void>();
}

asio::awaitable<void> DockerBackend::finish(RunPointer run) {
  if (!run->output_over) {
    bool const waited = co_await run->output_changed.wait_for(kOutput);
    if (!waited) co_return;
  }
  auto found = co_await engine().inspect(run->id);
  if (found) {
    run->ended.out_of_memory = found->out_of_memory;
    if (run->ended.error.empty()) run->ended.error = found->error;
  }
  Result<void> removed;
  for (int tries_left = kMoreTries;; --tries_left) {
    removed = co_await engine().remove(run->id);
    if (removed || tries_left == 0) break;
    link_.note(removed.error());
    bool const waited = co_await async::sleep_for(kBetweenTries);
    if (!waited) co_return;
  }
  bool const cancelled = co_await async::is_cancelled();
  if (cancelled) co_return;
  gone_.insert(run->id);
  runs_.erase(run->name());
  tell_exit(*run, removed);
}

void DockerBackend::tell(std::vector<InstanceEvent> events) const {
  for (InstanceEvent& event : events) observer_(std::move(event));
}

void DockerBackend::tell_exit(ContainerRun const& run, Result<void> const& removed) const {
  RunnerOutput const& output = run.reader.output();
  InstanceEvent event(InstanceEvent::Kind::exited, run.name());
  event.version = output.version();
  event.cause = cause_of(run.ended, output);
  event.exit_code = status_of(run.ended).code;
  event.reason = reason_of(run.ended, output);
  if (!removed) {
    event.reason += "; " + removed.error().message;
    log_.warn("cannot remove a container; remove it by hand",
              {{"runner", run.name()}, {"error", removed.error().message}});
  }
  if (event.exit_code != 0 && !run.ended.stop_asked) {
    std::string const text = output.tail();
    log_.debug("the last output of a runner", {{"runner", run.name()}, {"output", text}});
  }
  observer_(std::move(event));
}

Task<void> DockerBackend::stop(std::string runner_name, StopMode mode) {
  auto const found = runs_.find(runner_name);
  if (found == runs_.end()) co_return Result<void>();
  RunPointer const run = found->second;
  run->ended.stop_asked = true;
  run->start.give_up();
  if (!run->running) co_return Result<void>();
  bool const force = mode == StopMode::force;
  if (!force && std::exchange(run->interrupted, true)) co_return Result<void>();
  if (!force) scope_.spawn(kill_after_grace(run));
  std::string const signal = force ? "SIGKILL" : "SIGINT";
  auto done = co_await engine().kill(run->id, signal);
  if (done) co_return done;
  run->interrupted = false;
  co_return std::unexpected(noted(done.error()));
}

asio::awaitable<void> DockerBackend::kill_after_grace(RunPointer run) {
  bool const waited = co_await async::sleep_for(options_.stop_grace);
  if (!waited || !run->running || !run->interrupted) co_return;
  log_.warn("the runner did not end when it was asked to, and was killed",
            {{"runner", run->name()}});
  co_await kill_now(run);
}

/// Kills it; its end is noticed as every other. If that fails, lists come by here again.
asio::awaitable<void> DockerBackend::kill_now(RunPointer run) {
  auto killed = co_await engine().kill(run->id, "SIGKILL");
  if (!killed) link_.note(killed.error());
}

Task<std::string> DockerBackend::tail(std::string runner_name, std::size_t bytes) {
  auto const found = runs_.find(runner_name);
  if (found == runs_.end()) co_return std::string();
  co_return found->second->reader.output().tail(bytes);
}

asio::awaitable<void> DockerBackend::detach() {
  scope_.request_stop();
  co_await scope_.join();
  runs_.clear();
}

// Lists.

Task<std::vector<Instance>> DockerBackend::list() {
  auto version = co_await link_.ready();
  if (!version) co_return std::unexpected(explained(version.error()));
  ++lists_;
  auto looks = co_await look_at_containers(&link_, &scope_, owner_filter(options_.owner));
  std::vector<Instance> all;
  if (looks) all = take(*looks);
  if (--lists_ == 0) gone_.clear();
  if (!looks) co_return std::unexpected(noted(looks.error()));
  co_return all;
}

std::vector<Instance> DockerBackend::take(std::vector<Look> const& looks) {
  std::vector<Instance> all;
  all.reserve(looks.size());
  for (auto const& [container, programs] : looks) {
    if (gone_.contains(container.id)) continue;
    adopt(container, programs);
    all.push_back(describe(container, programs));
  }
  return all;
}

void DockerBackend::adopt(Container const& container, Programs programs) {
  auto ownership = ownership_of(container.labels);
  if (!ownership || ownership->owner != options_.owner) return;
  auto const known = runs_.find(ownership->runner_name);
  if (known != runs_.end()) {
    if (known->second->ended.adopted) check_delivery(known->second, programs);
    return;
  }
  auto const run = std::make_shared<ContainerRun>(*std::move(ownership));
  run->id = container.id;
  run->ended.adopted = true;
  run->running = container.phase == ContainerPhase::running;
  runs_.emplace(run->name(), run);
  if (container.phase == ContainerPhase::created) {
    // A wait for it would never end.
    run->ended.code = kNothingDelivered;
    run->output_over = true;
    scope_.spawn(finish(run));
    return;
  }
  watch(run);
  check_delivery(run, programs);
}

void DockerBackend::check_delivery(RunPointer const& run, Programs programs) {
  if (!run->running || programs != Programs::none) {
    run->undelivered_since.reset();
    return;
  }
  auto const now = base::loop_now(executor_).steady;
  if (!run->undelivered_since) run->undelivered_since = now;
  if (now - *run->undelivered_since < kUndelivered) return;
  run->ended.stop_asked = true;
  scope_.spawn(kill_now(run));
}

}  // namespace

Result<std::unique_ptr<Backend>> make_docker_backend(asio::any_io_executor executor,
                                                     DockerOptions options,
                                                     InstanceObserver observer,
                                                     std::shared_ptr<LogSink> log) {
  Result<void> const checked = validate(options.container);
  if (!checked) return std::unexpected(checked.error());
  return std::make_unique<DockerBackend>(std::move(executor), std::move(options),
                                         std::move(observer), log);
}

}  // namespace scaleset::backends::docker
