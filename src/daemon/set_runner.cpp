#include "daemon/set_runner.hpp"

#include <algorithm>
#include <utility>

#include "base/backoff.hpp"
#include "base/guard.hpp"
#include "base/host_name.hpp"
#include "protocol/machines/listener_patience.hpp"
#include "scaleset/async/timer.hpp"

/// The life of a scale set, from taking over what an earlier process left to the last runner's end.
namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

/// Others cannot take longer: their calls end.
constexpr std::chrono::hours kLongestTurn{24};

fleet::Options options_of(SetSettings const& settings) {
  fleet::Options options = settings.fleet;
  options.name_prefix = runner_name_prefix(settings.name);
  return options;
}

/// Only its registration is left. A stop does not wait for that, because the service may take long
/// to notice that a runner has ended; the next start removes it.
bool has_ended(fleet::Runner const& runner) { return runner.state == fleet::RunnerState::cleaning; }

/// Whether a process, a container or a machine of it runs, as far as is known.
bool runs(fleet::Runner const& runner) {
  return fleet::has_instance(runner) && !runner.reference.empty();
}

std::int64_t count_running(fleet::Runners const& runners) {
  return std::ranges::count_if(runners, [](auto const& entry) { return runs(entry.second); });
}

}  // namespace

std::string_view to_string(Phase phase) noexcept {
  switch (phase) {
    case Phase::starting: return "starting";
    case Phase::enrolling: return "enrolling";
    case Phase::serving: return "serving";
    case Phase::draining: return "draining";
    case Phase::ended: break;
  }
  return "ended";
}

SetRunner::SetRunner(asio::any_io_executor executor, SetSettings settings, base::OwnerKey owner,
                     SetRecord record, SetPorts ports)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      owner_(std::move(owner)),
      record_(std::move(record)),
      ports_(std::move(ports)),
      log_(ports_.hooks.log, "daemon"),
      fleet_(options_of(settings_), ports_.hooks.random),
      rows_(record_.key, record_.runners),
      held_rows_(record_.key, record_.held),
      round_(std::make_shared<Round>()),
      alarm_(executor_),
      enrolling_(executor_, ports_.hooks.log),
      tasks_(executor_, ports_.hooks.log) {}

SetRunner::~SetRunner() = default;

Task<void> SetRunner::run() {
  Result<void> outcome;
  try {
    outcome = co_await serve();
  } catch (...) {
    outcome = std::unexpected(base::error_of_exception(ErrorCode::backend, "the scale set"));
  }
  phase_ = Phase::ended;
  ended_ = true;
  alarm_.cancel();  // else the loop would wait for it
  end_rounds();
  changed_.notify_all();
  schedule_changed_.notify_all();
  enrolling_.request_stop();
  co_await enrolling_.join();
  tasks_.request_stop();
  co_await tasks_.join();
  if (backend_) {
    co_await backend_->detach();
  }
  co_await ports_.client->shutdown();
  co_return outcome;
}

Task<void> SetRunner::serve() {
  apply_limits();
  if (!settings_.budget.name.empty()) give(fleet::Share());
  auto taken = co_await take_over();
  if (!taken) co_return std::unexpected(taken.error());
  if (!*taken) {
    // No round may begin now: it would delete the rows of runners that the fleet does not know.
    log_.warn(
        "stopped before the backend told which runners there are; the next start takes them over");
    co_return Result<void>();
  }
  take_up_suspension();
  begin_rounds();
  begin_to_look();
  if (!std::exchange(has_schedule_, !settings_.schedule.empty()) && has_schedule_)
    tasks_.spawn(keep_schedule());
  if (!stopping_) {
    phase_ = Phase::enrolling;
    enrolling_.spawn(enrol_patiently());
  }
  co_await enrolling_.join();
  if (!enrolled_ && !stopping_) co_return end_of_enrolment();
  Result<void> listened;
  if (!stopping_) {
    listened = co_await listen();
  }
  if (!listened) drain(listened.error().to_string());
  co_await wait_until_drained();
  co_return listened;
}

Task<bool> SetRunner::take_over() {
  auto observer = [this](backends::InstanceEvent event) { on_instance_event(std::move(event)); };
  auto backend = ports_.make_backend(std::move(observer));
  if (!backend) co_return std::unexpected(backend.error());
  backend_ = *std::move(backend);
  ports_.make_backend = nullptr;  // it may have copies of all that is configured
  auto instances = co_await list_patiently();
  if (!instances) co_return false;
  auto const untouchable = untouchable_runners(*instances);
  rows_.leave_alone(untouchable);
  feed(held_before(record_.held, ports_.hooks.clock->now()));
  for (auto const& adopted : runners_to_adopt(record_.runners, *instances, owner_, untouchable))
    feed(adopted);
  listed(*instances, {});
  co_return true;
}

/// Without it nobody knows which runners of an earlier process live, and so it is waited for.
Task<std::vector<backends::Instance>> SetRunner::list_patiently() {
  for (int failures = 0;; ++failures) {
    auto instances = co_await backend_->list();
    if (instances || stopping_) co_return instances;
    auto const delay = base::backoff_delay(protocol::kTransient, failures, *ports_.hooks.random);
    std::string const text = instances.error().to_string();
    log_.warn("the backend does not tell which runners there are; asking again",
              {{"error", text}, {"in_ms", std::int64_t{delay.count()}}});
    co_await changed_.wait_for(delay);
  }
}

// The scale set.

asio::awaitable<void> SetRunner::enrol_patiently() {
  for (int failures = 0; !stopping_; ++failures) {
    auto enrolled = co_await find_or_create();
    if (enrolled) {
      note_scale_set(*enrolled);
      co_return;
    }
    not_enrolled_ = enrolled.error();
    note_trouble(&*not_enrolled_);
    bool const cancelled = co_await async::is_cancelled();
    if (cancelled) co_return;
    Error const& error = *not_enrolled_;
    // A person has to mend it, and with flags it is a person who waits for the program to say so.
    if (settings_.end_if_refused_at_first && is_refusal(error)) co_return;
    auto delay = base::backoff_delay(protocol::patience(error), failures, *ports_.hooks.random);
    if (error.retry_after) delay = std::max(delay, *error.retry_after);
    report_unserved(error, delay);
    bool const waited = co_await hurry_.wait_for(delay);
    if (!waited) co_return;
  }
}

void SetRunner::report_unserved(Error const& error, std::chrono::milliseconds delay) {
  bool const is_told = unserved_.failed(error, ports_.hooks.clock->now().steady);
  if (!is_told) return;
  std::string const text = error.to_string();
  log_.warn("the scale set cannot be served yet; trying again",
            {{"name", settings_.name},
             {"error", text},
             {"failures", std::int64_t{unserved_.failures()}},
             {"in_ms", std::int64_t{delay.count()}}});
}

Task<Enrolled> SetRunner::find_or_create() {
  auto const door = ports_.starts ? ports_.starts->enrolments() : nullptr;
  if (door) {
    bool const entered = co_await door->enter(record_.key.value, kLongestTurn);
    if (!entered) co_return fail(ErrorCode::cancelled, "cancelled");
  }
  StartPass const pass(door);
  KnownScaleSet known;
  known.creating = creating_ || (record_.ours && record_.id == ScaleSetId{});
  known.in_a_crowd = door && door->gate().waiting() > 0;
  // By its id: if it was deleted, and somebody else has made one of the same name, that one is not.
  if (record_.ours && !known.creating) known.ours = record_.id;
  BeforeCreation before_creation = [this] { return note_creation(); };
  co_return co_await enrol(ports_.client.get(), &settings_, known, std::move(before_creation),
                           log_);
}

/// The answer to the call may be lost, and this process may end before it comes. Without the note
/// the scale set would count as somebody else's for ever.
Task<void> SetRunner::note_creation() {
  creating_ = true;
  other_changes_.emplace_back(scale_set_note());
  auto durable = co_await settled();
  co_return durable;
}

Result<void> SetRunner::end_of_enrolment() const {
  if (not_enrolled_) return std::unexpected(*not_enrolled_);
  return fail(ErrorCode::cancelled, "stopped while starting");
}

void SetRunner::note_scale_set(Enrolled const& enrolled) {
  enrolled_ = true;
  not_enrolled_.reset();
  trouble_.reset();
  creating_ = false;
  bool const had_one = record_.id != ScaleSetId{};
  bool const is_another = had_one && (enrolled.created || record_.id != enrolled.scale_set.id);
  record_.id = enrolled.scale_set.id;
  record_.ours = enrolled.ours;
  // As that of its sessions, which need no client of their own then.
  SystemInfo info = ports_.client->system_info();
  info.scale_set_id = record_.id.value;
  ports_.client->set_system_info(std::move(info));
  auto const lasted = unserved_.worked(ports_.hooks.clock->now().steady);
  if (lasted) {
    std::string const after = base::in_words(*lasted);
    log_.info("GitHub can be reached again", {{"after", after}});
  }
  log_.info(enrolled.created ? "created the scale set" : "using the scale set",
            {{"name", enrolled.scale_set.name}, {"id", enrolled.scale_set.id.value}});
  other_changes_.emplace_back(scale_set_note());
  feed(fleet::ScaleSetKnown{record_.id, is_another});
}

Task<ScaleSetId> SetRunner::replace_scale_set() {
  auto enrolled = co_await find_or_create();
  if (!enrolled) co_return std::unexpected(enrolled.error());
  note_scale_set(*enrolled);
  auto durable = co_await settled();
  if (!durable) co_return std::unexpected(durable.error());
  co_return record_.id;
}

Task<void> SetRunner::listen() {
  for (;;) {
    make_listener();
    phase_ = Phase::serving;
    auto listened = co_await listener_->run();
    if (!listened || stopping_) co_return listened;
    auto again = co_await begin_again();
    if (!again || !*again) co_return Result<void>();
  }
}

void SetRunner::make_listener() {
  async::Listener::Options options;
  options.scale_set = record_.id;
  options.owner = base::host_name();
  options.hooks = ports_.hooks;
  if (record_.session) options.previous_session = record_.session->id;
  options.offers = record_.offers;
  options.on_session = [this, owner = options.owner](std::string const& id) {
    note_session(id, owner);
  };
  options.on_trouble = [this](Error const* error) { note_trouble(error); };
  listener_ =
      std::make_unique<async::Listener>(executor_, *ports_.client, *this, std::move(options));
}

void SetRunner::note_session(std::string const& id, std::string const& session_owner) {
  has_session_ = !id.empty();
  if (id.empty()) {
    record_.session.reset();
    other_changes_.emplace_back(store::ForgetSession{record_.key});
  } else {
    store::SessionRecord session;
    session.id = id;
    session.owner = session_owner;
    record_.session = session;
    ++sessions_;
    other_changes_.emplace_back(store::RememberSession{record_.key, std::move(session)});
  }
  wake_rounds();
}

// The end.

void SetRunner::drain(std::string const& why) {
  drained_because_ = why;
  constexpr std::string_view kDraining =
      "draining: no runner is started any more, idle ones are removed, busy ones finish";
  // What an earlier process has left is not known yet at the start.
  if (phase_ == Phase::starting)
    log_.info(kDraining, {{"why", why}});
  else
    log_.info(kDraining, {{"why", why},
                          {"busy", std::int64_t{fleet_.counts().busy}},
                          {"runners", count_running(fleet_.runners())}});
  feed(fleet::DrainRequested{});
  stop_listening();
}

void SetRunner::detach(std::string const& why) {
  log_.info("detaching: no runner is started any more; the next start takes over those that run",
            {{"why", why},
             {"busy", std::int64_t{fleet_.counts().busy}},
             {"runners", count_running(fleet_.runners())}});
  detached_ = true;
  detached_because_ = why;
  feed(fleet::StartsHalted{true});
  stop_listening();
}

void SetRunner::reload() {
  if (phase_ == Phase::ended) return;
  auto const read = ports_.client->reload();
  if (!read)
    log_.error("the certificates cannot be read again; those that were read before stay in use",
               {{"error", read.error().message}});
  hurry_.notify_all();
  if (listener_) listener_->retry_now();
  feed(fleet::CredentialsChanged{});
}

void SetRunner::stop_listening() {
  stopping_ = true;
  if (phase_ != Phase::ended) phase_ = Phase::draining;
  enrolling_.request_stop();
  if (ports_.starts) {
    ports_.starts->turn_away(record_.key.value);
    ports_.starts->enrolments()->turn_away(record_.key.value);
  }
  if (listener_) listener_->stop();
  changed_.notify_all();
}

void SetRunner::report_waiting() const {
  for (auto const& [name, runner] : fleet_.runners()) {
    if (has_ended(runner)) continue;
    log_.info("the drain waits for a runner",
              {{"runner", name}, {"state", to_string(runner.state)}});
  }
}

asio::awaitable<void> SetRunner::wait_until_drained() {
  auto const ended = [](auto const& entry) { return has_ended(entry.second); };
  while (!detached_ && !std::ranges::all_of(fleet_.runners(), ended)) {
    co_await changed_.wait_despite_cancellation();
  }
  // What is known is still written, so that the next start finds it.
  auto const written = co_await settled();
  static_cast<void>(written);  // note_outcome() has told it
  detached_ ? tell_what_runs() : tell_drained();
}

void SetRunner::tell_what_runs() const {
  for (auto const& [name, runner] : fleet_.runners()) {
    if (!runs(runner)) continue;
    log_.info("left running", {{"runner", name}, {"state", to_string(runner.state)}});
  }
}

void SetRunner::tell_drained() const {
  if (fleet_.is_empty()) return log_.info("drained, nothing left");
  log_.info("drained, no runner left; the next start removes what the service still knows of them",
            {{"registrations", static_cast<std::int64_t>(fleet_.runners().size())}});
}

}  // namespace scaleset::daemon
