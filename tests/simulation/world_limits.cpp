#include <algorithm>
#include <boost/json/parse.hpp>

#include "common_rules.hpp"
#include "world.hpp"

/// What must be true in a world of whatever takes time: how much is started, and for how long
/// something may be wrong.
namespace scaleset::simulation {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kBetweenLooks{30};

}  // namespace

/// Nothing but the runners themselves makes trouble, so what is wrong is soon known.
bool World::is_well_informed() const {
  if (calm_since_) return !other_host_.has_daemon();
  return !plan_.service_faults && !plan_.backend_faults && !plan_.crashes && !plan_.disk_faults &&
         !plan_.lost_scale_sets && !plan_.wrong_clocks && !plan_.rivals;
}

void World::check_jit_request(Host& host, HttpRequest const& request) {
  boost::system::error_code bad;
  auto const body = boost::json::parse(request.body, bad);
  auto const* name = bad || !body.is_object() ? nullptr : body.get_object().if_contains("name");
  bool const known = name != nullptr && name->is_string() &&
                     host.mortality().rows.contains(std::string(name->get_string()));
  if (!known)
    violated("a JIT configuration was asked for, and the journal does not know the runner: " +
             request.body);
}

void World::check_start(Host& host, backends::PretendInstance const& instance) {
  if (!jit_configs_.insert(instance.spec().jit_config.reveal()).second)
    violated("one JIT configuration started two instances");
  auto const& rows = host.mortality().rows;
  auto const row = rows.find(instance.name());
  if (row == rows.end() || !row->second)
    violated("a runner was started whose registration is not in the journal: " + instance.name());
  auto const state = host.snapshot();
  auto const own = state.runners.find(instance.name());
  // One that was given up may turn out to run while its replacement is on its way.
  auto const is_earlier = [&](auto const& entry) {
    fleet::Runner const& runner = entry.second;
    return is_useful(runner) && runner.planned_at <= own->second.planned_at;
  };
  if (own != state.runners.end() &&
      std::ranges::count_if(state.runners, is_earlier) > plan_.max_runners)
    violated("a runner was started beyond the maximum of " + std::to_string(plan_.max_runners) +
             ": " + report());
  if (&host == &host_) check_refused_start(instance.has(backends::PretendFault::version_refused));
}

/// Those that were under way when the first was refused do not count.
void World::check_refused_start(bool refused) {
  if (!refused) return refused_starts_.clear();
  auto const now = around_.time.clock()->now().steady;
  refused_starts_.push_back(now);
  auto const first = refused_starts_.front();
  auto const lately = std::ranges::count_if(refused_starts_, [&](auto const& at) {
    return at > first + minutes(6) && at + minutes(9) > now;
  });
  if (lately > 2)
    violated(std::to_string(lately) +
             " runners were started within 9 min although the service refuses their version");
}

void World::check_stop(Host const& host, backends::PretendInstance const& instance) {
  if (instance.activity() == backends::Activity::busy)
    violated("a busy runner was stopped: " + instance.name());
  auto const registered = registered_at_.find(instance.name());
  bool const is_new = registered != registered_at_.end() &&
                      around_.time.clock()->now().steady < registered->second + minutes(1);
  // A message may have said, while the service was in trouble, that it has done its job.
  bool const is_old_news = calm_since_ && front().live.now() < *calm_since_ + minutes(2);
  // A drain and a lost registration are reasons to end a runner of any age.
  if (is_new && !is_old_news && is_well_informed() && !host.is_stopping() && !plan_.runner_troubles)
    violated("a runner was ended that had been idle for less than a minute: " + instance.name());
}

void World::check_advertised(int advertised, daemon::SetSnapshot const& state) {
  bool const closed = state.readiness == daemon::Readiness::unwritable ||
                      state.readiness == daemon::Readiness::parked;
  if (closed && advertised > 0)
    violated("a poll advertises " + std::to_string(advertised) + " although " + state.reason);
  int const least = std::min(plan_.max_runners, state.counts.useful()) + state.held;
  if (state.ready && advertised < least)
    violated("a poll advertises " + std::to_string(advertised) + " and there are " +
             std::to_string(least) + " useful runners and held jobs");
}

/// What is wrong for a moment is not wrong yet, because news takes time.
void World::check_over_time() {
  auto const now = around_.time.clock()->now().steady;
  if (now < next_look_ || !host_.has_daemon() || host_.is_dead() || host_.is_stopping()) return;
  next_look_ = now + kBetweenLooks;
  auto const state = snapshot();
  if (!state.ready || !is_well_informed()) {
    wanted_too_much_since_.reset();
    unknown_since_.clear();
    return;
  }
  check_wanted(state);
  check_idle_ones(state);
}

/// Jobs whose runner has died get no other one, so that no runner is wanted for them. Wrong
/// statistics of the service may have hidden that one has died, until the service ends its job
/// after 10 minutes.
void World::check_wanted(daemon::SetSnapshot const& state) {
  bool const is_old_news = calm_since_ && front().live.now() < *calm_since_ + minutes(20);
  if (is_old_news) return wanted_too_much_since_.reset();
  auto const now = around_.time.clock()->now().steady;
  auto const asks_for_a_runner = [this](auto const& entry) {
    auto const& job = entry.second;
    return job.runner == RunnerId{} || host_.machine().find(job.runner_name) != nullptr;
  };
  auto const jobs = std::ranges::count_if(tenant().jobs, asks_for_a_runner);
  auto const most = std::min<std::int64_t>(plan_.max_runners, jobs + plan_.min_idle);
  if (state.target.value_or(0) <= most) return wanted_too_much_since_.reset();
  if (!wanted_too_much_since_) wanted_too_much_since_ = now;
  if (now - *wanted_too_much_since_ > minutes(2))
    violated(std::to_string(*state.target) + " runners are wanted for 2 min, although only " +
             std::to_string(jobs) + " jobs can get one: " + report());
}

/// A runner that the service does not know gets no job, so it must not count as idle.
void World::check_idle_ones(daemon::SetSnapshot const& state) {
  auto const now = around_.time.clock()->now().steady;
  std::map<std::string, std::chrono::steady_clock::time_point> unknown;
  for (auto const& [name, runner] : state.runners) {
    bool const counts = runner.state == fleet::RunnerState::idle && runner.id;
    if (!counts || tenant().runners.contains(*runner.id)) continue;
    auto const before = unknown_since_.find(name);
    unknown[name] = before == unknown_since_.end() ? now : before->second;
    if (now - unknown[name] > minutes(8))
      violated("a runner counts as idle for 8 min, although the service does not know it: " + name);
  }
  unknown_since_ = std::move(unknown);
}

/// For a minute, longer than a poll is held, the service does not find the scale set, which is
/// unharmed.
void World::lose_sight_of_the_scale_set() {
  if (tenant().scale_sets.size() != 1 || !snapshot().ready) return;
  note("the service does not find the scale set for a while");
  for (std::string const route : {"get_message", "create_session"}) {
    simulator::Fault fault;
    fault.route = route;
    fault.status = 404;
    fault.body = R"({"typeName":"GitHub.Actions.Runtime.WebApi.RunnerScaleSetNotFoundException, )"
                 R"(GitHub.Actions.Runtime.WebApi","message":"No scale set was found."})";
    front().trouble.faults.add(std::move(fault));
  }
  pass(minutes(1));
  front().trouble.faults.clear();
  polls_ = 0;
  pass(minutes(3));
  if (polls_ == 0)
    violated("no poll within 3 min after the scale set was found again: " + report());
}

/// Only messages tell of jobs that are offered, and all of them have lower numbers now.
void World::number_messages_anew() {
  auto& live = front().live;
  auto const& sets = tenant().scale_sets;
  if (sets.size() != 1 || !snapshot().ready) return;
  note("the service numbers its messages anew");
  static_cast<void>(live.model.restart_sequence(live.now(), "my-org", sets.begin()->first));
  static_cast<void>(live.commit_changes());
  queue_jobs(1);
  pass(minutes(20));
  if (!tenant().jobs.empty())
    violated("a job is not done 20 min after the service has numbered its messages anew: " +
             report());
}

/// It is ours, and so the next start switches them off again.
void World::let_runners_update() {
  auto const& sets = tenant().scale_sets;
  if (sets.size() != 1 || !host_.mortality().ours) return;
  note("somebody lets the runners update themselves");
  auto& live = front().live;
  simulator::ScaleSetDraft draft;
  draft.disable_update = false;
  auto const updated =
      live.model.update_scale_set(live.now(), "my-org", sets.begin()->first, std::move(draft));
  static_cast<void>(live.commit_changes());
  if (!updated) return violated("the scale set could not be changed");
  restart(host_);
  start_daemon();
  host_.mortality().dies_at_commit = 0;
  pass(minutes(5));
  if (!tenant().scale_sets.begin()->second.disable_update)
    violated("a start left it to the runners to update themselves");
}

/// After a drain there is nothing that the next start would have to know.
void World::check_journal() {
  auto journal = store::Journal::open(host_.journal());
  if (!journal) return violated("the journal cannot be opened: " + journal.error().message);
  auto const sets = journal->scale_sets();
  if (!sets) return violated("the journal cannot be read: " + sets.error().message);
  for (auto const key : *sets) {
    auto const rows = journal->runners(key);
    if (!rows || !rows->empty()) violated("rows of runners are left in the journal after a drain");
    auto const session = journal->recorded_session(key);
    if (!session || session->has_value())
      violated("the journal has a session although it was closed");
  }
  for (auto const& [id, set] : tenant().scale_sets) {
    if (set.session) violated("a session is open after a drain");
  }
}

}  // namespace scaleset::simulation
