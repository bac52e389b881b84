#include "world.hpp"

#include <algorithm>
#include <utility>

#include "common_rules.hpp"

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
  plan.wrong_clocks = random.happens(0.4);
  plan.rivals = random.happens(0.3);
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
  if (plan.wrong_clocks) text += ", wrong clocks";
  if (plan.rivals) text += ", rivals";
  return text;
}

World::World(Plan plan, std::shared_ptr<WorldLog> log)
    : Stage(plan.seed, plan.profile, log), plan_(plan) {
  if (log) log->follow(around_.time.clock());
  on_step = [this] { check_now(); };
  program().on_death = [this](std::string const& job) { doomed_jobs_.insert(job); };
  program().on_registration = [this](std::string const& name) {
    registered_at_[name] = around_.time.clock()->now().steady;
  };
  watch_host(host_);
  watch_host(other_host_);
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
  auto const end = around_.time.clock()->now().steady + hours(plan_.hours);
  double const pace = 3600.0 / kJobsAnHour;  // seconds between two jobs, on average
  while (around_.time.clock()->now().steady < end && violations_.empty()) {
    std::int64_t const burst = around_.random.happens(0.1) ? around_.random.number(2, 15) : 1;
    queue_jobs(burst);
    if (around_.random.happens(0.3)) one_misfortune();
    auto const pause = std::chrono::duration<double>(2 * pace * static_cast<double>(burst) *
                                                     around_.random.uniform());
    pass(std::chrono::duration_cast<milliseconds>(pause));
    for (Host* const host : {&host_, &other_host_}) {
      if (!host->has_daemon() || !host->is_dead()) continue;
      bury(*host);
      pass(around_.random.between(seconds(1), minutes(2)));
      start_daemon(*host);
    }
  }
}

void World::one_misfortune() {
  double const which = around_.random.uniform();
  if (which < 0.4) return change_weather();
  if (which < 0.5) return clear_weather();
  if (which < 0.6 && plan_.runner_troubles) return remove_a_runner();
  if (which < 0.62 && plan_.lost_scale_sets) return lose_the_scale_set();
  if (which < 0.7 && plan_.disk_faults) {
    host_.mortality().disk_full = !host_.mortality().disk_full;
    return note(host_.mortality().disk_full ? "the disk is full" : "the disk has room again");
  }
  if (which < 0.75 && plan_.wrong_clocks) return disturb_a_clock();
  if (which < 0.8 && plan_.rivals) return change_rival();
  if (which > 0.9 && plan_.crashes && !host_.is_dead()) {
    around_.random.happens(0.5) ? crash(host_) : restart(host_);
    pass(around_.random.between(seconds(1), minutes(2)));
    start_daemon();
  }
}

void World::change_weather() {
  auto& trouble = front().trouble;
  if (plan_.service_faults) {
    for (std::int64_t i = around_.random.number(1, 3); i > 0; --i) {
      auto fault = some_fault(around_.random);
      note("fault " + std::string(fault.kind->name) + " with probability " +
           std::to_string(fault.probability));
      trouble.faults.add(std::move(fault));
    }
    if (around_.random.happens(0.3)) {
      simulator::Fault drop;
      drop.route = "*";
      drop.drop = around_.random.happens(0.5) ? simulator::Fault::Drop::after
                                              : simulator::Fault::Drop::before;
      drop.probability = 0.3 * around_.random.uniform();
      note("connections break");
      trouble.faults.add(std::move(drop));
    }
  }
  using Fault = backends::PretendFault;
  if (plan_.backend_faults)
    host_.machine().faults = {
        {Fault::slow_prepare, 0.1}, {Fault::slow_start, 0.1},   {Fault::failing_start, 0.04},
        {Fault::lost_answer, 0.04}, {Fault::failing_list, 0.1}, {Fault::vanishing, 0.05},
        {Fault::deaf, 0.1}};
  if (plan_.runner_troubles) {
    program().troubles = {0.04, 0.04, 0.03, 0.05};
    host_.machine().faults[Fault::never_registering] = 0.03;
    host_.machine().faults[Fault::lingering] = 0.05;
  }
  if (plan_.refused_versions && around_.random.happens(0.3))
    host_.machine().faults[Fault::version_refused] = 1;
}

void World::clear_weather() {
  note("everything goes well");
  front().trouble.faults.clear();
  host_.machine().faults = {};
  program().troubles = {};
}

/// One that does not listen, if there is any, since nothing tells it.
void World::remove_a_runner() {
  auto& live = front().live;
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
  auto& live = front().live;
  if (tenant().scale_sets.empty()) return;
  auto const id = tenant().scale_sets.begin()->first;
  auto const deleted = live.model.delete_scale_set(live.now(), "my-org", id);
  static_cast<void>(live.commit_changes());
  if (!deleted) return;
  note("the service loses the scale set");
}

void World::disturb_a_clock() {
  if (around_.random.happens(0.3)) {
    auto const time = around_.random.between(minutes(1), hours(3));
    note("the hosts sleep for " + std::to_string(time.count() / 1000) + " s");
    // The service gives up jobs whose runners are silent for so long.
    for (auto const& [id, job] : tenant().jobs) doomed_jobs_.insert(job.facts.job_id);
    return sleep(time);
  }
  // Most are minutes, some are days.
  auto const most = around_.random.happens(0.5) ? seconds(minutes(10)) : seconds(hours(72));
  auto const by = std::chrono::duration_cast<seconds>(around_.random.between(-most, most));
  note("the system clock jumps by " + std::to_string(by.count()) + " s");
  host_.clock().jump(by);
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
  calm_since_ = front().live.now();
  host_.mortality().disk_full = false;
  host_.mortality().dies_at_commit = 0;
  if (host_.is_dead()) {
    bury(host_);
    start_daemon();
    host_.mortality().dies_at_commit = 0;
  }
  end_rival();
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
