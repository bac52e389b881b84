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
  bool commands = true;     // an operator gives some
  bool revocations = true;  // of credentials
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
  [[nodiscard]] std::size_t jobs_done() const;

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

  // What an operator does, and what must be true then (company_operator.cpp).
  void one_command();
  void command(daemon::ControlRequest request);
  void answered(int number, daemon::ControlRequest const& request, std::string const& answer);
  void change_a_credential();
  void mend_credentials();
  void resume_all();
  void check_commands();
  void suspend_one();
  void revoke_an_organization();
  [[nodiscard]] std::vector<int> with_room_beside(std::size_t organization) const;
  void add_again();

  // What must be true (company_checks.cpp).
  void check_now();
  void check_start(backends::PretendInstance const& instance);
  void check_limit(daemon::SetSnapshot const& state, fleet::Runner const& started);
  void check_budget(daemon::SetSnapshot const& state, fleet::Runner const& started);
  void check_request(HttpRequest const& request);
  void check_offers();
  [[nodiscard]] std::vector<InForce const*> in_force_around(Moment when) const;
  [[nodiscard]] std::vector<std::string> unrest() const;
  void check_failed_jobs(std::vector<std::string>& found) const;
  void check_runners_at_rest(std::vector<std::string>& found) const;
  [[nodiscard]] std::string report() const;
  [[nodiscard]] Moment now() const { return around_.time.clock()->now().steady; }
  void violated(std::string what);
  void note(std::string const& what) const;
  /// Of the organizations that have had jobs or scale sets.
  [[nodiscard]] std::vector<simulator::Tenant const*> tenants() const;
  [[nodiscard]] std::vector<std::string> urls() const;
  [[nodiscard]] std::size_t jobs_left(int set) const;
  [[nodiscard]] std::size_t all_jobs_left() const;
  void queue_jobs_of(int set, std::int64_t count);

  CompanyPlan plan_;
  Wishes wishes_;
  daemon::HouseConfig file_;  // what the file says
  std::vector<InForce> history_;
  std::set<std::string> jit_configs_;  // each that started an instance
  std::set<std::string> doomed_jobs_;  // whose runner died
  std::optional<Timestamp> calm_since_;
  std::map<std::string, Moment> too_much_since_;  // is offered, by the budget's name
  Moment next_look_{};
  /// The scale sets that an operator was told are paused or drained, and since when.
  std::map<std::string, Moment> stopped_;
  std::map<std::string, int> last_suspension_;  // the last command about it, by the name
  std::map<int, Moment> unanswered_;            // commands, and when they were given
  int commands_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace scaleset::simulation
