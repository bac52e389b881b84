#include <array>

#include "fleet/fleet.hpp"
#include "fleet/testing/fixture.hpp"

/// Starts that fail again and again.
namespace scaleset::fleet {
namespace {

using std::chrono::seconds;
using testing::assigned;
using ::testing::ElementsAre;
using testing::exited;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::limits;
using testing::names;
using ::testing::Not;
using testing::noticed;
using testing::registered;
using testing::Scene;
using ::testing::SizeIs;

class CrashLoopTest : public ::testing::Test {
 protected:
  CrashLoopTest() {
    std::array<std::string, 5> runners;
    for (auto& name : runners) name = scene_.starting();
    for (auto const& name : runners) scene_.tell(exited(name, 1, "bad image"));
  }
  /// What was planned before the breaker opened does not count here.
  void forget_planned() {
    for (auto const& [name, runner] : Runners(scene_.fleet.runners())) {
      if (runner.state == RunnerState::planned) scene_.tell(PrepareFailed{name, "bad image"});
    }
  }
  /// The runner that is tried after the pause, when it has registered.
  std::string registered_probe() {
    forget_planned();
    scene_.wait(seconds(70));
    return registered_probe_now();
  }
  std::string registered_probe_now() {
    EXPECT_EQ(scene_.fleet.counts().planned, 1) << "one at a time, although 5 are wanted";
    std::string probe;
    for (auto const& [name, runner] : scene_.fleet.runners()) {
      if (runner.state == RunnerState::planned) probe = name;
    }
    EXPECT_THAT(names<RequestJit>(scene_.tell(Prepared{probe})), ElementsAre(probe));
    scene_.tell(JitReady{probe, RunnerId{99}});
    EXPECT_THAT(names<PrepareInstance>(scene_.last), IsEmpty());
    scene_.tell(registered(probe));
    return probe;
  }
  Scene scene_{limits(0, 10)};
};

TEST_F(CrashLoopTest, PausesSaysWhyAndStopsAdvertising) {
  EXPECT_THAT(noticed(scene_.last, LogLevel::error), HasSubstr("cause=bad image"));
  EXPECT_THAT(names<PrepareInstance>(scene_.last), IsEmpty());
  EXPECT_EQ(scene_.fleet.capacity(), scene_.fleet.counts().useful());
  EXPECT_LT(scene_.fleet.capacity(), 10);
}

TEST_F(CrashLoopTest, TellsACauseOnceAndThenCountsItUntilStartsArePaused) {
  Scene scene(limits(0, 10));
  std::vector<std::string> lines;
  for (int i = 0; i < 5; ++i) {
    scene.tell(exited(scene.starting(), 1, i == 2 ? "no memory" : "bad image"));
    for (auto const level : {LogLevel::warn, LogLevel::error})
      if (auto text = noticed(scene.last, level); !text.empty()) lines.push_back(std::move(text));
  }
  EXPECT_THAT(lines,
              ElementsAre(HasSubstr("failures=1"), HasSubstr("no memory failures=3"),
                          HasSubstr("bad image failures=4"), HasSubstr("starting is paused")));
}

TEST_F(CrashLoopTest, TriesOneRunnerAfterThePauseAndRecovers) {
  registered_probe();
  EXPECT_THAT(names<PrepareInstance>(scene_.last), IsEmpty())
      << "one that is refused registers, too";
  EXPECT_EQ(scene_.fleet.capacity(), 1);
  EXPECT_THAT(noticed(scene_.wait(seconds(59)), LogLevel::info), IsEmpty());
  scene_.wait(seconds(1));
  EXPECT_THAT(noticed(scene_.last, LogLevel::info), HasSubstr("starting runners"));
  EXPECT_EQ(scene_.fleet.capacity(), 10);
  EXPECT_THAT(names<PrepareInstance>(scene_.last), SizeIs(4));
}

TEST_F(CrashLoopTest, RecoversAtOnceWhenTheRunnerGetsAJob) {
  auto const probe = registered_probe();
  scene_.tell(InstanceBusy{probe});
  EXPECT_EQ(scene_.fleet.capacity(), 10);
  EXPECT_THAT(names<PrepareInstance>(scene_.last), SizeIs(4));
}

/// B9: a runner whose version is refused registers and ends at once, over and over.
TEST_F(CrashLoopTest, ARunnerThatEndsSoonAfterItHasRegisteredIsAFailureAsWell) {
  std::vector<Duration> pauses;
  std::size_t calls = 0;
  auto probe = registered_probe();
  for (int attempt = 0; attempt < 4; ++attempt) {
    scene_.tell(exited(probe, 7, "deprecated"));
    ASSERT_TRUE(scene_.fleet.starts().retry_at());
    pauses.push_back(std::chrono::ceil<Duration>(*scene_.fleet.starts().retry_at() - scene_.now));
    EXPECT_THAT(noticed(scene_.last, LogLevel::info), Not(HasSubstr("start again")));
    scene_.wait(pauses.back());
    calls += names<PrepareInstance>(scene_.last).size();
    probe = registered_probe_now();
  }
  EXPECT_EQ(calls, 4U);
  EXPECT_TRUE(std::ranges::is_sorted(pauses));
  EXPECT_GT(pauses.back(), pauses.front() * 3);
}

TEST_F(CrashLoopTest, AdvertisesRoomForOneJobWhenItMayTryAgain) {
  scene_.tell(assigned(0));
  forget_planned();
  EXPECT_EQ(scene_.fleet.capacity(), 0);
  scene_.now = scene_.fleet.starts().retry_at().value();
  scene_.tell(Tick{});
  EXPECT_EQ(scene_.fleet.capacity(), 1) << "without a job no runner would ever be tried";
}

}  // namespace
}  // namespace scaleset::fleet
