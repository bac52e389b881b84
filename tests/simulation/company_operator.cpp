#include <algorithm>

#include "company.hpp"
#include "daemon/control_codec.hpp"

/// What an operator does to several scale sets, and what must be true then.
namespace scaleset::simulation {
namespace {

using daemon::ControlRequest;
using daemon::ControlVerb;
using std::chrono::minutes;
using std::chrono::seconds;

/// How long a command may take: the service is waited for, which may answer slowly.
constexpr minutes kLongestAnswer{10};

bool suspends(ControlVerb verb) {
  return verb == ControlVerb::pause || verb == ControlVerb::drain || verb == ControlVerb::resume;
}

bool is_for(simulator::Job const& job, std::string const& label) {
  return std::ranges::find(job.facts.labels, label) != job.facts.labels.end();
}

}  // namespace

std::vector<simulator::Tenant const*> Company::tenants() const {
  std::vector<simulator::Tenant const*> all;
  all.reserve(kOrganizations);
  for (std::size_t i = 0; i < kOrganizations; ++i)
    all.push_back(&around_.tenant(name_of_organization(i)));
  return all;
}

std::vector<std::string> Company::urls() const {
  std::vector<std::string> all;
  all.reserve(kOrganizations);
  for (std::size_t i = 0; i < kOrganizations; ++i)
    all.push_back(around_.service->config_url(name_of_organization(i)));
  return all;
}

std::size_t Company::jobs_done() const {
  std::size_t done = 0;
  for (auto const* tenant : tenants()) done += tenant->finished.size();
  return done;
}

std::size_t Company::jobs_left(int set) const {
  auto const& jobs = around_.tenant(name_of_organization(organization_of(set))).jobs;
  return static_cast<std::size_t>(std::ranges::count_if(
      jobs, [&](auto const& entry) { return is_for(entry.second, name_of_set(set)); }));
}

std::size_t Company::all_jobs_left() const {
  std::size_t left = 0;
  for (auto const* tenant : tenants()) left += tenant->jobs.size();
  return left;
}

void Company::queue_jobs_of(int set, std::int64_t count) {
  queue_jobs(count, name_of_set(set), name_of_organization(organization_of(set)));
}

// Commands.

void Company::one_command() {
  if (!violations_.empty() || is_dead() || has_ended() || wishes_.sets.empty()) return;
  constexpr ControlVerb kVerbs[] = {ControlVerb::pause,        ControlVerb::drain,
                                    ControlVerb::resume,       ControlVerb::resume,
                                    ControlVerb::add_runner,   ControlVerb::retire_runner,
                                    ControlVerb::reset_session};
  auto const states = host_.snapshots();
  auto const verb = kVerbs[around_.random.number(0, std::ssize(kVerbs) - 1)];
  auto const& state =
      states.at(static_cast<std::size_t>(around_.random.number(0, std::ssize(states) - 1)));
  ControlRequest request(verb, state.owner.name);
  if (verb == ControlVerb::retire_runner) {
    if (state.runners.empty()) return;
    auto const which = around_.random.number(0, std::ssize(state.runners) - 1);
    request = ControlRequest(verb, {}, std::next(state.runners.begin(), which)->first);
  }
  command(std::move(request));
}

void Company::command(ControlRequest request) {
  int const number = ++commands_;
  note("command " + std::string(daemon::to_string(request.verb)) + " " + request.set +
       request.runner);
  unanswered_.emplace(number, now());
  if (suspends(request.verb)) last_suspension_[request.set] = number;
  if (request.verb == ControlVerb::resume) stopped_.erase(request.set);
  host_.command(request, [this, number, request](std::string const& answer) {
    answered(number, request, answer);
  });
}

/// Only what was answered without an error is sure to hold.
void Company::answered(int number, ControlRequest const& request, std::string const& answer) {
  unanswered_.erase(number);
  auto line = answer;
  if (!line.empty() && line.back() == '\n') line.pop_back();
  auto const result = daemon::parse_control_answer(line);
  note("answer " + line);
  if (!result && result.error().code == ErrorCode::malformed_response)
    violated("the answer to a command is none: " + line);
  bool const stops = request.verb == ControlVerb::pause || request.verb == ControlVerb::drain;
  if (result && stops && last_suspension_[request.set] == number)
    stopped_.emplace(request.set, now());
}

/// What an operator has stopped stays so, and every command is answered.
void Company::check_commands() {
  if (!host_.has_daemon() || is_dead()) return;
  for (auto const& [number, since] : unanswered_)
    if (now() > since + kLongestAnswer)
      return violated("command " + std::to_string(number) + " got no answer");
  for (auto const& state : host_.snapshots()) {
    bool const goes_on = state.suspension == fleet::Suspension::none || state.capacity > state.held;
    if (state.phase == daemon::Phase::serving && stopped_.contains(state.owner.name) && goes_on)
      violated(state.owner.name + " goes on although an operator has stopped it");
  }
}

/// Also those that were removed while they were stopped, and are served again.
void Company::resume_all() {
  for (int attempt = 0; attempt < 20 && violations_.empty(); ++attempt) {
    pass(minutes(1));
    bool all_go_on = true;
    for (auto const& state : host_.snapshots()) {
      if (state.suspension == fleet::Suspension::none) continue;
      all_go_on = false;
      command(ControlRequest(ControlVerb::resume, state.owner.name));
    }
    if (all_go_on && attempt > 3) return;
  }
  if (violations_.empty()) violated("a scale set cannot be resumed: " + report());
}

// Credentials.

void Company::change_a_credential() {
  auto const all = urls();
  auto const& url = all.at(static_cast<std::size_t>(around_.random.number(0, std::ssize(all) - 1)));
  if (host_.revoked.contains(url)) return mend_credentials();
  note("the credential of " + url + " is revoked");
  host_.revoked.insert(url);
}

void Company::mend_credentials() {
  if (host_.revoked.empty()) return;
  note("all credentials are good");
  host_.revoked.clear();
  // Now and then nobody tells the daemon.
  if (!is_dead() && !has_ended() && around_.random.happens(0.7)) host_.reload();
}

// While all is calm.

/// It takes no job and starts nothing until it is resumed.
void Company::suspend_one() {
  auto const which = around_.random.number(0, std::ssize(wishes_.sets) - 1);
  int const set = wishes_.sets[static_cast<std::size_t>(which)].number;
  bool const drains = around_.random.happens(0.5);
  std::string const name = name_of_set(set);
  command(ControlRequest(drains ? ControlVerb::drain : ControlVerb::pause, name));
  pass(seconds(10));
  if (!stopped_.contains(name)) return violated(name + " was not stopped");
  queue_jobs_of(set, 2);
  pass(minutes(20));
  if (violations_.empty() && jobs_left(set) != 2)
    violated("a job of " + name + " was done although an operator has stopped it");
  for (auto const& state : host_.snapshots())
    if (drains && state.owner.name == name && !state.runners.empty())
      violated(name + " has runners 20 min after it was drained: " + report());
  command(ControlRequest(ControlVerb::resume, name));
  wait_for_rest();
}

/// The scale sets of the others for which there is room whatever those of the organization have.
std::vector<int> Company::with_room_beside(std::size_t organization) const {
  auto const states = host_.snapshots();
  std::vector<int> found;
  for (SetWish const& wish : wishes_.sets) {
    if (organization_of(wish.number) == organization || wish.max_runners == 0) continue;
    int free = wish.budget < 0 ? wish.cost : wishes_.slots[static_cast<std::size_t>(wish.budget)];
    for (SetWish const& other : wishes_.sets) {
      if (wish.budget < 0 || other.budget != wish.budget || other.number == wish.number) continue;
      auto const state = std::ranges::find(states, name_of_set(other.number),
                                           [](auto const& each) { return each.owner.name; });
      int const has = state == states.end() ? 0 : static_cast<int>(state->runners.size());
      bool const refused = organization_of(other.number) == organization;
      // One that fails may try one more.
      free -= other.cost * (refused ? std::max(has, other.reserve) + 1 : other.reserve);
    }
    if (free >= wish.cost) found.push_back(wish.number);
  }
  return found;
}

/// The others do not notice.
void Company::revoke_an_organization() {
  auto const organization = static_cast<std::size_t>(
      around_.random.number(0, static_cast<std::int64_t>(kOrganizations) - 1));
  for (SetWish const& wish : wishes_.sets)
    if (organization_of(wish.number) == organization) queue_jobs_of(wish.number, 2);
  pass(seconds(20));
  note("the credential of " + name_of_organization(organization) + " is revoked");
  host_.revoked.insert(urls().at(organization));
  for (auto const& [id, job] : around_.tenant(name_of_organization(organization)).jobs)
    doomed_jobs_.insert(job.facts.job_id);
  pass(minutes(1));
  auto const others = with_room_beside(organization);
  for (int const set : others) queue_jobs_of(set, 1);
  auto const done = [&] {
    return std::ranges::all_of(others, [this](int set) { return jobs_left(set) == 0; });
  };
  if (!pass_until(done, minutes(45)))
    violated("jobs wait because the credential of another organization is revoked: " + report() +
             "\n" + text_of(wishes_, urls()));
  mend_credentials();
  if (violations_.empty()) wait_for_rest();
}

/// One is removed while its jobs run, or gets another name, and is there again a while later.
void Company::add_again() {
  auto const before = wishes_;
  auto const which =
      static_cast<std::size_t>(around_.random.number(0, std::ssize(wishes_.sets) - 1));
  int const set = wishes_.sets[which].number;
  queue_jobs_of(set, 3);
  pass(around_.random.between(seconds(1), minutes(4)));
  auto fewer = wishes_;
  if (around_.random.happens(0.5))
    fewer.sets[which].number = plan_.sets;
  else
    fewer.sets.erase(fewer.sets.begin() + static_cast<std::ptrdiff_t>(which));
  wish(std::move(fewer));
  reload(around_.random.happens(0.7) ? daemon::Missing::drain : daemon::Missing::stay);
  pass(around_.random.between(seconds(1), minutes(20)));
  wish(before);
  reload(daemon::Missing::drain);
  pass(minutes(20));
  wait_for_rest();
}

}  // namespace scaleset::simulation
