#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
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

inline StatisticsReported assigned(std::int64_t jobs) {
  StatisticsReported event;
  event.statistics.assigned_jobs = jobs;
  return event;
}

inline Error failure(bool request_sent) {
  Error error(ErrorCode::network, "connection reset");
  error.request_sent = request_sent;
  return error;
}

inline Options limits(int min, int max) {
  Options options;
  options.min_runners = min;
  options.max_runners = max;
  return options;
}

/// The text and the fields of the last notice with this level.
inline std::string noticed(std::vector<Action> const& actions, LogLevel level) {
  std::string text;
  for (Notice const& notice : only<Notice>(actions)) {
    if (notice.level != level) continue;
    text = notice.text;
    for (auto const& [key, value] : notice.fields)
      text.append(" ").append(key).append("=").append(value);
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
  [[nodiscard]] RunnerState state(std::string const& name) const {
    return fleet.runners().at(name).state;
  }
  [[nodiscard]] bool knows(std::string const& name) const { return fleet.runners().contains(name); }

  /// Makes the service want one more runner, and brings that runner to this state.
  std::string planned() {
    auto const before = fleet.runners();
    tell(assigned(++jobs));
    for (auto const& [name, runner] : fleet.runners()) {
      if (!before.contains(name)) return name;
    }
    ADD_FAILURE() << "no runner was planned";
    return {};
  }
  std::string starting() {
    std::string name = planned();
    tell(JitReady{name, RunnerId{++last_id}});
    tell(InstanceStarted{name, "instance of " + name});
    return name;
  }
  std::string idle() {
    std::string name = starting();
    tell(InstanceRegistered{name});
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
