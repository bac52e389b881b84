#include "world.hpp"

/// The lives of the daemon in a world.
namespace scaleset::simulation {

using std::chrono::minutes;

World::~World() { finish(); }

void World::start_daemon() {
  std::int64_t const dies_at_commit =
      plan_.crashes && random_.happens(0.3) ? random_.number(1, 60) : 0;
  delivered_.clear();
  refused_starts_.clear();
  auto settings = this->settings();
  settings.fleet.min_idle = plan_.min_idle;
  settings.fleet.max_runners = plan_.max_runners;
  auto const started = start(std::move(settings));
  if (!started) return violated("the daemon cannot start: " + started.error().message);
  mortality_->dies_at_commit = dies_at_commit;
  note("the daemon starts");
}

void World::crash() {
  note("the daemon is killed");
  mortality_->dead = true;
  bury();
}

void World::restart() {
  note("the daemon is stopped by SIGTERM");
  bury();
}

void World::bury() {
  if (!detach()) violated("the daemon does not end");
}

void World::drain_and_check() {
  note("the daemon drains");
  drain();
  pass(minutes(30));
  if (!daemon_->ended) violated("a drain does not end: " + report());
  if (!daemon_->ended) return;
  if (instances() > 0) violated("instances are left after a drain: " + report());
  daemon_.reset();
  check_journal();
}

}  // namespace scaleset::simulation
