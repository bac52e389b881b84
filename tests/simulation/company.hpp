#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/house_config.hpp"
#include "stage.hpp"
#include "wishes.hpp"
#include "world_log.hpp"

namespace scaleset::simulation {

/// What a company is like. All of it follows from a seed: see company_plan_of().
struct CompanyPlan {
  std::uint64_t seed = 1;
  simulator::Profile profile = simulator::Profile::broker;
  int sets = 4;   // the most that are served at a time
  int hours = 2;  // of trouble; then it is quiet until everything has settled
  bool service_faults = true;
  bool backend_faults = true;
  bool runner_troubles = true;
  bool crashes = true;
  bool reloads = true;
};
[[nodiscard]] CompanyPlan company_plan_of(std::uint64_t seed, int hours);
[[nodiscard]] std::string describe(CompanyPlan const& plan);

/// Several scale sets that one process serves, on shared budgets, and a configuration that people
/// change. While it runs, it checks what must always be true; at the end, what must be true at
/// rest. What concerns one scale set alone is the World's.
class Company : private Stage {
 public:
  Company(CompanyPlan plan, std::shared_ptr<WorldLog> log);
  Company(Company const&) = delete;
  Company& operator=(Company const&) = delete;
  ~Company();

  /// Runs the whole plan. Returns what was violated; empty if nothing was.
  std::vector<std::string> run();
  [[nodiscard]] std::size_t jobs_done() const { return tenant().finished.size(); }

 private:
  using Moment = std::chrono::steady_clock::time_point;
  /// What was in force from a moment on.
  struct InForce {
    Moment since;
    daemon::HouseConfig config;
  };

  // What happens (company.cpp).
  void trouble();
  void one_misfortune();
  void change_weather();
  void settle();
  void wait_for_rest();
  void remove_a_set();
  void drain_and_check();
  void wish(Wishes wishes);
  void reload(daemon::Missing missing);
  void start_daemon();
  void end_daemon(bool killed);
  void queue_some_jobs();

  // What must be true (company_checks.cpp).
  void check_now();
  void check_start(backends::PretendInstance const& instance);
  void check_limit(daemon::SetSnapshot const& state, fleet::Runner const& started);
  void check_budget(daemon::SetSnapshot const& state, fleet::Runner const& started);
  void check_request(HttpRequest const& request);
  void check_offers();
  [[nodiscard]] std::vector<InForce const*> in_force_around(Moment when) const;
  [[nodiscard]] std::vector<std::string> unrest() const;
  void check_runners_at_rest(std::vector<std::string>& found) const;
  [[nodiscard]] std::string report() const;
  [[nodiscard]] Moment now() const { return around_.time.clock()->now().steady; }
  void violated(std::string what);
  void note(std::string const& what) const;

  CompanyPlan plan_;
  Wishes wishes_;
  daemon::HouseConfig file_;  // what the file says
  std::vector<InForce> history_;
  std::set<std::string> jit_configs_;  // each that started an instance
  std::set<std::string> doomed_jobs_;  // whose runner died
  std::optional<Timestamp> calm_since_;
  std::map<std::string, Moment> too_much_since_;  // is offered, by the budget's name
  Moment next_look_{};
  std::vector<std::string> violations_;
};

}  // namespace scaleset::simulation
