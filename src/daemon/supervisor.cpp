#include "daemon/supervisor.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/backoff.hpp"
#include "base/files.hpp"
#include "base/host_name.hpp"
#include "base/resource_limit.hpp"
#include "base/url.hpp"
#include "daemon/import_journal.hpp"
#include "protocol/machines/listener_patience.hpp"
#include "scaleset/async/timer.hpp"
#include "scaleset/version.hpp"

namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

/// Runner names are used as folder and host names too, so any other character in the scale set's
/// name becomes a hyphen.
std::string runner_name_prefix(std::string name) {
  for (char& c : name) {
    bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    if (!plain) c = '-';
  }
  return name;
}

fleet::Options fleet_options(RunConfig const& config) {
  fleet::Options options;
  options.min_runners = static_cast<int>(config.min_runners);
  options.max_runners = static_cast<int>(config.max_runners);
  options.name_prefix = runner_name_prefix(config.name);
  options.minimum_idle_age = config.minimum_idle_age;
  return options;
}

ScaleSet wanted_scale_set(RunConfig const& config, RunnerGroupId group) {
  ScaleSet scale_set;
  scale_set.name = config.name;
  scale_set.group = group;
  for (auto const& label : config.labels) scale_set.labels.emplace_back(label);
  // A runner that updates itself needs the loop in run.sh, but we start the runner's listener
  // directly (ADR 12).
  scale_set.disable_update = true;
  return scale_set;
}

/// Only its registration is left. A stop does not wait for that, because the service may take long
/// to notice that a runner has ended; the next start removes it.
bool has_ended(fleet::Runner const& runner) { return runner.state == fleet::RunnerState::cleaning; }

}  // namespace

backends::ProcessOptions process_options(RunConfig const& config, base::OwnerKey const& owner) {
  backends::ProcessOptions options;
  options.runner_dir = config.runner_dir;
  // One folder per scale set, so that daemons of other scale sets can use the same root.
  options.work_root = config.work_dir / owner.hash();
  // Earlier versions named it after the scale set alone.
  options.old_work_root = config.work_dir / base::encode_path_segment(config.name);
  options.pass_environment = config.pass_environment;
  return options;
}

Supervisor::Supervisor(asio::any_io_executor executor, RunConfig const& config,
                       async::Client& client, Hooks hooks)
    : config_(config),
      client_(client),
      hooks_(std::move(hooks)),
      log_(hooks_.log, "daemon"),
      fleet_(fleet_options(config), hooks_.random),
      tasks_(executor, hooks_.log),
      executor_(executor) {}

Task<void> Supervisor::run() {
  auto outcome = co_await serve();
  ended_ = true;
  tasks_.request_stop();
  co_await tasks_.join();
  if (backend_) {
    co_await backend_->detach();
  }
  co_return outcome;
}

Task<void> Supervisor::serve() {
  auto opened = open_journal();
  if (opened) opened = open_backend();
  if (!opened) co_return opened;
  auto prepared = co_await prepare();
  if (!prepared) co_return prepared;
  auto recovered = co_await recover();
  if (!recovered) co_return recovered;
  bool const stopped = co_await async::is_cancelled();
  if (stopped) co_return fail(ErrorCode::cancelled, "stopped while starting");
  async::Listener::Options options;
  options.scale_set = scale_set_.id;
  options.owner = base::host_name();
  options.hooks = hooks_;
  options.previous_session = previous_session_;
  options.on_session = [this, owner = options.owner](std::string const& id) {
    auto noted = book_->note_session(id, owner);
    if (!noted) log_.error("the journal could not be written", {{"error", noted.error().message}});
  };
  listener_ = std::make_unique<async::Listener>(executor_, client_, *this, std::move(options));
  tasks_.spawn(keep_time());
  auto listened = co_await listener_->run();
  if (!listened) feed(fleet::DrainRequested{});
  co_await wait_until_drained();
  co_return listened;
}

void Supervisor::drain(std::string const& why) {
  log_.info("draining: the session is closed, idle runners are removed, busy ones are waited for",
            {{"why", why},
             {"busy", std::int64_t{fleet_.counts().busy}},
             {"runners", static_cast<std::int64_t>(fleet_.runners().size())}});
  feed(fleet::DrainRequested{});
  listener_->stop();
}

void Supervisor::detach(std::string const& why) {
  log_.info("detaching: the session is closed, runners go on, and the next start takes them over",
            {{"why", why},
             {"busy", std::int64_t{fleet_.counts().busy}},
             {"runners", static_cast<std::int64_t>(fleet_.runners().size())}});
  detached_ = true;
  listener_->stop();
  changed_.notify_all();
}

void Supervisor::report_waiting() const {
  for (auto const& [name, runner] : fleet_.runners()) {
    if (has_ended(runner)) continue;
    log_.info("the drain waits for a runner",
              {{"runner", name}, {"state", to_string(runner.state)}});
  }
}

asio::awaitable<void> Supervisor::wait_until_drained() {
  auto const ended = [](auto const& entry) { return has_ended(entry.second); };
  while (!detached_ && !std::ranges::all_of(fleet_.runners(), ended)) {
    co_await changed_.wait_despite_cancellation();
  }
  if (!detached_) co_return;
  for (auto const& [name, runner] : fleet_.runners()) {
    if (has_ended(runner)) continue;
    log_.info("left running", {{"runner", name}, {"state", to_string(runner.state)}});
  }
}

Result<void> Supervisor::open_journal() {
  auto owner = owner_of(config_);
  if (!owner) return std::unexpected(owner.error());
  owner_ = *std::move(owner);
  std::string const folder = (config_.work_dir / owner_.hash()).string();
  log_.info("serving a scale set", {{"version", kVersion},
                                    {"url", owner_.url},
                                    {"group", owner_.group},
                                    {"name", config_.name},
                                    {"min", config_.min_runners},
                                    {"max", config_.max_runners},
                                    {"backend", config_.backend},
                                    {"folder", folder}});
  if (auto made = base::create_private_folder(config_.work_dir); !made)
    return fail(made.error().code, made.error().message + "; give another one with --work-dir");
  auto const place = config_.work_dir / owner_.hash();
  auto lock = base::FileLock::acquire(place.string() + ".lock",
                                      "the scale set \"" + config_.name + "\" of " + config_.url);
  if (!lock) return std::unexpected(lock.error());
  lock_.emplace(*std::move(lock));
  auto journal = store::Journal::open(place.string() + ".journal");
  if (!journal) return std::unexpected(journal.error());
  journal_.emplace(*std::move(journal));
  if (auto imported = import_old_journal(); !imported) return imported;
  book_.emplace(*journal_);
  return book_->open(owner_);
}

Result<void> Supervisor::import_old_journal() {
  auto const old = config_.work_dir / (base::encode_path_segment(config_.name) + ".journal");
  auto const moved = import_journal(old, owner_, *journal_);
  if (!moved) return std::unexpected(moved.error());
  if (!*moved) return {};
  std::string const file = old.string();
  log_.info("took over the journal of an earlier version",
            {{"file", file}, {"runners", static_cast<std::int64_t>(**moved)}});
  return {};
}

Result<void> Supervisor::open_backend() {
  auto options = process_options(config_, owner_);
  auto names = book_->runner_names();
  if (!names) return std::unexpected(names.error());
  options.old_runners = *std::move(names);
  // Each runner takes a few descriptors here. Its jobs must not notice the higher limit.
  options.descriptor_limit = base::raise_descriptor_limit();
  auto observer = [this](backends::InstanceEvent event) { on_instance_event(std::move(event)); };
  auto backend =
      backends::make_process_backend(executor_, std::move(options), observer, hooks_.log);
  if (!backend) return std::unexpected(backend.error());
  backend_ = *std::move(backend);
  return {};
}

/// Takes over the runners that an earlier process left behind, before the session is opened.
Task<void> Supervisor::recover() {
  auto instances = co_await backend_->list();
  if (!instances) co_return std::unexpected(instances.error());
  auto session = book_->previous_session();
  if (!session) co_return std::unexpected(session.error());
  previous_session_ = *std::move(session);
  auto adopted = book_->recover(*instances);
  if (!adopted) co_return std::unexpected(adopted.error());
  for (auto const& runner : *adopted) {
    log_.info(runner.alive ? "adopted a runner of an earlier process"
                           : "cleaning up after a runner of an earlier process",
              {{"runner", runner.name}, {"state", to_string(runner.state)}});
    feed(runner);
  }
  co_return Result<void>();
}

// The scale set.

Task<void> Supervisor::prepare() {
  for (int failures = 0;; ++failures) {
    auto found = co_await find_or_create();
    if (found) {
      scale_set_ = *std::move(found);
      co_return book_->note_scale_set(scale_set_.id);
    }
    Error const& error = found.error();
    // What a person has to fix ends the program with a message. Everything else passes: a host may
    // start before its network does.
    if (!error.transient()) co_return std::unexpected(error);
    auto delay = base::backoff_delay(protocol::patience(error), failures, *hooks_.random);
    if (error.retry_after) delay = std::max(delay, *error.retry_after);
    std::string const text = error.to_string();
    log_.warn("the service is not answering as it should; trying again",
              {{"error", text}, {"in_ms", std::int64_t{delay.count()}}});
    bool const slept = co_await async::sleep_for(delay);
    if (!slept) co_return fail(ErrorCode::cancelled, "stopped while starting");
  }
}

Task<ScaleSet> Supervisor::find_or_create() {
  auto group = co_await find_group();
  if (!group) co_return std::unexpected(group.error());
  auto wanted = wanted_scale_set(config_, *group);
  auto scale_set = co_await client_.get_or_create_scale_set(std::move(wanted));
  if (scale_set)
    log_.info("using the scale set", {{"name", scale_set->name}, {"id", scale_set->id.value}});
  co_return scale_set;
}

Task<RunnerGroupId> Supervisor::find_group() {
  if (config_.group_id.value > 0) co_return config_.group_id;
  if (config_.group == "default") co_return kDefaultRunnerGroup;
  auto group = co_await client_.find_runner_group(config_.group);
  if (!group) co_return std::unexpected(group.error());
  if (!*group)
    co_return fail(ErrorCode::not_found, "there is no runner group \"" + config_.group +
                                             "\"; `scaleset group list` shows those that there "
                                             "are (repositories have only \"Default\")");
  co_return (*group)->id;
}

Task<ScaleSetId> Supervisor::replace_scale_set() {
  auto found = co_await find_or_create();
  if (!found) co_return std::unexpected(found.error());
  scale_set_ = *std::move(found);
  auto noted = book_->note_scale_set(scale_set_.id);
  if (!noted) co_return std::unexpected(noted.error());
  co_return scale_set_.id;
}

// What happens.

Task<void> Supervisor::apply(Message message) {
  if (message.statistics) feed(fleet::StatisticsReported{*message.statistics});
  for (auto const& job : message.jobs) tell(job);
  co_return Result<void>();
}

Task<void> Supervisor::quarantine(Message message) {
  log_.error(
      "a message was refused again and again and is acknowledged without effect",
      {{"message", message.id.value}, {"jobs", static_cast<std::int64_t>(message.jobs.size())}});
  co_return Result<void>();
}

void Supervisor::tell(JobMessage const& job) {
  if (auto const* assigned = std::get_if<JobAssigned>(&job)) {
    log_.info("job assigned",
              {{"job", assigned->job.job_display_name}, {"job_id", assigned->job.job_id}});
  } else if (auto const* started = std::get_if<JobStarted>(&job)) {
    log_.info("job started", {{"job", started->job.job_display_name},
                              {"job_id", started->job.job_id},
                              {"runner", started->runner_name}});
    feed(fleet::JobStartedReported{started->runner_name, started->runner});
  } else if (auto const* completed = std::get_if<JobCompleted>(&job)) {
    log_.info("job completed", {{"job", completed->job.job_display_name},
                                {"job_id", completed->job.job_id},
                                {"runner", completed->runner_name},
                                {"result", completed->result}});
    feed(fleet::JobCompletedReported{completed->runner_name, completed->result});
  } else if (auto const* unknown = std::get_if<UnknownJobMessage>(&job)) {
    log_.warn("a job message was not understood and is skipped",
              {{"type", unknown->type}, {"problem", unknown->problem}});
  }
}

void Supervisor::on_instance_event(backends::InstanceEvent event) {
  using Kind = backends::InstanceEvent::Kind;
  switch (event.kind) {
    case Kind::registered: return feed(fleet::InstanceRegistered{event.runner_name});
    case Kind::busy: return feed(fleet::InstanceBusy{event.runner_name});
    case Kind::idle: return feed(fleet::InstanceIdle{event.runner_name});
    case Kind::exited:
      return feed(fleet::InstanceExited{event.runner_name, event.exit_code, event.reason});
  }
}

void Supervisor::feed(fleet::Event const& event) {
  if (ended_) return;
  int const advertised = fleet_.capacity();
  auto const actions = fleet_.handle(event, hooks_.clock->now().steady);
  auto const written =
      book_->keep(fleet_, std::chrono::floor<std::chrono::milliseconds>(hooks_.clock->now().wall));
  if (!written)
    log_.error("the journal could not be written; no runner is started",
               {{"error", written.error().message}});
  for (auto const& action : actions) {
    auto const* request = std::get_if<fleet::RequestJit>(&action);
    if (!written && request != nullptr) {
      tasks_.spawn(refuse_jit(request->name, written.error()));
    } else {
      std::visit([this](auto const& one) { execute(one); }, action);
    }
  }
  if (listener_ && fleet_.capacity() != advertised) listener_->capacity_changed();
  changed_.notify_all();
}

asio::awaitable<void> Supervisor::keep_time() {
  while (!tasks_.stop_requested()) {
    auto const due = fleet_.next_deadline();
    auto const now = hooks_.clock->now().steady;
    if (due && *due <= now) {
      feed(fleet::Tick{});
      continue;
    }
    base::Condition::Duration longest = base::Condition::Duration::max();
    if (due) longest = *due - now;
    co_await changed_.wait_for(longest);
  }
}

// What the fleet wants done. Outcomes come back as events.

void Supervisor::execute(fleet::RequestJit const& action) {
  tasks_.spawn(request_jit(action.name));
}

/// A runner that is not in the journal must not be registered with the service.
asio::awaitable<void> Supervisor::refuse_jit(std::string name, Error error) {
  error.request_sent = false;
  feed(fleet::JitFailed{std::move(name), std::move(error)});
  co_return;
}

asio::awaitable<void> Supervisor::request_jit(std::string name) {
  auto jit = co_await client_.generate_jit_config(scale_set_.id, name);
  if (!jit) {
    feed(fleet::JitFailed{name, jit.error()});
    co_return;
  }
  jit_configs_.insert_or_assign(name, std::move(jit->encoded));
  feed(fleet::JitReady{name, jit->runner.id});
  jit_configs_.erase(name);  // still there if the fleet no longer wanted it
}

void Supervisor::execute(fleet::StartInstance const& action) {
  auto node = jit_configs_.extract(action.name);
  if (node.empty())
    return feed(fleet::InstanceFailed{action.name, "its JIT configuration is gone"});
  tasks_.spawn(start_instance(action.name, std::move(node.mapped())));
}

asio::awaitable<void> Supervisor::start_instance(std::string name, Secret jit_config) {
  backends::InstanceSpec spec;
  spec.runner_name = name;
  spec.jit_config = std::move(jit_config);
  auto started = co_await backend_->start(std::move(spec));
  if (started) {
    feed(fleet::InstanceStarted{name, *started});
  } else {
    feed(fleet::InstanceFailed{name, started.error().message});
  }
}

void Supervisor::execute(fleet::RemoveRegistration const& action) {
  tasks_.spawn(remove_registration(action.name, action.id));
}

asio::awaitable<void> Supervisor::remove_registration(std::string name,
                                                      std::optional<RunnerId> id) {
  if (!id) {
    auto found = co_await client_.find_runner(name);
    if (!found) {
      feed(fleet::RemovalFailed{name, found.error()});
      co_return;
    }
    if (!*found) {
      feed(fleet::RegistrationRemoved{name});
      co_return;
    }
    id = (*found)->id;
  }
  auto removed = co_await client_.remove_runner(*id);
  if (removed) {
    feed(fleet::RegistrationRemoved{name});
  } else if (removed.error().code == ErrorCode::job_still_running) {
    feed(fleet::RemovalRefused{name});
  } else {
    feed(fleet::RemovalFailed{name, removed.error()});
  }
}

void Supervisor::execute(fleet::StopInstance const& action) {
  tasks_.spawn(stop_instance(action.name, action.mode));
}

asio::awaitable<void> Supervisor::stop_instance(std::string name, fleet::StopMode mode) {
  auto const how =
      mode == fleet::StopMode::force ? backends::StopMode::force : backends::StopMode::graceful;
  auto stopped = co_await backend_->stop(name, how);
  if (stopped) co_return;  // the backend will report its exit
  std::string const text = stopped.error().to_string();
  log_.error("the backend could not stop a runner; it is tried again",
             {{"runner", name}, {"error", text}});
}

void Supervisor::execute(fleet::ForgetRunner const& action) {
  auto const forgotten = book_->forget(action.name);
  if (!forgotten)
    log_.error("the journal could not be written", {{"error", forgotten.error().message}});
}

void Supervisor::execute(fleet::Notice const& action) {
  std::vector<LogField> fields;
  fields.reserve(action.fields.size());
  for (auto const& [key, value] : action.fields) fields.push_back({key, std::string_view(value)});
  LogRecord const record{action.level, "fleet", action.text, fields};
  if (hooks_.log && hooks_.log->enabled(action.level)) hooks_.log->write(record);
}

}  // namespace scaleset::daemon
