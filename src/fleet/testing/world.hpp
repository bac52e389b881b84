#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fleet/testing/fixture.hpp"

namespace scaleset::fleet::testing {

/// Everything around a Fleet, in virtual time: a pretend service, a pretend backend and a pretend
/// journal, with faults that depend on a seed. While it runs, it checks what must always be true.
class World {
 public:
  World(Options options, std::uint64_t seed);

  /// Lets this much time pass.
  void run(Duration time);
  /// Queues a job.
  void add_job();
  void drain();
  /// Does what `kill -9` and the next start do: the fleet forgets everything, while the journal,
  /// the service and the instances go on.
  void crash();

  bool faults = true;
  [[nodiscard]] double chance() { return random_.uniform(); }
  [[nodiscard]] Duration between(Duration least, Duration most);
  [[nodiscard]] Fleet const& fleet() const { return *fleet_; }
  [[nodiscard]] std::size_t instances() const { return instances_.size(); }
  [[nodiscard]] std::size_t registrations() const { return registrations_.size(); }
  [[nodiscard]] std::size_t journal_rows() const { return journal_.size(); }
  [[nodiscard]] std::size_t unfinished_jobs() const { return unfinished_.size(); }
  [[nodiscard]] std::size_t steps() const { return steps_; }
  [[nodiscard]] std::string report() const;

 private:
  struct Registration {
    RunnerId id;
    std::optional<int> job;
  };
  struct Instance {
    bool listening = false;
    bool deaf = false;  // whether the service gives it no job
    bool ignores_stop = false;
    std::optional<int> job;
  };
  struct Row {
    std::optional<RunnerId> id;
    RunnerState state = RunnerState::planned;
  };

  void start();
  void later(Duration delay, std::function<void()> what);
  bool fault(double probability) { return faults && chance() < probability; }
  void tell(Event const& event);
  /// Reports the event as an answer to an action. It is lost if the process that asked has died.
  void answer(Duration delay, Event event);
  void check(std::vector<Action> const& actions);
  void execute(Action const& action);

  void act(PrepareInstance const& action);
  void act(RequestJit const& action);
  void act(StartInstance const& action);
  void act(RemoveRegistration const& action);
  void act(LookUpRegistration const& action);
  void act(StopInstance const& action);
  void act(ForgetRunner const& action);
  void act(Notice const& /*action*/) {}

  void poll();
  void list();
  void match();
  void create(std::string const& name);
  void boot(std::string const& name);
  void finish_job(std::string const& name, int job);
  void exit(std::string const& name, std::optional<int> code, ExitCause cause = ExitCause::other);
  void local(Event const& event);

  SeededRandom random_;
  Options options_;
  std::unique_ptr<Fleet> fleet_;
  TimePoint now_{std::chrono::hours{1000}};
  std::multimap<TimePoint, std::function<void()>> agenda_;
  int generation_ = 0;  // how often the process was started
  bool talkative_;      // whether the backend reports the jobs that it sees
  std::size_t steps_ = 0;

  std::map<std::string, Registration> registrations_;
  std::map<std::string, Instance> instances_;
  std::map<std::string, Row> journal_;
  std::deque<int> queued_;
  std::set<int> assigned_;  // jobs that have no runner yet
  std::set<int> running_;
  std::set<int> unfinished_;
  MessageReported message_;  // what the next poll brings
  std::set<std::string> asked_;
  std::set<std::string> started_;
  int last_job_ = 0;
  std::int64_t last_id_ = 0;
};

}  // namespace scaleset::fleet::testing
