#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backends/pretend/pretend_backend.hpp"
#include "base/files.hpp"
#include "daemon/house.hpp"
#include "daemon/journal_writer.hpp"
#include "mortality.hpp"
#include "runner_program.hpp"
#include "scaleset/async/timer.hpp"
#include "seeded_random.hpp"
#include "simulator/front/simulator.hpp"
#include "world_log.hpp"

/// The autoscaler as it ships, with everything around it pretended, in virtual time.
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
};
[[nodiscard]] Plan plan_of(std::uint64_t seed, int hours);
[[nodiscard]] std::string describe(Plan const& plan);

/// One life: everything that kill -9 would end.
struct DaemonLife {
  DaemonLife(boost::asio::any_io_executor executor, store::Journal journal,
             std::shared_ptr<Mortality> const& mortality)
      : writer(executor, executor, std::move(journal)), book(writer, mortality) {}
  daemon::JournalWriter writer;
  MortalBook book;
  std::unique_ptr<daemon::House> house;
  std::optional<Result<void>> ended;
};

/// One scale set with its daemon, its service and its machine. While it runs, it checks what must
/// always be true; at the end, what must be true at rest.
class World {
 public:
  /// With `log` the daemon's log lines and what the world does go there.
  World(Plan plan, std::shared_ptr<WorldLog> log);
  World(World const&) = delete;
  World& operator=(World const&) = delete;
  ~World();

  /// Runs the whole plan. Returns what was violated; empty if nothing was.
  std::vector<std::string> run();
  [[nodiscard]] std::size_t jobs_done() const;

 private:
  using Duration = std::chrono::milliseconds;

  // What happens (world.cpp).
  void pass(Duration time);
  void trouble();
  void settle();
  void wait_for_rest();
  void drain_and_check();
  void one_misfortune();
  void queue_jobs(std::int64_t count);
  void change_weather();
  void clear_weather();
  void remove_a_runner();
  void lose_the_scale_set();

  // The daemon's lives (world_daemon.cpp).
  void start_daemon();
  void crash();
  void restart();
  void bury();
  Result<daemon::SetPorts> make_ports(base::OwnerKey const& owner);
  void watch(HttpRequest const& request);
  void watch_answer(HttpResponse const& answer);
  [[nodiscard]] daemon::SetSnapshot snapshot() const;

  // What must be true (world_checks.cpp).
  void check_now();
  [[nodiscard]] std::vector<std::string> unrest() const;
  void check_poll(HttpRequest const& request);
  void check_acknowledgement(HttpRequest const& request);
  [[nodiscard]] bool may_fail(simulator::Job const& job) const;
  void violated(std::string what);
  void note(std::string const& what) const;
  [[nodiscard]] simulator::Tenant const& tenant() const;
  [[nodiscard]] std::size_t instances() const;
  [[nodiscard]] std::string report() const;

  Plan plan_;
  std::shared_ptr<WorldLog> log_;
  SeededRandom random_;
  boost::asio::io_context context_{1};
  async::VirtualTime time_{context_};
  base::TemporaryDirectory folder_;
  std::unique_ptr<simulator::Simulator> service_;
  std::unique_ptr<RunnerProgram> program_;
  std::unique_ptr<backends::PretendWorld> machine_;
  std::shared_ptr<Mortality> mortality_;
  std::unique_ptr<DaemonLife> daemon_;
  std::set<std::string> jit_configs_;  // each that started an instance
  std::set<std::string> doomed_jobs_;  // whose runner died
  bool stopping_ = false;              // whether the daemon was told to end
  std::optional<Timestamp> calm_since_;
  /// How many commits had been written when the daemon got a message, by the message's id.
  std::map<std::int64_t, std::int64_t> delivered_;
  std::vector<std::string> violations_;
};

}  // namespace scaleset::simulation
