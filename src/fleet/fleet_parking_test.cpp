#include "fleet/fleet.hpp"
#include "fleet/testing/fixture.hpp"

/// What happens while the service refuses the runners' version (B9), and what closes the breaker.
namespace scaleset::fleet {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::assigned;
using ::testing::ElementsAre;
using testing::exited;
using testing::failure;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::limits;
using testing::names;
using testing::noticed;
using testing::registered;
using testing::Scene;
using ::testing::SizeIs;

class ParkingFleetTest : public ::testing::Test {
 protected:
  void refuse(std::string const& name) {
    scene_.tell(exited(name, 7, "deprecated", ExitCause::version_refused, "2.330.0"));
  }
  void park() { refuse(scene_.idle()); }
  /// The runner that is tried, until it has registered.
  std::string registered_probe() {
    scene_.wait_until(scene_.fleet.next_deadline().value());
    auto const probes = names<PrepareInstance>(scene_.last);
    EXPECT_THAT(probes, SizeIs(1));
    if (probes.empty()) return {};
    EXPECT_THAT(names<RequestJit>(scene_.tell(Prepared{probes[0]})), ElementsAre(probes[0]));
    EXPECT_THAT(names<StartInstance>(scene_.tell(JitReady{probes[0], RunnerId{500}})), SizeIs(1));
    scene_.tell(registered(probes[0], "2.331.0"));
    return probes[0];
  }
  Scene scene_{limits(1, 10)};
};

TEST_F(ParkingFleetTest, OneRefusalIsEnoughAndIsExplained) {
  EXPECT_FALSE(scene_.fleet.parked());
  park();
  EXPECT_THAT(scene_.fleet.parked().value(), HasSubstr("2.330.0"));
  EXPECT_THAT(noticed(scene_.last, LogLevel::error), HasSubstr("install a newer release"));
  EXPECT_EQ(scene_.fleet.totals().parked, 1U);
  EXPECT_EQ(scene_.fleet.capacity(), 0);
  EXPECT_EQ(scene_.fleet.target(), 0);
  EXPECT_THAT(names<PrepareInstance>(scene_.last), IsEmpty());
  EXPECT_THAT(names<RemoveRegistration>(scene_.last), SizeIs(1)) << "its registration is left";
  EXPECT_EQ(scene_.fleet.starts().failures(), 0) << "that is not what the breaker is for";
}

TEST_F(ParkingFleetTest, TheVersionMayBeKnownFromTheRunnerOnly) {
  auto const name = scene_.starting();
  scene_.tell(registered(name, "2.329.0"));
  scene_.tell(exited(name, 7, "", ExitCause::version_refused));
  EXPECT_THAT(scene_.fleet.parked().value(), HasSubstr("2.329.0"));
}

TEST_F(ParkingFleetTest, WhatIsUnderWayIsNotStartedAndBusyOnesFinish) {
  auto const busy = scene_.busy();
  auto const asked = scene_.asked();
  auto const planned = scene_.planned();
  park();
  scene_.tell(JitReady{asked, RunnerId{300}});
  EXPECT_THAT(names<StartInstance>(scene_.last), IsEmpty());
  EXPECT_EQ(scene_.state(asked), RunnerState::cleaning);
  EXPECT_THAT(names<ForgetRunner>(scene_.tell(Prepared{planned})), ElementsAre(planned));
  EXPECT_THAT(names<StopInstance>(scene_.wait(minutes(5))), IsEmpty());
  EXPECT_EQ(scene_.state(busy), RunnerState::busy);
}

TEST_F(ParkingFleetTest, OthersThatAreRefusedCauseNoFurtherErrors) {
  auto const other = scene_.idle();
  park();
  auto const due = scene_.fleet.next_deadline();
  scene_.wait(seconds(30));
  refuse(other);
  EXPECT_THAT(noticed(scene_.last, LogLevel::error), IsEmpty());
  EXPECT_THAT(noticed(scene_.last, LogLevel::warn), IsEmpty());
  EXPECT_THAT(noticed(scene_.last, LogLevel::debug), HasSubstr("still refuses"));
  EXPECT_EQ(scene_.fleet.totals().parked, 1U);
  EXPECT_TRUE(due);
}

TEST_F(ParkingFleetTest, OneRunnerIsTriedEveryTenMinutesWhateverTheDemandIs) {
  park();
  auto const start = scene_.now;
  for (auto const& [name, runner] : Runners(scene_.fleet.runners())) {
    if (runner.state == RunnerState::planned) scene_.tell(Prepared{name});
    if (runner.state == RunnerState::cleaning) scene_.tell(RegistrationRemoved{name});
  }
  scene_.tell(assigned(0));
  EXPECT_EQ(scene_.fleet.next_deadline(), start + minutes(10));
  for (int attempt = 1; attempt <= 3; ++attempt) {
    auto const probe = registered_probe();
    EXPECT_EQ(scene_.now, start + attempt * minutes(10));
    EXPECT_EQ(scene_.fleet.capacity(), 0);
    refuse(probe);
    EXPECT_THAT(noticed(scene_.last, LogLevel::error), IsEmpty());
    scene_.tell(RegistrationRemoved{probe});
    EXPECT_EQ(scene_.fleet.next_deadline(), scene_.now + minutes(10));
  }
}

TEST_F(ParkingFleetTest, AProbeThatStaysIdleForAMinuteEndsIt) {
  park();
  scene_.tell(RegistrationRemoved{scene_.fleet.runners().begin()->first});
  auto const probe = registered_probe();
  EXPECT_TRUE(scene_.fleet.parked());
  scene_.wait(seconds(59));
  EXPECT_TRUE(scene_.fleet.parked());
  scene_.wait(seconds(1));
  EXPECT_FALSE(scene_.fleet.parked());
  EXPECT_THAT(noticed(scene_.last, LogLevel::info), HasSubstr("accepts runners again"));
  EXPECT_EQ(scene_.fleet.capacity(), 10);
  EXPECT_EQ(scene_.state(probe), RunnerState::idle);
}

TEST_F(ParkingFleetTest, AProbeThatGetsAJobEndsItAtOnce) {
  park();
  scene_.tell(RegistrationRemoved{scene_.fleet.runners().begin()->first});
  auto const probe = registered_probe();
  scene_.tell(InstanceBusy{probe});
  EXPECT_FALSE(scene_.fleet.parked());
  EXPECT_EQ(scene_.fleet.capacity(), 10);
}

TEST_F(ParkingFleetTest, AJobOnAnOlderRunnerAndNewOptionsDoNotEndIt) {
  auto const older = scene_.idle();
  park();
  scene_.tell(InstanceBusy{older});
  EXPECT_TRUE(scene_.fleet.parked());
  scene_.tell(OptionsChanged{limits(2, 20)});
  EXPECT_TRUE(scene_.fleet.parked());
  EXPECT_EQ(scene_.fleet.capacity(), 0);
}

TEST_F(ParkingFleetTest, AProbeThatNeverComesUpIsFollowedByAnother) {
  park();
  scene_.tell(RegistrationRemoved{scene_.fleet.runners().begin()->first});
  scene_.wait(minutes(10));
  auto const probe = names<PrepareInstance>(scene_.last).at(0);
  scene_.tell(PrepareFailed{probe, "no such image"});
  EXPECT_THAT(names<PrepareInstance>(scene_.last), IsEmpty());
  EXPECT_THAT(names<PrepareInstance>(scene_.wait(minutes(10))), SizeIs(1));
  EXPECT_THAT(names<PrepareInstance>(scene_.wait(minutes(10))), IsEmpty()) << "one at a time";
}

TEST_F(ParkingFleetTest, NoProbeWithoutRoomNorWhileDraining) {
  scene_.tell(OptionsChanged{limits(0, 1)});
  auto const busy = scene_.busy();
  scene_.tell(Adopted{"old", RunnerId{9}, {}, "9", RunnerState::lost, true});
  refuse("old");
  scene_.tell(RegistrationRemoved{"old"});
  EXPECT_THAT(names<PrepareInstance>(scene_.wait(minutes(20))), IsEmpty());
  scene_.tell(DrainRequested{});
  scene_.tell(exited(busy, 0));
  EXPECT_THAT(names<PrepareInstance>(scene_.wait(minutes(20))), IsEmpty());
}

TEST_F(ParkingFleetTest, SuspectsNobodyMeanwhile) {
  auto const idle = scene_.idle();
  park();
  scene_.look(Activity::idle);
  scene_.wait(minutes(6));
  EXPECT_EQ(scene_.state(idle), RunnerState::idle);
  EXPECT_EQ(scene_.fleet.totals().suspects, 0U);
}

// What closes the breaker of the starts: a job, or a minute of idleness. Nothing else does.

class BreakerFleetTest : public ::testing::Test {
 protected:
  void open() {
    for (int i = 0; i < 5; ++i) scene_.tell(exited(scene_.starting(), 1, "bad image"));
    ASSERT_EQ(scene_.fleet.starts().state(), Breaker::State::open);
  }
  void probing() {
    for (auto const& [name, runner] : Runners(scene_.fleet.runners())) {
      if (runner.state == RunnerState::planned) scene_.tell(PrepareFailed{name, "bad image"});
    }
    scene_.tell(assigned(0));
    scene_.wait_until(scene_.fleet.starts().retry_at().value());
    ASSERT_EQ(scene_.fleet.starts().state(), Breaker::State::probing);
  }
  Scene scene_{limits(0, 20)};
};

TEST_F(BreakerFleetTest, ARunnerThatWasStartedBeforeTheFailuresNeverClosesIt) {
  auto const idle = scene_.idle();
  auto const starting = scene_.starting();
  auto const busy = scene_.busy();
  open();
  scene_.tell(registered(starting));
  scene_.wait(minutes(2));
  EXPECT_NE(scene_.fleet.starts().state(), Breaker::State::closed) << "it has stayed idle";
  scene_.tell(InstanceBusy{idle});
  EXPECT_NE(scene_.fleet.starts().state(), Breaker::State::closed) << "it has got a job";
  scene_.tell(InstanceIdle{busy});
  EXPECT_NE(scene_.fleet.starts().state(), Breaker::State::closed) << "its job has ended";
  scene_.tell(assigned(0));
  scene_.wait(minutes(1));
  ASSERT_EQ(scene_.state(starting), RunnerState::retiring);
  scene_.tell(RemovalRefused{starting});
  EXPECT_NE(scene_.fleet.starts().state(), Breaker::State::closed) << "the service says it is busy";
}

TEST_F(BreakerFleetTest, ARunnerThatWasStartedAfterTheFirstFailureClosesIt) {
  scene_.tell(exited(scene_.starting(), 1, "bad image"));
  auto const other = scene_.starting();
  for (int i = 0; i < 4; ++i) scene_.tell(exited(scene_.starting(), 1, "bad image"));
  ASSERT_EQ(scene_.fleet.starts().state(), Breaker::State::open);
  scene_.tell(registered(other));
  EXPECT_EQ(scene_.fleet.starts().state(), Breaker::State::open);
  scene_.wait(seconds(59));
  EXPECT_NE(scene_.fleet.starts().state(), Breaker::State::closed);
  scene_.wait(seconds(1));
  EXPECT_EQ(scene_.fleet.starts().state(), Breaker::State::closed);
}

TEST_F(BreakerFleetTest, PreparedRunnersWaitWhileAStartHasJustFailed) {
  auto const first = scene_.starting();
  auto const second = scene_.planned();
  scene_.tell(exited(first, 1, "bad image"));
  EXPECT_THAT(names<RequestJit>(scene_.tell(Prepared{second})), IsEmpty());
  EXPECT_EQ(scene_.fleet.capacity(), 20) << "one failure may be an accident";
  EXPECT_THAT(names<RequestJit>(scene_.end_pause()), ElementsAre(second));
}

TEST_F(BreakerFleetTest, ARegistrationClosesItNeitherWhenItIsProbing) {
  open();
  probing();
  auto const planned = names<PrepareInstance>(scene_.tell(assigned(1)));
  ASSERT_THAT(planned, SizeIs(1));
  auto const& other = planned[0];
  scene_.tell(Prepared{other});
  scene_.tell(JitReady{other, RunnerId{400}});
  scene_.tell(InstanceStarted{other, "instance"});
  EXPECT_EQ(scene_.fleet.capacity(), scene_.fleet.counts().useful())
      << "the runner that is under way is the attempt";
  scene_.tell(registered(other));
  EXPECT_EQ(scene_.fleet.starts().state(), Breaker::State::probing);
  EXPECT_EQ(scene_.fleet.capacity(), 1);
  scene_.tell(exited(other, 1));
  EXPECT_EQ(scene_.fleet.starts().state(), Breaker::State::open);
}

TEST_F(BreakerFleetTest, AnAnswerOfTheServiceClosesOnlyTheServicesOwn) {
  auto const asked = scene_.asked();
  open();
  scene_.tell(JitReady{asked, RunnerId{400}});
  EXPECT_EQ(scene_.fleet.starts().state(), Breaker::State::open);
}

TEST_F(BreakerFleetTest, PreparedRunnersWaitUntilOneMayBeTried) {
  open();
  for (auto const& [name, runner] : Runners(scene_.fleet.runners())) {
    if (runner.state == RunnerState::planned) scene_.tell(Prepared{name});
    EXPECT_THAT(names<RequestJit>(scene_.last), IsEmpty());
  }
  scene_.wait_until(scene_.fleet.starts().retry_at().value());
  EXPECT_THAT(names<RequestJit>(scene_.last), SizeIs(1));
}

TEST_F(BreakerFleetTest, NewOptionsChangeWhenItOpens) {
  Options options = limits(0, 20);
  options.breaker_threshold = 2;
  scene_.tell(OptionsChanged{options});
  scene_.tell(exited(scene_.starting(), 1));
  EXPECT_EQ(scene_.fleet.starts().state(), Breaker::State::closed);
  scene_.tell(exited(scene_.starting(), 1));
  EXPECT_EQ(scene_.fleet.starts().state(), Breaker::State::open);
}

}  // namespace
}  // namespace scaleset::fleet
