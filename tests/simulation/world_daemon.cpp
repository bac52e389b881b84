#include "world.hpp"

/// The lives of the daemon in a world.
namespace scaleset::simulation {

using std::chrono::minutes;

World::~World() { finish(); }

void World::start_daemon(Host& host) {
  std::int64_t const dies_at_commit =
      plan_.crashes && around_.random.happens(0.3) ? around_.random.number(1, 60) : 0;
  delivered_[&host].clear();
  refused_starts_.clear();
  auto settings = this->settings();
  settings.fleet.min_idle = plan_.min_idle;
  settings.fleet.max_runners = plan_.max_runners;
  auto const started = host.start(std::move(settings));
  if (!started) return violated("the daemon cannot start: " + started.error().message);
  host.mortality().dies_at_commit = dies_at_commit;
  note(name_of(host) + " starts");
}

void World::crash(Host& host) {
  note(name_of(host) + " is killed");
  host.mortality().dead = true;
  bury(host);
}

void World::restart(Host& host) {
  note(name_of(host) + " is stopped by SIGTERM");
  bury(host);
}

void World::bury(Host& host) {
  if (!detach(host)) violated(name_of(host) + " does not end");
}

std::string World::name_of(Host const& host) const {
  return &host == &host_ ? "the daemon" : "the other host's daemon";
}

/// Starts the second daemon, or ends it in one of the ways in which daemons end.
void World::change_rival() {
  if (!other_host_.has_daemon()) return start_daemon(other_host_);
  if (around_.random.happens(0.5)) return crash(other_host_);
  restart(other_host_);
}

/// Nothing of the second host's is left.
void World::end_rival() {
  if (other_host_.has_daemon()) restart(other_host_);
  if (!plan_.rivals) return;
  start_daemon(other_host_);
  other_host_.mortality().dies_at_commit = 0;
  // A stop does not wait for the registrations of runners that died earlier; a start removes them.
  pass(minutes(10));
  other_host_.drain();
  if (!pass_until([this] { return other_host_.has_ended(); }, std::chrono::hours(3)))
    violated("the drain of the other host's daemon does not end: " + report());
  bury(other_host_);
  if (other_host_.instances() > 0)
    violated("instances are left on the other host after a drain: " + report());
}

void World::drain_and_check() {
  note("the daemon drains");
  drain();
  pass(minutes(30));
  if (!has_ended()) return violated("a drain does not end: " + report());
  if (instances() > 0) violated("instances are left after a drain: " + report());
  bury(host_);
  check_journal();
}

}  // namespace scaleset::simulation
