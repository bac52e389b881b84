#include <algorithm>

#include "base/whole_number.hpp"
#include "common_rules.hpp"
#include "world.hpp"

/// What must be true in a world, whatever happens.
namespace scaleset::simulation {
namespace {

std::string header(HttpRequest const& request, std::string_view name) {
  for (auto const& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

void World::violated(std::string what) {
  note("VIOLATION: " + what);
  if (violations_.size() < 20) violations_.push_back(std::move(what));
}

void World::note(std::string const& what) const {
  if (!around_.log) return;
  around_.log->write(LogRecord{LogLevel::info, "world", what, {}});
}

void World::watch_host(Host& host) {
  host.on_request = [this, &host](HttpRequest const& request) { watch(host, request); };
  host.on_answer = [this, &host](HttpResponse const& answer) { watch_answer(host, answer); };
  auto& machine = host.machine();
  machine.on_start = [this, &host](backends::PretendInstance const& instance) {
    check_start(host, instance);
  };
  machine.on_vanish = [this](backends::PretendInstance const& instance) {
    for (auto const& [request, job] : tenant().jobs) {
      if (job.runner == instance.spec().runner) doomed_jobs_.insert(job.facts.job_id);
    }
  };
  machine.on_stop = [this, &host](backends::PretendInstance const& instance) {
    check_stop(host, instance);
  };
}

void World::check_now() {
  check_host(host_);
  if (plan_.rivals) check_host(other_host_);
  if (tenant().scale_sets.size() > 1) violated("a second scale set was created");
  check_over_time();
}

void World::check_host(Host const& host) {
  auto const most = 2 * static_cast<std::size_t>(plan_.max_runners);
  auto const count = host.instances();
  if (count > most)
    violated("there are " + std::to_string(count) + " instances, more than " +
             std::to_string(most));
  if (host.has_ended_by_itself()) violated(name_of(host) + " ended by itself");
}

void World::watch(Host& host, HttpRequest const& request) {
  bool const queue =
      request.url.contains("/scalesets/message") || request.url.contains("/messagequeue");
  if (queue && request.method == HttpMethod::get) check_poll(host, request);
  if (queue && request.method == HttpMethod::del) check_acknowledgement(host, request);
  if (request.url.contains("/generatejitconfig")) check_jit_request(host, request);
  if (deletes_a_scale_set(request)) violated("a scale set was deleted: " + request.url);
}

void World::watch_answer(Host& host, HttpResponse const& answer) {
  constexpr std::string_view kId = "\"messageId\":";
  auto const at = answer.body.find(kId);
  if (at == std::string::npos) return;
  std::string_view rest = std::string_view(answer.body).substr(at + kId.size());
  rest = rest.substr(0, rest.find_first_not_of("0123456789"));
  if (auto const id = base::whole_number<std::int64_t>(rest))
    delivered_[&host].emplace(*id, host.mortality().written);
}

/// Applying a message is made durable by a commit, which must have come after the delivery.
void World::check_acknowledgement(Host& host, HttpRequest const& request) {
  std::string_view id = std::string_view(request.url);
  id = id.substr(0, id.find('?'));
  id = id.substr(id.rfind('/') + 1);
  auto const& deliveries = delivered_[&host];
  auto const delivered = deliveries.find(base::whole_number<std::int64_t>(id).value_or(-1));
  if (delivered == deliveries.end() || delivered->second >= host.mortality().written)
    violated("message " + std::string(id) + " was acknowledged before it was durable");
}

void World::check_poll(Host const& host, HttpRequest const& request) {
  if (&host == &host_) ++polls_;
  auto const advertised =
      base::whole_number<int>(header(request, "X-ScaleSetMaxCapacity")).value_or(-1);
  auto const state = host.snapshot();
  if (advertised < 0 || advertised > plan_.max_runners + state.held)
    violated("a poll advertises " + std::to_string(advertised) + " with a maximum of " +
             std::to_string(plan_.max_runners) + " and " + std::to_string(state.held) + " held");
  check_advertised(advertised, state);
}

/// What is not as it must be at rest.
std::vector<std::string> World::unrest() const {
  std::vector<std::string> found;
  auto const violated = [&found](std::string what) { found.push_back(std::move(what)); };
  auto const idle = static_cast<std::size_t>(plan_.min_idle);
  auto const state = snapshot();
  if (!state.ready) violated("it is not ready at rest: " + state.reason);
  if (!tenant().jobs.empty())
    violated(std::to_string(tenant().jobs.size()) + " jobs never ended: " + report());
  std::vector<std::string> failed;
  for (auto const& job : tenant().finished) {
    if (job.result == "failed" && !may_fail(job)) failed.push_back(job.facts.job_id);
  }
  // Three bad runners in a row are bad luck, once in a while.
  std::size_t const bad_luck = plan_.runner_troubles ? 2 : 0;
  if (failed.size() > bad_luck)
    violated(std::to_string(failed.size()) +
             " jobs failed without a cause, the first: " + failed.front());
  if (instances() != idle)
    violated(std::to_string(instances()) + " instances at rest instead of " + std::to_string(idle) +
             ": " + report());
  if (tenant().runners.size() != idle)
    violated(std::to_string(tenant().runners.size()) + " registrations at rest instead of " +
             std::to_string(idle) + ": " + report());
  if (state.runners.size() != idle || static_cast<std::size_t>(state.counts.idle) != idle)
    violated("the fleet has not what it wants at rest: " + report());
  auto const& sets = tenant().scale_sets;
  bool const session = sets.size() == 1 && sets.begin()->second.session.has_value();
  if (!session) violated("there is not exactly one scale set with a session at rest");
  return found;
}

/// The service fails a job that it has assigned three times without a runner taking it.
bool World::may_fail(simulator::Job const& job) const {
  if (doomed_jobs_.contains(job.facts.job_id)) return true;
  bool const excused =
      plan_.service_faults || plan_.refused_versions || plan_.disk_faults || plan_.lost_scale_sets;
  auto const finished = job.facts.finish_time.value_or(Timestamp());
  return excused && calm_since_ && finished < *calm_since_ + std::chrono::minutes(20);
}

std::string World::report() const {
  std::string text = "runners:";
  for (auto const& [name, runner] : snapshot().runners)
    text += " " + name + " " + std::string(fleet::to_string(runner.state));
  text += "; instances:";
  for (auto const* instance : host_.machine().instances()) text += " " + instance->name();
  text += "; registrations:";
  for (auto const& [id, runner] : tenant().runners) text += " " + runner.name;
  text += "; jobs:";
  for (auto const& [id, job] : tenant().jobs)
    text += " " + std::string(simulator::to_string(job.state)) + "@" + job.runner_name;
  return text;
}

}  // namespace scaleset::simulation
