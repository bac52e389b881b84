#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "stage.hpp"
#include "world_log.hpp"

namespace scaleset::simulation {

/// What a world is like. All of it follows from a seed: see plan_of().
struct Plan {
  std::uint64_t seed = 1;
  simulator::Profile profile = simulator::Profile::broker;
  int min_idle = 0;
  int max_runners = 4;
  int hours = 6;  // of trouble; then it is quiet until everything has settled
  bool service_faults = true;
  bool backend_faults = true;
  bool runner_troubles = true;
  bool crashes = true;
  bool disk_faults = true;
  bool lost_scale_sets = true;
  bool refused_versions = false;
  bool wrong_clocks = false;  // the system clock jumps, and the hosts sleep
  bool rivals = false;        // now and then a second host serves the same scale set
};
[[nodiscard]] Plan plan_of(std::uint64_t seed, int hours);
[[nodiscard]] std::string describe(Plan const& plan);

/// A stage on which things go wrong by a plan. While it runs, it checks what must always be true;
/// at the end, what must be true at rest.
class World : private Stage {
 public:
  /// With `log` the daemon's log lines and what the world does go there.
  World(Plan plan, std::shared_ptr<WorldLog> log);
  ~World();

  /// Runs the whole plan. Returns what was violated; empty if nothing was.
  std::vector<std::string> run();
  [[nodiscard]] std::size_t jobs_done() const;

 private:
  // What happens (world.cpp).
  void trouble();
  void settle();
  void wait_for_rest();
  void disturb();
  void drain_and_check();
  void one_misfortune();
  void change_weather();
  void clear_weather();
  void remove_a_runner();
  void lose_the_scale_set();

  void disturb_a_clock();

  // The daemon's lives (world_daemon.cpp).
  void start_daemon() { start_daemon(host_); }
  void start_daemon(Host& host);
  void crash(Host& host);
  void restart(Host& host);
  void bury(Host& host);
  void change_rival();
  void end_rival();

  // What must be true (world_checks.cpp).
  void check_now();
  void check_host(Host const& host);
  void watch_host(Host& host);
  void watch(Host& host, HttpRequest const& request);
  void watch_answer(Host& host, HttpResponse const& answer);
  [[nodiscard]] std::vector<std::string> unrest() const;
  void check_poll(Host const& host, HttpRequest const& request);
  void check_acknowledgement(Host& host, HttpRequest const& request);
  [[nodiscard]] bool may_fail(simulator::Job const& job) const;

  // What takes time (world_limits.cpp).
  void check_jit_request(Host& host, HttpRequest const& request);
  void check_start(Host& host, backends::PretendInstance const& instance);
  void check_refused_start(bool refused);
  void check_stop(Host const& host, backends::PretendInstance const& instance);
  void check_advertised(int advertised, daemon::SetSnapshot const& state);
  void check_over_time();
  void check_wanted(daemon::SetSnapshot const& state);
  void check_idle_ones(daemon::SetSnapshot const& state);
  void check_journal();
  void lose_sight_of_the_scale_set();
  void number_messages_anew();
  void let_runners_update();
  [[nodiscard]] bool is_well_informed() const;

  void violated(std::string what);
  void note(std::string const& what) const;
  [[nodiscard]] std::string name_of(Host const& host) const;
  [[nodiscard]] std::string report() const;

  Plan plan_;
  std::set<std::string> jit_configs_;  // each that started an instance
  std::set<std::string> doomed_jobs_;  // whose runner died
  std::optional<Timestamp> calm_since_;
  /// How many commits had been written when a host's daemon got a message, by the message's id.
  std::map<Host const*, std::map<std::int64_t, std::int64_t>> delivered_;
  using Moment = std::chrono::steady_clock::time_point;
  std::map<std::string, Moment> registered_at_;  // by the instance's name
  std::vector<Moment> refused_starts_;  // of runners whose version is refused, since the last good
  std::map<std::string, Moment> unknown_since_;  // idle runners that the service does not know
  std::optional<Moment> wanted_too_much_since_;
  Moment next_look_{};
  int polls_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace scaleset::simulation
