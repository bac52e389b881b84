#include <algorithm>

#include "common_rules.hpp"
#include "company.hpp"

/// What must be true of several scale sets together, whatever happens.
namespace scaleset::simulation {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kBetweenLooks{30};
/// How long a runner may be under way, from a change of the configuration on, as it was before.
constexpr seconds kNewsTakes{5};

daemon::SetSettings const* set_of(daemon::HouseConfig const& config, base::OwnerKey const& owner) {
  auto const found = std::ranges::find(config.sets, owner.name, &daemon::SetSettings::name);
  return found == config.sets.end() ? nullptr : &*found;
}

double slots(fleet::Resources const& resources) {
  auto const found = resources.find("slots");
  return found == resources.end() ? 0 : found->second;
}

/// Whether it may have been thought to have done its job when a decision was made: if the service
/// names the wrong runner, one that was finishing is busy again.
bool may_be_back(fleet::Runner const& runner, std::chrono::steady_clock::time_point decision) {
  return runner.state == fleet::RunnerState::busy && runner.since >= decision;
}

/// What the useful runners of a scale set take of the budget; those that were planned later than
/// `limit` are left out, and, if the service lies, those that may be back.
double taken(daemon::SetSnapshot const& state, daemon::HouseConfig const& config,
             std::string const& budget, std::chrono::steady_clock::time_point limit,
             bool lies = false) {
  auto const* const set = set_of(config, state.owner);
  if (set == nullptr || set->budget.name != budget) return 0;
  auto const counts = [&](auto const& entry) {
    bool const is_back = lies && may_be_back(entry.second, limit);
    return is_useful(entry.second) && entry.second.planned_at <= limit && !is_back;
  };
  return slots(set->budget.cost) *
         static_cast<double>(std::ranges::count_if(state.runners, counts));
}

}  // namespace

void Company::violated(std::string what) {
  note("VIOLATION: " + what);
  if (violations_.size() < 20) violations_.push_back(std::move(what));
}

void Company::note(std::string const& what) const {
  if (!around_.log) return;
  around_.log->write(LogRecord{LogLevel::info, "company", what, {}});
}

void Company::check_now() {
  if (host_.has_ended_by_itself()) violated("the daemon ended by itself");
  std::set<std::string> names;
  for (auto const* tenant : tenants())
    for (auto const& [id, set] : tenant->scale_sets)
      if (!names.insert(set.name).second) violated("a second scale set was created: " + set.name);
  if (mortality().noted_foreign) violated("a scale set of ours became somebody else's");
  if (now() < next_look_) return;
  check_offers();
  check_commands();
}

void Company::check_request(HttpRequest const& request) {
  if (deletes_a_scale_set(request)) violated("a scale set was deleted: " + request.url);
}

void Company::check_start(backends::PretendInstance const& instance) {
  if (!jit_configs_.insert(instance.spec().jit_config.reveal()).second)
    violated("one JIT configuration started two instances");
  for (auto const& state : host_.snapshots()) {
    auto const own = state.runners.find(instance.name());
    if (own == state.runners.end()) continue;
    if (state.owner != instance.owner())
      violated(instance.name() + " runs for another scale set than it was started for");
    auto const stopped = stopped_.find(state.owner.name);
    if (stopped != stopped_.end() && own->second.planned_at > stopped->second)
      violated("a runner of " + state.owner.name + " was started, which an operator has stopped");
    check_limit(state, own->second);
    check_budget(state, own->second);
  }
}

/// What was in force when it was decided, and just before, since news takes time.
std::vector<Company::InForce const*> Company::in_force_around(Moment when) const {
  std::vector<InForce const*> found;
  for (auto const& each : history_) {
    if (each.since <= when - kNewsTakes) found.clear();
    if (each.since <= when) found.push_back(&each);
  }
  return found;
}

void Company::check_limit(daemon::SetSnapshot const& state, fleet::Runner const& started) {
  auto const age = now() - started.planned_at;
  int most = 0;
  for (auto const* const each : in_force_around(started.planned_at)) {
    auto const* const set = set_of(each->config, state.owner);
    if (set == nullptr) continue;
    for (auto const back : {seconds(0), kNewsTakes}) {
      auto const wall = around_.time.clock()->now().wall - age - back;
      auto const limits = set->schedule.at(std::chrono::floor<std::chrono::seconds>(wall)).limits;
      most = std::max(most, fleet::with_limits(set->fleet, limits).max_runners);
    }
  }
  auto const is_earlier = [&](auto const& entry) {
    return is_useful(entry.second) && entry.second.planned_at <= started.planned_at;
  };
  if (std::ranges::count_if(state.runners, is_earlier) > most)
    violated("a runner of " + state.owner.name + " was started beyond the maximum of " +
             std::to_string(most) + ": " + report());
}

void Company::check_budget(daemon::SetSnapshot const& state, fleet::Runner const& started) {
  std::string excess;
  for (auto const* const each : in_force_around(started.planned_at)) {
    auto const* const set = set_of(each->config, state.owner);
    auto const budget =
        set == nullptr ? each->config.budgets.end() : each->config.budgets.find(set->budget.name);
    if (budget == each->config.budgets.end()) return;
    double sum = 0;
    for (auto const& other : host_.snapshots())
      sum += taken(other, each->config, budget->first, started.planned_at, plan_.service_faults);
    if (sum <= slots(budget->second.total)) return;
    excess = budget->first + " has " + std::to_string(slots(budget->second.total)) +
             " slots, and " + std::to_string(sum) + " are used";
  }
  if (!excess.empty())
    violated("a runner was started beyond a budget: " + excess + ": " + report());
}

/// The sum of what is offered may be too much for a moment, since polls are cut one by one.
void Company::check_offers() {
  next_look_ = now() + kBetweenLooks;
  bool const settled = !history_.empty() && now() > history_.back().since + minutes(3);
  if (!settled || !host_.has_daemon() || is_dead()) return too_much_since_.clear();
  auto const& config = history_.back().config;
  for (auto const& [name, budget] : config.budgets) {
    double used = 0;
    double offered = 0;
    double held = 0;
    double dearest = 0;
    for (auto const& state : host_.snapshots()) {
      auto const* const set = set_of(config, state.owner);
      if (set == nullptr || set->budget.name != name) continue;
      double const cost = slots(set->budget.cost);
      used += taken(state, config, name, now());
      offered += cost * state.capacity;
      held += cost * state.held;
      dearest = std::max(dearest, cost);
    }
    double const total = slots(budget.total);
    double const spare = (dearest + std::max(0.0, total - used)) * budget.overcommit;
    if (offered <= std::max(total, used) + held + spare) {
      too_much_since_.erase(name);
      continue;
    }
    auto const since = too_much_since_.emplace(name, now()).first->second;
    if (now() - since > minutes(3))
      violated(name + " has " + std::to_string(total) + " slots, and " + std::to_string(offered) +
               " are offered for 3 min: " + report() + "\n" + text_of(wishes_, urls()));
  }
}

std::vector<std::string> Company::unrest() const {
  std::vector<std::string> found;
  auto const states = host_.snapshots();
  for (auto const& state : states)
    if (!state.ready) found.push_back(state.owner.name + " is not ready at rest: " + state.reason);
  if (states.size() != wishes_.sets.size())
    found.push_back(std::to_string(states.size()) + " scale sets are served instead of " +
                    std::to_string(wishes_.sets.size()));
  std::size_t sessions = 0;
  for (auto const* tenant : tenants())
    for (auto const& [id, set] : tenant->scale_sets) sessions += set.session ? 1 : 0;
  if (sessions != wishes_.sets.size())
    found.push_back(std::to_string(sessions) + " sessions at rest instead of " +
                    std::to_string(wishes_.sets.size()));
  if (auto const left = all_jobs_left(); left > 0)
    found.push_back(std::to_string(left) + " jobs never ended: " + report() + "\n" +
                    text_of(wishes_, urls()));
  check_failed_jobs(found);
  check_runners_at_rest(found);
  return found;
}

/// The service fails a job that it has assigned three times and that got no runner.
void Company::check_failed_jobs(std::vector<std::string>& found) const {
  std::size_t in_trouble = 0;
  std::size_t later = 0;
  for (auto const* tenant : tenants()) {
    for (auto const& job : tenant->finished) {
      if (job.result != "failed" || doomed_jobs_.contains(job.facts.job_id)) continue;
      bool const was_trouble =
          calm_since_ && job.facts.finish_time.value_or(Timestamp()) < *calm_since_ + minutes(20);
      ++(was_trouble ? in_trouble : later);
    }
  }
  // An assignment is lost by a bad runner, a stop, a pause, or because the budget offers more than
  // it has (`overcommit`). Three in a row are bad luck, once in a while.
  bool const excused = plan_.service_faults || plan_.commands || plan_.revocations;
  if (!excused && in_trouble > 2)
    found.push_back(std::to_string(in_trouble) + " jobs failed without a cause");
  if (later > (plan_.runner_troubles ? 2U : 0U))
    found.push_back(std::to_string(later) + " jobs failed although all was calm");
}

/// Each has as many idle runners as it wants, or there is no room for one more in its budget.
void Company::check_runners_at_rest(std::vector<std::string>& found) const {
  auto const states = host_.snapshots();
  auto const runners_of = [&](SetWish const& wish) {
    auto const state = std::ranges::find(states, name_of_set(wish.number),
                                         [](auto const& each) { return each.owner.name; });
    return state == states.end() ? 0 : static_cast<int>(state->runners.size());
  };
  std::size_t all = 0;
  for (SetWish const& wish : wishes_.sets) {
    int const has = runners_of(wish);
    int const wants = std::clamp(wish.min_idle, wish.min_total, wish.max_runners);
    all += static_cast<std::size_t>(has);
    int free = wish.budget < 0 ? 0 : wishes_.slots[static_cast<std::size_t>(wish.budget)];
    for (SetWish const& other : wishes_.sets) {
      if (wish.budget < 0 || other.budget != wish.budget) continue;
      int const runners = runners_of(other);
      free -=
          other.cost * (other.number == wish.number ? runners : std::max(runners, other.reserve));
    }
    bool const may_have_fewer = wish.budget >= 0 && free < wish.cost;
    if (has > wants || (has < wants && !may_have_fewer))
      found.push_back(name_of_set(wish.number) + " has " + std::to_string(has) +
                      " runners at rest and wants " + std::to_string(wants) + ": " + report());
    if (wish.budget >= 0 && free < 0 && has > wish.reserve)
      found.push_back(name_of_budget(wish.budget) + " is exceeded at rest: " + report());
  }
  std::size_t registrations = 0;
  for (auto const* tenant : tenants()) registrations += tenant->runners.size();
  if (instances() != all || registrations != all)
    found.push_back(std::to_string(instances()) + " instances and " +
                    std::to_string(registrations) + " registrations at rest instead of " +
                    std::to_string(all) + ": " + report());
}

std::string Company::report() const {
  std::string text;
  for (auto const& state : host_.snapshots()) {
    text += state.owner.name + " (" + std::to_string(state.capacity) + " offered, " +
            std::to_string(state.target.value_or(-1)) + " wanted):";
    for (auto const& [name, runner] : state.runners)
      text += " " + name + " " + std::string(fleet::to_string(runner.state));
    text += "; ";
  }
  text += "jobs:";
  for (auto const* tenant : tenants())
    for (auto const& [id, job] : tenant->jobs)
      text += " " + std::string(simulator::to_string(job.state)) + "@" + job.runner_name;
  return text;
}

}  // namespace scaleset::simulation
