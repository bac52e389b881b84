#include "fleet/gate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace scaleset::fleet {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr TimePoint kNow{std::chrono::hours{1000}};
Options const kOptions;

/// Every combination of what the gate looks at.
struct Case {
  Purpose purpose;
  LocalEvidence evidence;
  Activity activity;
  Duration age;                  // of its instance
  Duration idle;                 // since when it has been idle
  std::optional<Duration> gone;  // since when its registration is known to be gone

  [[nodiscard]] Runner runner() const {
    Runner runner;
    runner.state = RunnerState::idle;
    runner.evidence = evidence;
    runner.activity = activity;
    runner.started_at = kNow - age;
    runner.idle_since = kNow - idle;
    runner.watch.misses = gone ? 2 : 1;
    if (gone) runner.watch.gone_since = kNow - *gone;
    return runner;
  }
  [[nodiscard]] bool has_sign_of_a_job() const {
    return evidence == LocalEvidence::busy || activity == Activity::busy;
  }
  [[nodiscard]] bool may_go() const {
    bool const knows_no_job = activity == Activity::idle || (gone && *gone >= minutes{10});
    switch (purpose) {
      case Purpose::safe: return !has_sign_of_a_job();
      case Purpose::surplus: return !has_sign_of_a_job() && idle >= seconds{60};
      case Purpose::suspect: return !has_sign_of_a_job() && age >= minutes{2} && knows_no_job;
      case Purpose::zombie:
        return !has_sign_of_a_job() && age >= minutes{2} && knows_no_job && gone.has_value();
    }
    return false;
  }
  [[nodiscard]] std::string text() const {
    return "purpose " + std::to_string(static_cast<int>(purpose)) + ", evidence " +
           std::to_string(static_cast<int>(evidence)) + ", activity " +
           std::to_string(static_cast<int>(activity)) + ", age " + std::to_string(age.count()) +
           ", idle " + std::to_string(idle.count()) + ", gone " +
           (gone ? std::to_string(gone->count()) : "no");
  }
};

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (auto const purpose : {Purpose::safe, Purpose::surplus, Purpose::suspect, Purpose::zombie})
    for (auto const evidence : {LocalEvidence::unknown, LocalEvidence::idle, LocalEvidence::busy})
      for (auto const activity : {Activity::unknown, Activity::idle, Activity::busy})
        for (Duration const age : {Duration(minutes{2}) - Duration(1), Duration(minutes{2})})
          for (Duration const idle : {Duration(seconds{60}) - Duration(1), Duration(seconds{60})})
            for (std::optional<Duration> const gone :
                 {std::optional<Duration>(), std::optional<Duration>(0),
                  std::optional(Duration(minutes{10}) - Duration(1)),
                  std::optional<Duration>(minutes{10})})
              cases.push_back({purpose, evidence, activity, age, idle, gone});
  return cases;
}

TEST(GateTest, IsOpenForNothingElseThanItShouldBe) {
  int open = 0;
  for (Case const& each : all_cases()) {
    auto const opens = gate_opens(each.purpose, each.runner(), kOptions);
    bool const is_open = opens && *opens <= kNow;
    EXPECT_EQ(is_open, each.may_go()) << each.text();
    open += is_open ? 1 : 0;
  }
  EXPECT_EQ(all_cases().size(), 576U);
  EXPECT_GT(open, 0);
}

TEST(GateTest, NoTimeOpensItForARunnerWithASignOfAJob) {
  for (Case const& each : all_cases()) {
    if (each.has_sign_of_a_job()) {
      EXPECT_FALSE(gate_opens(each.purpose, each.runner(), kOptions)) << each.text();
    }
  }
}

TEST(GateTest, SaysWhenItWillOpen) {
  Case surplus{Purpose::surplus, LocalEvidence::idle, Activity::unknown, {}, seconds{20}, {}};
  EXPECT_EQ(gate_opens(Purpose::surplus, surplus.runner(), kOptions), kNow + seconds{40});
  Case young{Purpose::suspect, LocalEvidence::idle, Activity::idle, seconds{50}, {}, {}};
  EXPECT_EQ(gate_opens(Purpose::suspect, young.runner(), kOptions), kNow + seconds{70});
  Case gone{Purpose::zombie, LocalEvidence::idle, Activity::unknown, minutes{9}, {}, minutes{3}};
  EXPECT_EQ(gate_opens(Purpose::zombie, gone.runner(), kOptions), kNow + minutes{7});
}

TEST(GateTest, ARunnerWhoseStartIsNotKnownIsAsOldAsItsPlan) {
  Runner runner;
  runner.activity = Activity::idle;
  runner.planned_at = kNow - seconds{30};
  EXPECT_EQ(gate_opens(Purpose::suspect, runner, kOptions), kNow + seconds{90});
}

}  // namespace
}  // namespace scaleset::fleet
