// Credentials that are replaced by others while the token that was got before still works.
#include "daemon/set_runner.hpp"
#include "daemon/testing/house_fixture.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using testing::make_response;
using ::testing::StartsWith;

class SetRunnerCredentialsTest : public testing::HouseTest {
 protected:
  SetRunnerCredentialsTest() { starting = settings("one"); }
  /// As after a change of a file.
  void reload() {
    house->reload();
    time.advance(0s);
  }
  SetSettings starting;
  HttpResponse const refusal = make_response(401, R"({"message":"Bad credentials"})");
};

TEST_F(SetRunnerCredentialsTest, WrongOnesAreToldAsSoonAsTheyWereTried) {
  start({starting});
  ASSERT_TRUE(snapshot().ready) << snapshot().reason;
  time.advance(1min);
  services["one"].token_answer = refusal;
  auto const changed_at = time.clock()->now().steady;
  reload();
  EXPECT_FALSE(snapshot().ready);
  EXPECT_EQ(snapshot().readiness, Readiness::refused);
  EXPECT_THAT(snapshot().reason, StartsWith("the service refuses the credentials: "));
  EXPECT_THAT(snapshot().reason, EndsWith("it is served until the token that was got before ends"));
  EXPECT_EQ(snapshot().since, changed_at);
  ASSERT_EQ(snapshot().problems.size(), 1U);
  EXPECT_EQ(snapshot().problems[0].since, changed_at);
  time.advance(10min);
  EXPECT_EQ(snapshot().since, changed_at) << "it goes on";
  EXPECT_GT(snapshot().problems[0].failures, 1);
}

TEST_F(SetRunnerCredentialsTest, ItIsServedMeanwhileAndReadyAgainWhenTheyAreMended) {
  start({starting});
  services["one"].token_answer = refusal;
  reload();
  auto const polls = services["one"].polls;
  services["one"].messages = {testing::PretendService::message(1, "JobAssigned", "", 1)};
  time.advance(2min);
  EXPECT_GT(services["one"].polls, polls);
  EXPECT_EQ(instances().size(), 1U) << "jobs get their runners";
  services["one"].token_answer.reset();
  reload();
  EXPECT_TRUE(snapshot().ready) << snapshot().reason;
  EXPECT_TRUE(snapshot().problems.empty());
}

TEST_F(SetRunnerCredentialsTest, OnesThatCannotBeReadAreTold) {
  start({starting});
  no_token = true;
  reload();
  EXPECT_EQ(snapshot().readiness, Readiness::unserved);
  EXPECT_THAT(snapshot().reason, ::testing::HasSubstr("the vault is sealed"));
}

TEST_F(SetRunnerCredentialsTest, AServiceThatCannotBeReachedIsNoTroubleOfThem) {
  start({starting});
  services["one"].token_answer = make_response(503);
  reload();
  EXPECT_TRUE(snapshot().ready) << snapshot().reason;
  EXPECT_TRUE(snapshot().problems.empty());
}

TEST_F(SetRunnerCredentialsTest, WhatAnOperatorWantsIsToldFirst) {
  start({starting});
  auto const paused = scaleset::testing::start_task(
      context, house->sets().at(0)->suspend(fleet::Suspension::paused));
  time.advance(0s);
  ASSERT_TRUE(*paused && **paused);
  services["one"].token_answer = refusal;
  reload();
  EXPECT_EQ(snapshot().readiness, Readiness::paused);
  EXPECT_EQ(snapshot().problems.size(), 1U);
}

}  // namespace
}  // namespace scaleset::daemon
