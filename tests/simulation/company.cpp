#include "company.hpp"

#include <algorithm>

#include "common_rules.hpp"
#include "config/load.hpp"
#include "daemon/file_config.hpp"

namespace scaleset::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kJobsAnHour = 20;  // of each scale set

}  // namespace

CompanyPlan company_plan_of(std::uint64_t seed, int hours) {
  SeededRandom random(seed * 104729);
  CompanyPlan plan;
  plan.seed = seed;
  plan.hours = hours;
  plan.profile = random.happens(0.5) ? simulator::Profile::acquire : simulator::Profile::broker;
  plan.service_faults = random.happens(0.5);
  plan.backend_faults = random.happens(0.5);
  plan.runner_troubles = random.happens(0.5);
  plan.crashes = random.happens(0.5);
  plan.reloads = random.happens(0.8);
  plan.commands = random.happens(0.6);
  plan.revocations = random.happens(0.4);
  return plan;
}

std::string describe(CompanyPlan const& plan) {
  std::string text = "seed " + std::to_string(plan.seed) + ": company, " +
                     (plan.profile == simulator::Profile::broker ? "broker" : "acquire") + ", " +
                     std::to_string(plan.sets) + " scale sets";
  if (plan.service_faults) text += ", service faults";
  if (plan.backend_faults) text += ", backend faults";
  if (plan.runner_troubles) text += ", runner troubles";
  if (plan.crashes) text += ", crashes";
  if (plan.reloads) text += ", reloads";
  if (plan.commands) text += ", commands";
  if (plan.revocations) text += ", revocations";
  return text;
}

Company::Company(CompanyPlan plan, std::shared_ptr<WorldLog> log)
    : Stage(plan.seed, plan.profile, log), plan_(plan) {
  if (log) log->follow(around_.time.clock());
  on_step = [this] { check_now(); };
  program().on_death = [this](std::string const& job) { doomed_jobs_.insert(job); };
  host_.on_request = [this](HttpRequest const& request) { check_request(request); };
  machine().on_start = [this](auto const& instance) { check_start(instance); };
  machine().on_vanish = [this](auto const& instance) {
    for (auto const* tenant : tenants())
      for (auto const& [request, job] : tenant->jobs)
        if (job.runner_name == instance.name()) doomed_jobs_.insert(job.facts.job_id);
  };
  machine().on_stop = [this](auto const& instance) {
    if (instance.activity() == backends::Activity::busy)
      violated("a busy runner was stopped: " + instance.name());
  };
}

Company::~Company() { finish(); }

std::vector<std::string> Company::run() {
  wish(some_wishes(around_.random, plan_.sets));
  start_daemon();
  trouble();
  settle();
  if (violations_.empty()) wait_for_rest();
  if (violations_.empty() && around_.random.happens(0.3)) suspend_one();
  if (violations_.empty() && around_.random.happens(0.3)) revoke_an_organization();
  if (violations_.empty() && around_.random.happens(0.3)) add_again();
  if (violations_.empty()) remove_a_set();
  if (violations_.empty()) drain_and_check();
  return violations_;
}

void Company::trouble() {
  auto const end = now() + hours(plan_.hours);
  double const pace = 3600.0 / (kJobsAnHour * plan_.sets);  // seconds between two jobs, on average
  while (now() < end && violations_.empty()) {
    queue_some_jobs();
    if (around_.random.happens(0.2)) one_misfortune();
    if (plan_.commands && around_.random.happens(0.1)) one_command();
    if (plan_.revocations && around_.random.happens(0.03)) change_a_credential();
    pass(std::chrono::duration_cast<milliseconds>(
        std::chrono::duration<double>(4 * pace * around_.random.uniform())));
    if (!is_dead()) continue;
    end_daemon(true);
    pass(around_.random.between(seconds(1), minutes(2)));
    start_daemon();
  }
}

/// Two on average; now and then more than all budgets allow.
void Company::queue_some_jobs() {
  if (wishes_.sets.empty()) return;
  auto const which = around_.random.number(0, static_cast<std::int64_t>(wishes_.sets.size()) - 1);
  int const number = wishes_.sets[static_cast<std::size_t>(which)].number;
  std::int64_t const count = around_.random.happens(0.1) ? around_.random.number(3, 15) : 1;
  queue_jobs_of(number, count);
}

void Company::one_misfortune() {
  double const which = around_.random.uniform();
  if (which < 0.5 && plan_.reloads) {
    wish(around_.random.happens(0.1) ? renamed(wishes_, around_.random, plan_.sets)
                                     : changed(wishes_, around_.random, plan_.sets));
    return reload(around_.random.happens(0.7) ? daemon::Missing::drain : daemon::Missing::stay);
  }
  if (which < 0.75) return change_weather();
  if (which < 0.85) {
    note("everything goes well");
    front().trouble.faults.clear();
    machine().faults = {};
    program().troubles = {};
    return;
  }
  if (!plan_.crashes || is_dead()) return;
  end_daemon(around_.random.happens(0.5));
  pass(around_.random.between(seconds(1), minutes(2)));
  start_daemon();
}

void Company::change_weather() {
  if (plan_.service_faults) {
    auto fault = some_fault(around_.random);
    note("fault " + std::string(fault.kind->name));
    front().trouble.faults.add(std::move(fault));
  }
  using Fault = backends::PretendFault;
  if (plan_.backend_faults)
    machine().faults = {{Fault::slow_start, 0.1},
                        {Fault::failing_start, 0.04},
                        {Fault::lost_answer, 0.04},
                        {Fault::failing_list, 0.1},
                        {Fault::vanishing, 0.05}};
  if (plan_.runner_troubles) {
    program().troubles = {0.04, 0.04, 0.03, 0.05};
    machine().faults[Fault::never_registering] = 0.03;
    machine().faults[Fault::lingering] = 0.05;
  }
}

/// What the file says from now on. reload() or a start puts it into force.
void Company::wish(Wishes wishes) {
  wishes_ = std::move(wishes);
  auto const text = text_of(wishes_, urls());
  auto const loaded = config::read_config(text, "/");
  if (!loaded) {
    for (auto const& problem : loaded.error())
      violated("a good configuration is refused: " + to_string(problem, "file") + "\n" + text);
    return;
  }
  daemon::Surroundings around;
  around.environment = [](char const*) -> char const* { return nullptr; };
  around.state_dir = "/";
  file_ = daemon::house_config_of(loaded->config, around);
}

void Company::reload(daemon::Missing missing) {
  if (!violations_.empty() || is_dead() || has_ended()) return;
  note(missing == daemon::Missing::drain ? "the configuration is read again"
                                         : "the file has changed");
  host_.budget(file_.budgets);
  host_.serve(file_.sets, missing);
  auto config = file_;
  if (missing == daemon::Missing::stay) {
    for (auto const& before : history_.back().config.sets) {
      if (std::ranges::find(file_.sets, before.name, &daemon::SetSettings::name) ==
          file_.sets.end())
        config.sets.push_back(before);
    }
  }
  history_.push_back({now(), std::move(config)});
}

void Company::start_daemon() {
  if (!violations_.empty()) return;
  // It reads the file when it starts: what was in force for the one before is over.
  history_.push_back({now(), file_});
  auto const started = host_.start(file_.sets, file_.budgets);
  if (!started) return violated("the daemon cannot start: " + started.error().message);
  if (plan_.crashes && !calm_since_ && around_.random.happens(0.3))
    mortality().dies_at_commit = around_.random.number(1, 200);
  note("the daemon starts");
}

void Company::end_daemon(bool killed) {
  note(killed ? "the daemon is killed" : "the daemon is stopped by SIGTERM");
  unanswered_.clear();
  if (killed) mortality().dead = true;
  if (!detach()) violated("the daemon does not end");
}

/// Nothing goes wrong any more, no job is added, and all scale sets are served.
void Company::settle() {
  front().trouble.faults.clear();
  machine().faults = {};
  program().troubles = {};
  calm_since_ = front().live.now();
  if (is_dead()) {
    end_daemon(true);
    start_daemon();
  }
  mortality().dies_at_commit = 0;
  wish(calm(wishes_, around_.random, plan_.sets));
  reload(daemon::Missing::drain);
  mend_credentials();
  resume_all();
  if (violations_.empty()) pass(hours(2));
}

void Company::wait_for_rest() {
  std::vector<std::string> last;
  int const backlog = 10 * static_cast<int>(all_jobs_left());
  for (int minute = 0; minute < 60 + backlog && violations_.empty(); ++minute) {
    last = unrest();
    if (last.empty()) return;
    pass(minutes(1));
  }
  for (auto& each : last) violated(std::move(each));
}

/// The others do not notice.
void Company::remove_a_set() {
  if (wishes_.sets.size() < 2) return;
  auto const sessions = [this] {
    std::map<std::string, std::string> found;
    for (auto const* tenant : tenants())
      for (auto const& [id, set] : tenant->scale_sets)
        if (set.session) found[set.name] = set.session->id;
    return found;
  };
  auto before = sessions();
  auto fewer = wishes_;
  std::string const gone = name_of_set(fewer.sets.back().number);
  fewer.sets.pop_back();
  wish(fewer);
  reload(daemon::Missing::stay);
  pass(minutes(5));
  if (sessions() != before) violated("a change of the file ended or renewed a session");
  reload(daemon::Missing::drain);
  pass(minutes(20));
  before.erase(gone);
  if (sessions() != before)
    violated("after " + gone + " was removed there are not just the sessions of the others");
  for (auto const& state : host_.snapshots())
    if (state.owner.name == gone) violated(gone + " is still served 20 min after its removal");
  for (auto const* instance : machine().instances())
    if (instance->owner().name == gone) violated(gone + " still has an instance");
}

void Company::drain_and_check() {
  note("the daemon drains");
  drain();
  pass(minutes(30));
  if (!has_ended()) return violated("a drain does not end: " + report());
  if (instances() > 0) violated("instances are left after a drain: " + report());
  for (auto const* tenant : tenants())
    for (auto const& [id, set] : tenant->scale_sets)
      if (set.session) violated("a session is open after a drain");
  static_cast<void>(detach());
}

}  // namespace scaleset::simulation
