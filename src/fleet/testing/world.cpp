#include "fleet/testing/world.hpp"

#include <algorithm>
#include <utility>

namespace scaleset::fleet::testing {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

World::World(Options options, std::uint64_t seed)
    : random_(seed), options_(std::move(options)), talkative_(chance() < 0.7) {
  start();
  poll();
  list();
}

Duration World::between(Duration least, Duration most) {
  auto const span = static_cast<double>((most - least).count());
  return least + Duration(static_cast<std::int64_t>(span * chance()));
}

void World::run(Duration time) {
  TimePoint const end = now_ + time;
  while (true) {
    auto const next = agenda_.begin();
    TimePoint const due =
        std::min(next == agenda_.end() ? end : next->first, fleet_->next_deadline().value_or(end));
    if (due >= end) break;
    now_ = std::max(now_, due);
    ++steps_;
    if (next != agenda_.end() && next->first <= now_) {
      auto const what = std::move(next->second);
      agenda_.erase(next);
      what();
    } else {
      tell(Tick{});
    }
  }
  now_ = end;
}

void World::add_job() {
  queued_.push_back(++last_job_);
  unfinished_.insert(last_job_);
}

void World::drain() { tell(DrainRequested{}); }

void World::start() {
  auto const seed = static_cast<std::uint64_t>(chance() * 1e15);
  fleet_ = std::make_unique<Fleet>(options_, std::make_shared<SeededRandom>(seed));
}

void World::crash() {
  ++generation_;
  start();
  for (auto const& [name, row] : std::map(journal_)) {
    tell(Adopted{name, row.id, {}, name, row.state, instances_.contains(name)});
  }
}

void World::later(Duration delay, std::function<void()> what) {
  agenda_.emplace(now_ + delay, std::move(what));
}

void World::tell(Event const& event) {
  auto const actions = fleet_->handle(event, now_);
  check(actions);
  // The journal is written before any action is done.
  for (auto const& name : names<PrepareInstance>(actions)) journal_[name];
  for (auto const& [name, runner] : fleet_->runners()) journal_[name] = {runner.id, runner.state};
  for (Action const& action : actions) execute(action);
}

void World::answer(Duration delay, Event event) {
  later(delay, [this, event = std::move(event), asked_by = generation_] {
    if (asked_by != generation_) return;
    tell(event);
    if (fault(0.02)) tell(event);
  });
}

void World::check(std::vector<Action> const& actions) {
  Counts const counts = fleet_->counts();
  if (!names<PrepareInstance>(actions).empty()) {
    EXPECT_LE(counts.useful(), options_.max_runners);
    EXPECT_LE(counts.instances(), 2 * options_.max_runners);
  }
  EXPECT_LE(fleet_->capacity(), options_.max_runners + fleet_->held());
  EXPECT_GE(fleet_->capacity(), 0);
  for (auto const& name : names<RequestJit>(actions)) EXPECT_TRUE(asked_.insert(name).second);
  for (auto const& name : names<StartInstance>(actions)) EXPECT_TRUE(started_.insert(name).second);
  if (auto const next = fleet_->next_deadline()) {
    EXPECT_GT(*next, now_);
  }
}

void World::execute(Action const& action) {
  std::visit([this](auto const& what) { act(what); }, action);
}

// The service

void World::act(LookUpRegistration const& action) {
  later(between(milliseconds(50), seconds(2)), [this, name = action.name, by = generation_] {
    if (by != generation_ || fault(0.02)) return;
    std::optional<bool> found;
    if (!fault(0.1)) found = registrations_.contains(name);
    answer(milliseconds(1), RegistrationLookedUp{name, found});
  });
}

void World::act(RequestJit const& action) {
  std::string const name = action.name;
  Duration const delay = between(milliseconds(100), seconds(15));
  if (fault(0.05)) return answer(delay, JitFailed{name, failure(false)});
  if (fault(0.03)) {
    Error limited(ErrorCode::rate_limited, "too many runners within a short time window");
    limited.retry_after = seconds(20);
    return answer(delay, JitFailed{name, limited});
  }
  if (fault(0.03)) return answer(delay, JitFailed{name, failure(true)});  // the call never arrived
  later(delay, [this, name, asked_by = generation_] {
    EXPECT_FALSE(registrations_.contains(name));
    RunnerId const id{++last_id_};
    registrations_[name].id = id;
    if (asked_by != generation_ || fault(0.02)) return;
    answer(milliseconds(1),
           fault(0.05) ? Event(JitFailed{name, failure(true)}) : JitReady{name, id});
  });
}

void World::act(RemoveRegistration const& action) {
  Duration const delay = between(milliseconds(50), seconds(5));
  later(delay, [this, name = action.name, id = action.id, asked_by = generation_] {
    bool const before = fault(0.05);
    auto const found = registrations_.find(name);
    bool const refused = !before && found != registrations_.end() && found->second.job;
    if (found != registrations_.end() && id) {
      EXPECT_EQ(found->second.id, *id);
    }
    if (!before && !refused) registrations_.erase(name);
    if (asked_by != generation_ || fault(0.02)) return;
    if (before || fault(0.05)) return answer(milliseconds(1), RemovalFailed{name, failure(true)});
    answer(milliseconds(1), refused ? Event(RemovalRefused{name}) : RegistrationRemoved{name});
  });
}

void World::poll() {
  auto message = std::exchange(message_, {});
  if (!fault(0.1)) {
    message.statistics.emplace();
    message.statistics->assigned_jobs =
        static_cast<std::int64_t>(assigned_.size() + running_.size());
    message.statistics->running_jobs = static_cast<std::int64_t>(running_.size());
  }
  tell(message);
  if (fault(0.05)) tell(message);
  auto const capacity = static_cast<std::size_t>(fleet_->capacity());
  while (!queued_.empty() && assigned_.size() + running_.size() < capacity) {
    assigned_.insert(queued_.front());
    queued_.pop_front();
  }
  if (!assigned_.empty() && fault(0.02)) {
    unfinished_.erase(*assigned_.begin());
    assigned_.erase(assigned_.begin());
    message_.completed.push_back(job_completed("", "canceled"));
  }
  match();
  later(between(seconds(1), seconds(50)), [this] { poll(); });
}

void World::list() {
  InstancesListed listing;
  listing.asked_at = now_;
  for (auto const& [name, instance] : instances_) {
    auto const activity = instance.job ? Activity::busy : Activity::idle;
    listing.instances.push_back({name, true, fault(0.1) ? Activity::unknown : activity});
  }
  answer(between(milliseconds(1), seconds(2)), listing);
  // The service loses a registration, and the instance does not notice.
  for (auto const& [name, instance] : instances_) {
    if (instance.listening && !instance.job && fault(0.002)) registrations_.erase(name);
  }
  later(seconds(60), [this] { list(); });
}

void World::match() {
  for (auto& [runner, instance] : instances_) {
    std::string const name = runner;
    auto const registration = registrations_.find(name);
    bool const free = instance.listening && !instance.deaf && !instance.job &&
                      registration != registrations_.end();
    if (!free || assigned_.empty() || chance() < 0.3) continue;
    int const job = *assigned_.begin();
    assigned_.erase(job);
    running_.insert(job);
    instance.job = registration->second.job = job;
    message_.started.push_back(job_started(name, registration->second.id));
    // The backend's report may come before or after the service's message.
    later(between(Duration(0), seconds(2)), [this, name, job] {
      if (instances_.contains(name) && instances_[name].job == job) local(InstanceBusy{name});
    });
    later(between(seconds(10), minutes(6)), [this, name, job] { finish_job(name, job); });
  }
}

void World::finish_job(std::string const& name, int job) {
  auto const complete = [this, name, job](std::string const& result) {
    running_.erase(job);
    unfinished_.erase(job);
    registrations_.erase(name);
    message_.completed.push_back(job_completed(name, result));
  };
  if (fault(0.03)) {  // the instance dies, and the service notices late
    later(minutes(8), [this, complete] {
      complete("failed");
      if (fault(0.5)) message_.completed.pop_back();  // it counts the job down, and says nothing
    });
    exit(name, std::nullopt);
    return;
  }
  complete("succeeded");
  instances_[name].job.reset();
  instances_[name].listening = false;
  local(InstanceIdle{name});
  if (fault(0.04)) return;  // the instance hangs
  later(between(milliseconds(100), seconds(3)), [this, name] { exit(name, 0); });
}

void World::act(ForgetRunner const& action) {
  journal_.erase(action.name);
  asked_.erase(action.name);  // another runner may get the same name by chance
  started_.erase(action.name);
}

// The backend

void World::act(PrepareInstance const& action) {
  Duration const delay = between(milliseconds(1), fault(0.02) ? minutes(20) : minutes(1));
  if (fault(0.02)) return answer(delay, PrepareFailed{action.name, "the image is not there"});
  if (!fault(0.01)) answer(delay, Prepared{action.name});
}

void World::act(StartInstance const& action) {
  later(between(milliseconds(10), seconds(10)), [this, name = action.name, by = generation_] {
    if (by != generation_) return;
    if (fault(0.04))
      return answer(milliseconds(1), InstanceFailed{name, "no space left on device"});
    create(name);
  });
}

void World::create(std::string const& name) {
  instances_[name].ignores_stop = fault(0.1);
  answer(milliseconds(1), InstanceStarted{name, "reference of " + name});
  if (fault(0.03)) return;  // the instance never registers
  later(between(seconds(2), minutes(1)), [this, name] { boot(name); });
}

void World::boot(std::string const& name) {
  if (!instances_.contains(name)) return;
  if (!registrations_.contains(name)) return exit(name, 1, ExitCause::removed);
  if (fault(0.05)) return exit(name, 1);
  if (fault(0.003)) return exit(name, 7, ExitCause::version_refused);
  instances_[name].deaf = fault(0.02);
  instances_[name].listening = true;
  tell(registered(name));
  if (!fault(0.03)) return;
  later(between(seconds(1), minutes(10)), [this, name] {
    auto const instance = instances_.find(name);
    if (instance != instances_.end() && instance->second.listening && !instance->second.job) {
      exit(name, 0);
    }
  });
}

void World::act(StopInstance const& action) {
  auto const instance = instances_.find(action.name);
  if (instance == instances_.end()) return;
  EXPECT_FALSE(instance->second.job) << "a busy runner was stopped: " << action.name;
  if (action.mode == StopMode::graceful && instance->second.ignores_stop) return;
  later(between(milliseconds(10), seconds(2)), [this, name = action.name] { exit(name, 0); });
}

void World::exit(std::string const& name, std::optional<int> code, ExitCause cause) {
  if (instances_.erase(name) == 0) return;
  // If the report of the exit is lost, the exit is noticed in the backend's list.
  later(fault(0.03) ? seconds(60) : seconds(0),
        [this, name, code, cause] { tell(exited(name, code, "", cause)); });
}

void World::local(Event const& event) {
  if (talkative_) tell(event);
}

std::string World::report() const {
  std::string text;
  for (auto const& [name, runner] : fleet_->runners()) {
    text += name + " " + std::string(to_string(runner.state)) + "; ";
  }
  text += "instances:";
  for (auto const& [name, instance] : instances_) text += " " + name;
  text += "; registrations:";
  for (auto const& [name, registration] : registrations_) text += " " + name;
  return text;
}

}  // namespace scaleset::fleet::testing
