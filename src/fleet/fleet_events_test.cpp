#include <functional>
#include <set>

#include "fleet/testing/fixture.hpp"

/// Every event in every state, alone and in pairs: whatever the order is, nothing breaks, and a
/// drain is still completed.
namespace scaleset::fleet {
namespace {

using testing::assigned;
using testing::completed;
using testing::exited;
using testing::failure;
using testing::limits;
using testing::listed;
using testing::names;
using testing::only;
using testing::registered;
using testing::Scene;
using testing::started;

using Setups = std::vector<std::pair<std::string, std::function<std::string(Scene&)>>>;

Setups setups_on_the_way_up() {
  return {
      {"unknown", [](Scene&) { return std::string("runner-none"); }},
      {"planned", [](Scene& scene) { return scene.planned(); }},
      {"asked", [](Scene& scene) { return scene.asked(); }},
      {"prepared, and waiting",
       [](Scene& scene) {
         auto first = scene.asked();
         auto second = scene.planned();
         scene.tell(JitFailed{first, failure(false)});
         scene.tell(Prepared{second});
         return second;
       }},
      {"asked to start",
       [](Scene& scene) {
         auto name = scene.asked();
         scene.tell(JitReady{name, RunnerId{77}});
         return name;
       }},
      {"starting", [](Scene& scene) { return scene.starting(); }},
      {"idle", [](Scene& scene) { return scene.idle(); }},
      {"idle, cancelled",
       [](Scene& scene) {
         auto name = scene.idle();
         scene.tell(started(name, RunnerId{1}));
         scene.tell(completed(name, "canceled"));
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
         scene.tell(completed(name, "succeeded"));
         return name;
       }},
      {"finishing, cancelled",
       [](Scene& scene) {
         auto name = scene.starting();
         scene.tell(started(name, RunnerId{1}));
         scene.tell(completed(name, "canceled"));
         return name;
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
         scene.tell(started(name, RunnerId{1}));
         scene.tell(completed(name, "succeeded"));
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
  };
}

Setups setups_beside_the_way() {
  return {
      {"lost",
       [](Scene& scene) {
         for (char name = '1'; name <= '5'; ++name) {
           scene.tell(
               Adopted{std::string(1, name), RunnerId{name}, {}, "5", RunnerState::lost, true});
         }
         return std::string("5");  // only four are retired at the same time
       }},
      {"lost, unknown to the service",
       [](Scene& scene) {
         auto name = scene.spare();
         scene.tell(InstanceTroubled{name, "Registration was not found"});
         scene.tell(RegistrationLookedUp{name, false});
         scene.wait(scene.fleet.options().second_look);
         scene.tell(RegistrationLookedUp{name, false});
         return name;
       }},
      {"condemned",
       [](Scene& scene) {
         scene.tell(ScaleSetKnown{ScaleSetId{1}});
         auto name = scene.busy();
         scene.tell(ScaleSetKnown{ScaleSetId{2}});
         scene.tell(assigned(0));
         return name;
       }},
      {"cleaning",
       [](Scene& scene) {
         auto name = scene.starting();
         scene.tell(exited(name, 1));
         return name;
       }},
      {"cleaning, judged",
       [](Scene& scene) {
         auto name = scene.idle();
         scene.tell(exited(name, 0));
         return name;
       }},
      {"cleaning, unanswered call",
       [](Scene& scene) {
         auto name = scene.asked();
         scene.tell(JitFailed{name, failure(true)});
         return name;
       }},
  };
}

/// How to bring a runner into a state; into some states there is more than one way.
Setups setups() {
  auto all = setups_on_the_way_up();
  for (auto& setup : setups_on_the_way_down()) all.push_back(std::move(setup));
  for (auto& setup : setups_beside_the_way()) all.push_back(std::move(setup));
  return all;
}

constexpr TimePoint kLater{std::chrono::hours{2000}};  // after every start

std::vector<Event> events(std::string const& name) {
  return {assigned(0),
          assigned(4),
          started(name, RunnerId{1}),
          completed(name, "succeeded"),
          completed(name, "canceled"),
          Prepared{name},
          PrepareFailed{name, "no such image"},
          JitReady{name, RunnerId{1}},
          JitFailed{name, failure(true)},
          JitFailed{name, failure(false)},
          InstanceStarted{name, "reference"},
          InstanceFailed{name, "no room"},
          registered(name),
          InstanceBusy{name},
          InstanceIdle{name},
          exited(name, 0),
          exited(name, std::nullopt, "killed"),
          RegistrationRemoved{name},
          RemovalRefused{name},
          RemovalFailed{name, failure(true)},
          exited(name, 0, "", ExitCause::removed),
          exited(name, 7, "", ExitCause::version_refused),
          RegistrationLookedUp{name, true},
          RegistrationLookedUp{name, false},
          RegistrationLookedUp{name, std::nullopt},
          InstanceTroubled{name, "Registration was not found"},
          listed(name, Activity::busy, kLater),
          listed(name, Activity::idle, kLater),
          InstancesListed{{}, kLater},
          RoomReported{0},
          ScaleSetKnown{ScaleSetId{3}},
          OptionsChanged{limits(1, 2)},
          OptionsChanged{limits(0, 0)},
          DrainRequested{},
          Adopted{name, RunnerId{1}, {}, "reference", RunnerState::busy, true},
          Adopted{name, std::nullopt, {}, "", RunnerState::planned, false},
          Tick{}};
}

/// Checks what must be true after every event.
class Watch {
 public:
  explicit Watch(Scene& scene) : scene_(scene) {}

  void check() {
    auto const now = scene_.fleet.counts();
    if (!names<RequestJit>(scene_.last).empty()) {
      EXPECT_LE(now.useful(), std::max(6, scene_.fleet.options().max_runners));
      EXPECT_LE(now.instances(), 2 * std::max(6, scene_.fleet.options().max_runners));
    }
    EXPECT_GE(scene_.fleet.capacity(), 0);
    EXPECT_LE(scene_.fleet.capacity(), scene_.fleet.options().max_runners + scene_.fleet.held());
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
      bool const has_job = runner.state == RunnerState::busy ||
                           runner.evidence == LocalEvidence::busy ||
                           runner.activity == Activity::busy;
      if (runner.state == RunnerState::planned) watch.tell(JitReady{name, RunnerId{5}});
      if (has_job && i > 2) watch.tell(InstanceIdle{name});
      if (runner.stops > 0 && !has_job) watch.tell(exited(name, 0));
      if (runner.awaiting_removal) watch.tell(RegistrationRemoved{name});
    }
  }
  EXPECT_TRUE(scene.fleet.is_empty());
}

TEST(FleetEventsTest, EveryPairOfEventsInEveryStateIsHarmless) {
  Options options;
  options.min_idle = 0;
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
  scene.tell(completed(name, "succeeded"));
  scene.tell(exited(name, 0));
  ASSERT_TRUE(scene.fleet.is_empty());
  for (Event const& event :
       std::vector<Event>{registered(name), InstanceBusy{name}, InstanceIdle{name}, exited(name, 0),
                          RegistrationRemoved{name}, RemovalRefused{name},
                          started(name, RunnerId{1}), completed(name, "succeeded")}) {
    EXPECT_TRUE(scene.tell(event).empty());
  }
  EXPECT_EQ(scene.fleet.totals().ignored, 6U);
  EXPECT_TRUE(scene.fleet.is_empty());
}

TEST(FleetEventsTest, EventsThatAStateDoesNotExpectDoNothingButCount) {
  Scene scene;
  auto const planned = scene.planned();
  auto const starting = scene.starting();
  auto const busy = scene.busy();
  std::vector<Event> const unexpected{InstanceStarted{planned, "reference"},
                                      InstanceBusy{planned},
                                      InstanceIdle{planned},
                                      InstanceTroubled{planned, "not found"},
                                      registered(planned),
                                      exited(planned, 0),
                                      RegistrationRemoved{planned},
                                      RemovalRefused{planned},
                                      RemovalFailed{starting, failure(true)},
                                      RegistrationLookedUp{starting, false},
                                      Prepared{starting},
                                      PrepareFailed{starting, "no such image"},
                                      JitFailed{planned, failure(true)},
                                      InstanceFailed{busy, "no room"},
                                      RemovalRefused{busy},
                                      started(planned)};
  for (auto const& event : unexpected) {
    EXPECT_TRUE(scene.tell(event).empty()) << "event " << event.index();
  }
  EXPECT_EQ(scene.fleet.totals().ignored, unexpected.size());
  EXPECT_EQ(scene.state(planned), RunnerState::planned);
  EXPECT_EQ(scene.state(starting), RunnerState::starting);
  EXPECT_EQ(scene.state(busy), RunnerState::busy);
}

}  // namespace
}  // namespace scaleset::fleet
