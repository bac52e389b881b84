#include <functional>
#include <set>

#include "fleet/testing/fixture.hpp"

/// Every event in every state, alone and in pairs: whatever the order is, nothing breaks, and a
/// drain is still completed.
namespace scaleset::fleet {
namespace {

using testing::assigned;
using testing::failure;
using testing::names;
using testing::only;
using testing::Scene;

using Setups = std::vector<std::pair<std::string, std::function<std::string(Scene&)>>>;

Setups setups_on_the_way_up() {
  return {
      {"unknown", [](Scene&) { return std::string("runner-none"); }},
      {"planned", [](Scene& scene) { return scene.planned(); }},
      {"asked to start",
       [](Scene& scene) {
         auto name = scene.planned();
         scene.tell(JitReady{name, RunnerId{77}});
         return name;
       }},
      {"starting", [](Scene& scene) { return scene.starting(); }},
      {"idle", [](Scene& scene) { return scene.idle(); }},
      {"idle, cancelled",
       [](Scene& scene) {
         auto name = scene.idle();
         scene.tell(JobStartedReported{name, RunnerId{1}});
         scene.tell(JobCompletedReported{name, "canceled"});
         return name;
       }},
      {"busy", [](Scene& scene) { return scene.busy(); }},
      {"busy, unconfirmed",
       [](Scene& scene) {
         auto name = scene.spare();
         scene.tell(Tick{});
         scene.tell(RemovalRefused{name});
         return name;
       }},
      {"busy, unregistered",
       [](Scene& scene) {
         auto name = scene.spare();
         scene.tell(Tick{});
         scene.tell(RegistrationRemoved{name});
         scene.tell(InstanceBusy{name});
         return name;
       }},
  };
}

Setups setups_on_the_way_down() {
  return {
      {"finishing",
       [](Scene& scene) {
         auto name = scene.busy();
         scene.tell(JobCompletedReported{name, "succeeded"});
         return name;
       }},
      {"finishing, cancelled",
       [](Scene& scene) {
         auto name = scene.starting();
         scene.tell(JobStartedReported{name, RunnerId{1}});
         scene.tell(JobCompletedReported{name, "canceled"});
         return name;
       }},
      {"lost",
       [](Scene& scene) {
         for (std::string const name : {"runner-1", "runner-2", "runner-3"}) {
           scene.tell(Adopted{name, RunnerId{5}, "5", RunnerState::lost, true});
         }
         return std::string("runner-3");  // the brake keeps this one from being retired
       }},
      {"retiring",
       [](Scene& scene) {
         auto name = scene.spare();
         scene.tell(Tick{});
         return name;
       }},
      {"retiring after its job",
       [](Scene& scene) {
         auto name = scene.starting();
         scene.tell(JobStartedReported{name, RunnerId{1}});
         scene.tell(JobCompletedReported{name, "succeeded"});
         scene.wait(scene.fleet.options().finishing_grace);
         return name;
       }},
      {"stopping",
       [](Scene& scene) {
         auto name = scene.spare();
         scene.tell(Tick{});
         scene.tell(RegistrationRemoved{name});
         return name;
       }},
      {"stopping, asked",
       [](Scene& scene) {
         auto name = scene.spare();
         scene.tell(Tick{});
         scene.tell(RegistrationRemoved{name});
         scene.wait(scene.fleet.options().stop_delay);
         return name;
       }},
      {"cleaning",
       [](Scene& scene) {
         auto name = scene.starting();
         scene.tell(InstanceExited{name, 1, ""});
         return name;
       }},
      {"cleaning, unanswered call",
       [](Scene& scene) {
         auto name = scene.planned();
         scene.tell(JitFailed{name, failure(true)});
         return name;
       }},
  };
}

/// How to bring a runner into a state; into some states there is more than one way.
Setups setups() {
  auto all = setups_on_the_way_up();
  for (auto& setup : setups_on_the_way_down()) all.push_back(std::move(setup));
  return all;
}

std::vector<Event> events(std::string const& name) {
  return {assigned(0),
          assigned(4),
          JobStartedReported{name, RunnerId{1}},
          JobCompletedReported{name, "succeeded"},
          JobCompletedReported{name, "canceled"},
          JitReady{name, RunnerId{1}},
          JitFailed{name, failure(true)},
          JitFailed{name, failure(false)},
          InstanceStarted{name, "reference"},
          InstanceFailed{name, "no room"},
          InstanceRegistered{name},
          InstanceBusy{name},
          InstanceIdle{name},
          InstanceExited{name, 0, ""},
          InstanceExited{name, std::nullopt, "killed"},
          RegistrationRemoved{name},
          RemovalRefused{name},
          RemovalFailed{name, failure(true)},
          LimitsChanged{1, 2},
          LimitsChanged{0, 0},
          DrainRequested{},
          Adopted{name, RunnerId{1}, "reference", RunnerState::busy, true},
          Adopted{name, std::nullopt, "", RunnerState::planned, false},
          Tick{}};
}

/// Checks what must be true after every event.
class Watch {
 public:
  explicit Watch(Scene& scene) : scene_(scene) {}

  void check() {
    auto const now = scene_.fleet.counts();
    if (!names<RequestJit>(scene_.last).empty()) {
      EXPECT_LE(now.useful(), scene_.fleet.options().max_runners);
    }
    EXPECT_GE(scene_.fleet.capacity(), 0);
    EXPECT_LE(scene_.fleet.capacity(), scene_.fleet.options().max_runners);
    for (auto const& name : names<RequestJit>(scene_.last)) {
      EXPECT_TRUE(asked_.insert(name).second) << "asked twice for " << name;
    }
    for (auto const& name : names<StartInstance>(scene_.last)) {
      EXPECT_TRUE(started_.insert(name).second) << "started twice: " << name;
    }
    for (auto const& name : names<StopInstance>(scene_.last)) {
      EXPECT_EQ(scene_.state(name), RunnerState::stopping);
      EXPECT_NE(scene_.fleet.runners().at(name).evidence, LocalEvidence::busy);
    }
    for (auto const& name : names<ForgetRunner>(scene_.last)) EXPECT_FALSE(scene_.knows(name));
    if (auto const next = scene_.fleet.next_deadline()) {
      EXPECT_GT(*next, scene_.now) << "a Tick that is due at once, for ever";
    }
  }

  void tell(Event const& event) {
    scene_.tell(event);
    check();
  }

 private:
  Scene& scene_;
  std::set<std::string> asked_;
  std::set<std::string> started_;
};

/// A world that does every action at once and lets running jobs end.
void drain(Scene& scene, Watch& watch) {
  watch.tell(DrainRequested{});
  for (int i = 0; i < 200 && !scene.fleet.is_empty(); ++i) {
    scene.now = std::max(scene.now, scene.fleet.next_deadline().value_or(scene.now));
    watch.tell(Tick{});
    for (auto const& [name, runner] : Runners(scene.fleet.runners())) {
      bool const has_job =
          runner.state == RunnerState::busy || runner.evidence == LocalEvidence::busy;
      if (runner.state == RunnerState::planned) watch.tell(JitReady{name, RunnerId{5}});
      if (has_job && i > 2) watch.tell(InstanceIdle{name});
      if (runner.stops > 0 && !has_job) watch.tell(InstanceExited{name, 0, ""});
      if (runner.awaiting_removal) watch.tell(RegistrationRemoved{name});
    }
  }
  EXPECT_TRUE(scene.fleet.is_empty());
}

TEST(FleetEventsTest, EveryPairOfEventsInEveryStateIsHarmless) {
  Options options;
  options.min_runners = 0;
  options.max_runners = 6;
  auto const count = events("").size();
  for (auto const& [label, setup] : setups()) {
    for (std::size_t first = 0; first < count; ++first) {
      for (std::size_t second = 0; second < count; ++second) {
        SCOPED_TRACE(label + ", events " + std::to_string(first) + " and " +
                     std::to_string(second));
        Scene scene(options);
        Watch watch(scene);
        scene.tell(assigned(0));
        auto const name = setup(scene);
        watch.tell(events(name)[first]);
        watch.tell(events(name)[second]);
        drain(scene, watch);
        if (::testing::Test::HasFailure()) return;
      }
    }
  }
}

TEST(FleetEventsTest, TheSetupsReachEveryState) {
  std::set<RunnerState> reached;
  for (auto const& [label, setup] : setups()) {
    Scene scene;
    scene.tell(assigned(0));
    auto const name = setup(scene);
    if (scene.knows(name)) reached.insert(scene.state(name));
  }
  EXPECT_EQ(reached.size(), 9U);
}

TEST(FleetEventsTest, EventsForAForgottenRunnerDoNothingButCount) {
  Scene scene;
  auto const name = scene.busy();
  scene.tell(assigned(0));
  scene.tell(JobCompletedReported{name, "succeeded"});
  scene.tell(InstanceExited{name, 0, ""});
  ASSERT_TRUE(scene.fleet.is_empty());
  for (Event const& event : std::vector<Event>{
           InstanceRegistered{name}, InstanceBusy{name}, InstanceIdle{name},
           InstanceExited{name, 0, ""}, RegistrationRemoved{name}, RemovalRefused{name},
           JobStartedReported{name, RunnerId{1}}, JobCompletedReported{name, "succeeded"}}) {
    EXPECT_TRUE(scene.tell(event).empty());
  }
  EXPECT_EQ(scene.fleet.totals().ignored, 6U);
  EXPECT_TRUE(scene.fleet.is_empty());
}

}  // namespace
}  // namespace scaleset::fleet
