#include "world.hpp"

#include <algorithm>
#include <utility>

#include "simulator/front/effects/fault_kinds.hpp"

namespace scaleset::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kJobsAnHour = 20;

}  // namespace

Plan plan_of(std::uint64_t seed, int hours) {
  SeededRandom random(seed * 7919);
  Plan plan;
  plan.seed = seed;
  plan.hours = hours;
  plan.profile = random.happens(0.5) ? simulator::Profile::acquire : simulator::Profile::broker;
  plan.min_idle = static_cast<int>(random.number(0, 3));
  plan.max_runners = plan.min_idle + static_cast<int>(random.number(2, 12));
  // Some worlds have one kind of trouble only, so that what it does is seen.
  plan.service_faults = random.happens(0.7);
  plan.backend_faults = random.happens(0.7);
  plan.runner_troubles = random.happens(0.7);
  plan.crashes = random.happens(0.7);
  plan.disk_faults = random.happens(0.4);
  plan.lost_scale_sets = random.happens(0.4);
  plan.refused_versions = random.happens(0.2);
  return plan;
}

std::string describe(Plan const& plan) {
  std::string text = "seed " + std::to_string(plan.seed) + ": " +
                     (plan.profile == simulator::Profile::broker ? "broker" : "acquire") +
                     ", min_idle " + std::to_string(plan.min_idle) + ", max " +
                     std::to_string(plan.max_runners);
  if (plan.service_faults) text += ", service faults";
  if (plan.backend_faults) text += ", backend faults";
  if (plan.runner_troubles) text += ", runner troubles";
  if (plan.crashes) text += ", crashes";
  if (plan.disk_faults) text += ", disk faults";
  if (plan.lost_scale_sets) text += ", lost scale sets";
  if (plan.refused_versions) text += ", refused versions";
  return text;
}

World::World(Plan plan, std::shared_ptr<WorldLog> log)
    : Stage(plan.seed, plan.profile, log), plan_(plan) {
  if (log) log->follow(time_.clock());
  on_step = [this] { check_now(); };
  on_request = [this](HttpRequest const& request) { watch(request); };
  on_answer = [this](HttpResponse const& answer) { watch_answer(answer); };
  program_->on_death = [this](std::string const& job) { doomed_jobs_.insert(job); };
  machine_ = std::make_unique<backends::PretendWorld>(
      context_.get_executor(), std::make_shared<SeededRandom>(plan.seed + 1),
      [this](backends::PretendInstance& instance) { return program_->run(&instance); });
  machine_->on_start = [this](backends::PretendInstance const& instance) { check_start(instance); };
  machine_->on_vanish = [this](backends::PretendInstance const& instance) {
    for (auto const& [request, job] : tenant().jobs) {
      if (job.runner == instance.spec().runner) doomed_jobs_.insert(job.facts.job_id);
    }
  };
  machine_->on_stop = [this](backends::PretendInstance const& instance) { check_stop(instance); };
  program_->on_registration = [this](std::string const& name) {
    registered_at_[name] = time_.clock()->now().steady;
  };
}

std::vector<std::string> World::run() {
  start_daemon();
  trouble();
  settle();
  if (violations_.empty()) wait_for_rest();
  if (violations_.empty()) disturb();
  if (violations_.empty()) wait_for_rest();
  if (violations_.empty()) drain_and_check();
  return violations_;
}

void World::trouble() {
  auto const end = time_.clock()->now().steady + hours(plan_.hours);
  double const pace = 3600.0 / kJobsAnHour;  // seconds between two jobs, on average
  while (time_.clock()->now().steady < end && violations_.empty()) {
    std::int64_t const burst = random_.happens(0.1) ? random_.number(2, 15) : 1;
    queue_jobs(burst);
    if (random_.happens(0.3)) one_misfortune();
    auto const pause =
        std::chrono::duration<double>(2 * pace * static_cast<double>(burst) * random_.uniform());
    pass(std::chrono::duration_cast<milliseconds>(pause));
    if (mortality_->dead) {
      bury();
      pass(random_.between(seconds(1), minutes(2)));
      start_daemon();
    }
  }
}

void World::one_misfortune() {
  double const which = random_.uniform();
  if (which < 0.4) return change_weather();
  if (which < 0.5) return clear_weather();
  if (which < 0.6 && plan_.runner_troubles) return remove_a_runner();
  if (which < 0.62 && plan_.lost_scale_sets) return lose_the_scale_set();
  if (which < 0.7 && plan_.disk_faults) {
    mortality_->disk_full = !mortality_->disk_full;
    return note(mortality_->disk_full ? "the disk is full" : "the disk has room again");
  }
  if (which > 0.9 && plan_.crashes && !mortality_->dead) {
    random_.happens(0.5) ? crash() : restart();
    pass(random_.between(seconds(1), minutes(2)));
    start_daemon();
  }
}

void World::change_weather() {
  auto& trouble = service_->front().trouble;
  if (plan_.service_faults) {
    auto const kinds = simulator::fault_kinds();
    for (std::int64_t i = random_.number(1, 3); i > 0; --i) {
      simulator::Fault fault;
      fault.kind = &kinds[static_cast<std::size_t>(
          random_.number(0, static_cast<std::int64_t>(kinds.size()) - 1))];
      fault.route = "*";
      fault.argument = fault.kind->parameter.usual;
      fault.probability = random_.uniform() * random_.uniform();
      note("fault " + std::string(fault.kind->name) + " with probability " +
           std::to_string(fault.probability));
      trouble.faults.add(std::move(fault));
    }
    if (random_.happens(0.3)) {
      simulator::Fault drop;
      drop.route = "*";
      drop.drop =
          random_.happens(0.5) ? simulator::Fault::Drop::after : simulator::Fault::Drop::before;
      drop.probability = 0.3 * random_.uniform();
      note("connections break");
      trouble.faults.add(std::move(drop));
    }
  }
  using Fault = backends::PretendFault;
  if (plan_.backend_faults)
    machine_->faults = {
        {Fault::slow_prepare, 0.1}, {Fault::slow_start, 0.1},   {Fault::failing_start, 0.04},
        {Fault::lost_answer, 0.04}, {Fault::failing_list, 0.1}, {Fault::vanishing, 0.05},
        {Fault::deaf, 0.1}};
  if (plan_.runner_troubles) {
    program_->troubles = {0.04, 0.04, 0.03, 0.05};
    machine_->faults[Fault::never_registering] = 0.03;
    machine_->faults[Fault::lingering] = 0.05;
  }
  if (plan_.refused_versions && random_.happens(0.3)) machine_->faults[Fault::version_refused] = 1;
}

void World::clear_weather() {
  note("everything goes well");
  service_->front().trouble.faults.clear();
  machine_->faults = {};
  program_->troubles = {};
}

/// One that does not listen, if there is any, since nothing tells it.
void World::remove_a_runner() {
  auto& live = service_->front().live;
  std::optional<RunnerId> chosen;
  for (auto const& [id, runner] : tenant().runners) {
    if (runner.job || runner.offer) continue;
    if (!chosen || !runner.online) chosen = id;
  }
  if (!chosen) return;
  note("somebody removes the runner " + tenant().runners.at(*chosen).name);
  static_cast<void>(live.model.remove_runner(live.now(), "my-org", *chosen));
  static_cast<void>(live.commit_changes());
}

void World::lose_the_scale_set() {
  auto& live = service_->front().live;
  if (tenant().scale_sets.empty()) return;
  auto const id = tenant().scale_sets.begin()->first;
  auto const deleted = live.model.delete_scale_set(live.now(), "my-org", id);
  static_cast<void>(live.commit_changes());
  if (!deleted) return;
  note("the service loses the scale set");
}

/// A warm runner is replaced now and then, so rest need not be there at once.
void World::wait_for_rest() {
  std::vector<std::string> last;
  int const backlog = 10 * static_cast<int>(tenant().jobs.size());
  for (int minute = 0; minute < 60 + backlog; ++minute) {
    last = unrest();
    if (last.empty()) return;
    pass(minutes(1));
  }
  for (auto& each : last) violated(std::move(each));
}

/// Nothing goes wrong any more, and no job is added.
void World::settle() {
  clear_weather();
  if (plan_.runner_troubles) remove_a_runner();
  calm_since_ = service_->front().live.now();
  mortality_->disk_full = false;
  mortality_->dies_at_commit = 0;
  if (mortality_->dead) {
    bury();
    start_daemon();
    mortality_->dies_at_commit = 0;
  }
  pass(hours(3));
}

/// What must be over soon if nothing else goes wrong.
void World::disturb() {
  if (plan_.service_faults) lose_sight_of_the_scale_set();
  if (violations_.empty()) number_messages_anew();
  if (violations_.empty()) let_runners_update();
}

std::size_t World::jobs_done() const { return tenant().finished.size(); }

}  // namespace scaleset::simulation
