#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "fleet/fleet.hpp"

namespace scaleset::fleet::testing {

/// Gives the same numbers for the same seed on every machine.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  [[nodiscard]] double uniform() noexcept override {
    return static_cast<double>(engine_() >> 11U) * 0x1.0p-53;
  }

 private:
  std::mt19937_64 engine_;
};

/// The actions of one kind, in order.
template <class Wanted>
std::vector<Wanted> only(std::vector<Action> const& actions) {
  std::vector<Wanted> found;
  for (Action const& action : actions) {
    if (auto const* wanted = std::get_if<Wanted>(&action)) found.push_back(*wanted);
  }
  return found;
}

/// The runners' names of the actions of one kind, in order.
template <class Wanted>
std::vector<std::string> names(std::vector<Action> const& actions) {
  std::vector<std::string> found;
  for (Wanted const& wanted : only<Wanted>(actions)) found.push_back(wanted.name);
  return found;
}

inline MessageReported assigned(std::int64_t jobs, std::int64_t running = 0) {
  MessageReported event;
  event.statistics.emplace();
  event.statistics->assigned_jobs = jobs;
  event.statistics->running_jobs = running;
  return event;
}

inline JobStarted job_started(std::string runner, RunnerId id = {}) {
  JobStarted job;
  job.runner_name = std::move(runner);
  job.runner = id;
  return job;
}
inline MessageReported started(std::string runner, RunnerId id = {}) {
  MessageReported event;
  event.started.push_back(job_started(std::move(runner), id));
  return event;
}

inline JobCompleted job_completed(std::string runner, std::string result = "succeeded") {
  JobCompleted job;
  job.runner_name = std::move(runner);
  job.result = std::move(result);
  return job;
}
inline MessageReported completed(std::string runner, std::string result = "succeeded") {
  MessageReported event;
  event.completed.push_back(job_completed(std::move(runner), std::move(result)));
  return event;
}

inline InstanceExited exited(std::string runner, std::optional<int> code, std::string reason = "",
                             ExitCause cause = ExitCause::other, std::string version = "") {
  return {std::move(runner), cause, code, std::move(reason), std::move(version)};
}

inline InstanceRegistered registered(std::string runner, std::string version = "") {
  return {std::move(runner), std::move(version)};
}

/// What a listing says of one living instance.
inline InstancesListed listed(std::string runner, Activity activity, TimePoint asked_at) {
  return {{{std::move(runner), true, activity}}, asked_at};
}

inline Error failure(bool request_sent) {
  Error error(ErrorCode::network, "connection reset");
  error.request_sent = request_sent;
  return error;
}

inline Options limits(int min, int max) {
  Options options;
  options.min_idle = min;
  options.max_runners = max;
  return options;
}

inline std::string text_of(FieldValue const& value) {
  if (auto const* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return std::get<std::string>(value);
}

/// The text and the fields of the last notice with this level.
inline std::string noticed(std::vector<Action> const& actions, LogLevel level) {
  std::string text;
  for (Notice const& notice : only<Notice>(actions)) {
    if (notice.level != level) continue;
    text = notice.text;
    for (auto const& [key, value] : notice.fields)
      text.append(" ").append(key).append("=").append(text_of(value));
  }
  return text;
}

/// A fleet and its time, with short names for what happens to it.
class Scene {
 public:
  explicit Scene(Options options = {}, std::uint64_t seed = 1)
      : fleet(std::move(options), std::make_shared<SeededRandom>(seed)) {}

  std::vector<Action> tell(Event const& event) {
    last = fleet.handle(event, now);
    return last;
  }
  std::vector<Action> wait(Duration time) {
    now += time;
    return tell(Tick{});
  }
  std::vector<Action> wait_until(TimePoint time) {
    now = time;
    return tell(Tick{});
  }
  /// Waits until the pause that follows a failed start is over.
  std::vector<Action> end_pause() {
    if (auto const end = fleet.starts().retry_at()) wait_until(*end);
    return last;
  }
  /// Has the backend be ready for all runners that it was asked for.
  std::vector<Action> prepare() {
    std::vector<Action> all;
    for (auto const& [name, runner] : Runners(fleet.runners())) {
      if (runner.state != RunnerState::planned || runner.step != StartStep::preparing) continue;
      for (Action& action : tell(Prepared{name})) all.push_back(std::move(action));
    }
    last = all;
    return all;
  }
  /// The backend looks at everything. Runners with a job are busy, and the others are this.
  std::vector<Action> look(Activity others) {
    InstancesListed listing;
    listing.asked_at = now;
    for (auto const& [name, runner] : fleet.runners()) {
      if (!has_instance(runner)) continue;
      bool const busy = runner.state == RunnerState::busy;
      listing.instances.push_back({name, true, busy ? Activity::busy : others});
    }
    return tell(listing);
  }
  [[nodiscard]] Runner const& runner(std::string const& name) const {
    return fleet.runners().at(name);
  }
  [[nodiscard]] RunnerState state(std::string const& name) const {
    return fleet.runners().at(name).state;
  }
  [[nodiscard]] bool knows(std::string const& name) const { return fleet.runners().contains(name); }

  /// Makes the service want one more runner, and brings that runner to this state.
  std::string planned() {
    end_pause();
    auto const before = fleet.runners();
    tell(assigned(++jobs));
    for (auto const& [name, runner] : fleet.runners()) {
      if (!before.contains(name)) return name;
    }
    ADD_FAILURE() << "no runner was planned";
    return {};
  }
  std::string asked() {
    std::string name = planned();
    tell(Prepared{name});
    return name;
  }
  std::string starting() {
    std::string name = asked();
    tell(JitReady{name, RunnerId{++last_id}});
    tell(InstanceStarted{name, "instance of " + name});
    return name;
  }
  std::string idle() {
    std::string name = starting();
    tell(registered(name));
    return name;
  }
  std::string busy() {
    std::string name = idle();
    tell(InstanceBusy{name});
    return name;
  }
  /// An idle runner that no job needs any more and that is old enough to be surplus.
  std::string spare() {
    std::string name = idle();
    tell(assigned(--jobs));
    now += fleet.options().minimum_idle_age;
    return name;
  }

  Fleet fleet;
  TimePoint now{std::chrono::hours{1000}};
  std::vector<Action> last;
  std::int64_t jobs = 0;
  std::int64_t last_id = 0;
};

}  // namespace scaleset::fleet::testing
