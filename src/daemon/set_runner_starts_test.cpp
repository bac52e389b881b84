// JIT calls pass the door of their credential.
#include "daemon/set_runner.hpp"
#include "daemon/testing/house_fixture.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using testing::make_response;

class SetRunnerStartsTest : public testing::HouseTest {
 protected:
  void open_door(double rate, int burst) {
    StartGateOptions options;
    options.rate = rate;
    options.burst = burst;
    starts =
        std::make_shared<StartDoor>(context.get_executor(), options, base::Logger(log, "daemon"));
  }
  SetSettings wanting(std::string const& org, int idle) const {
    auto made = settings(org);
    made.fleet.min_idle = idle;
    return made;
  }
  std::size_t calls(std::string const& org) const {
    auto const found = services.find(org);
    if (found == services.end()) return 0;
    return static_cast<std::size_t>(std::ranges::count_if(
        found->second.done, [](auto const& line) { return line.starts_with("JIT "); }));
  }
};

TEST_F(SetRunnerStartsTest, ScaleSetsOfOneCredentialShareItsRate) {
  open_door(1, 4);
  start({wanting("one", 5), wanting("two", 5)});
  EXPECT_EQ(calls("one") + calls("two"), 4U);
  EXPECT_GE(calls("one"), 1U);
  time.advance(4s);
  EXPECT_EQ(calls("one") + calls("two"), 8U);
  time.advance(2s);
  EXPECT_EQ(calls("one"), 5U);
  EXPECT_EQ(calls("two"), 5U);
  EXPECT_EQ(instances().size(), 10U);
}

TEST_F(SetRunnerStartsTest, ARefusalHoldsAllScaleSetsOfTheCredential) {
  open_door(50, 1000);
  auto refusal = make_response(429);
  refusal.headers = {{"Retry-After", "60"}};
  services["one"].jit_answer = refusal;
  start({wanting("one", 1)});
  EXPECT_TRUE(logged("GitHub wants fewer calls"));
  stop();
  services["one"].jit_answer.reset();
  start({wanting("two", 1)});
  time.advance(30s);
  EXPECT_EQ(calls("two"), 0U);
  time.advance(61s);
  EXPECT_EQ(calls("two"), 1U);
}

TEST_F(SetRunnerStartsTest, ADrainWaitsForNoTurn) {
  open_door(0.001, 1);
  start({wanting("one", 3)});
  EXPECT_EQ(snapshot().counts.planned, 2);
  house->drain("SIGINT was received");
  time.advance(1s);
  EXPECT_EQ(snapshot().counts.planned, 0);
  EXPECT_EQ(calls("one"), 1U);
}

// The fleet counts a call as failed that is not answered in three minutes.
TEST_F(SetRunnerStartsTest, ACallThatHasWaitedForLongIsNoFailure) {
  open_door(0.001, 1);
  start({wanting("one", 2)});
  time.advance(10min);
  EXPECT_EQ(calls("one"), 1U);
  EXPECT_EQ(snapshot().totals.jit_failures, 0U);
  EXPECT_EQ(snapshot().counts.planned, 1) << "it waits anew";
}

class SetRunnerEnrolmentsTest : public SetRunnerStartsTest {
 protected:
  void open_enrolments(int parallel) {
    auto options = enrolment_gate();
    options.parallel = parallel;
    open_door(50, 1000);
    starts->enrolments()->configure(options);
  }
};

TEST_F(SetRunnerEnrolmentsTest, OnlySoManyScaleSetsAreLookedUpAtATime) {
  open_enrolments(1);
  services["one"].answer = make_response(0);  // never
  start({settings("one"), settings("two"), settings("three")});
  EXPECT_EQ(snapshot(1).phase, Phase::enrolling);
  time.advance(5min);
  EXPECT_EQ(snapshot(0).phase, Phase::enrolling);
  EXPECT_EQ(snapshot(1).phase, Phase::serving) << "a call that is not answered ends";
  EXPECT_EQ(snapshot(2).phase, Phase::serving);
}

TEST_F(SetRunnerEnrolmentsTest, AStopWaitsForNoTurn) {
  open_enrolments(1);
  services["one"].answer = make_response(0);
  start({settings("one"), settings("two")});
  house->detach("SIGTERM was received");
  time.advance(1s);
  EXPECT_EQ(snapshot(1).phase, Phase::ended);
}

// What is told of it.

TEST_F(SetRunnerStartsTest, OneWhoseRegistrationsFailIsNotReadyAndSaysSinceWhen) {
  services["one"].jit_answer = make_response(500);
  start({wanting("one", 1)});
  auto const began = time.clock()->now().steady;
  time.advance(10min);
  EXPECT_FALSE(snapshot().ready);
  EXPECT_EQ(snapshot().readiness, Readiness::failing);
  EXPECT_THAT(snapshot().reason, ::testing::StartsWith("no runner can be registered: "));
  ASSERT_TRUE(snapshot().since);
  EXPECT_LT(*snapshot().since - began, 1min);
  services["one"].jit_answer.reset();
  time.advance(10min);
  EXPECT_TRUE(snapshot().ready) << snapshot().reason;
  EXPECT_FALSE(snapshot().since);
}

TEST_F(SetRunnerStartsTest, OneWhoseRunnersDoNotStartIsNotReady) {
  machine.faults[backends::PretendFault::failing_start] = 1.0;
  start({wanting("one", 1)});
  time.advance(10min);
  EXPECT_EQ(snapshot().readiness, Readiness::failing);
  EXPECT_THAT(snapshot().reason, ::testing::StartsWith("runners do not start: "));
}

TEST_F(SetRunnerStartsTest, WhatFailedIsNoReasonAnyMoreWhenNoRunnerIsMissing) {
  services["one"].jit_answer = make_response(500);
  services["one"].assigned = 1;
  start({wanting("one", 0)});
  time.advance(10min);
  ASSERT_EQ(snapshot().readiness, Readiness::failing);
  services["one"].messages = {testing::PretendService::message(1, "JobAssigned", "", 0)};
  time.advance(1min);
  EXPECT_TRUE(snapshot().ready) << snapshot().reason;
  EXPECT_EQ(snapshot().problems.size(), 1U) << "what failed last is still told";
}

TEST_F(SetRunnerStartsTest, ASingleFailureMakesItNotUnready) {
  services["one"].jit_answer = make_response(500);
  start({wanting("one", 1)});
  EXPECT_EQ(snapshot().problems.size(), 1U);
  EXPECT_TRUE(snapshot().ready) << snapshot().reason;
}

TEST_F(SetRunnerStartsTest, OneWhoseCredentialsAreRevokedSaysSo) {
  start({wanting("one", 0)});
  ASSERT_TRUE(snapshot().ready) << snapshot().reason;
  services["one"].answer = make_response(401, R"({"message":"Bad credentials"})");
  time.advance(30min);
  EXPECT_EQ(snapshot().readiness, Readiness::refused);
  EXPECT_THAT(snapshot().reason, ::testing::StartsWith("the service refuses the credentials: "));
  EXPECT_TRUE(snapshot().since);
  services["one"].answer.reset();
  services["one"].messages = {testing::PretendService::message(1, "JobAssigned", "", 0)};
  time.advance(6min);
  EXPECT_TRUE(snapshot().ready) << snapshot().reason;
}

}  // namespace
}  // namespace scaleset::daemon
