#include "daemon/house.hpp"

#include "daemon/testing/house_fixture.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HouseTest;
using ::testing::IsEmpty;
using testing::make_response;
using ::testing::Not;

// Several scale sets.

TEST_F(HouseTest, ServesAllOfItsScaleSets) {
  start({settings("one"), settings("two")});
  for (std::size_t const number : {0U, 1U}) {
    EXPECT_EQ(snapshot(number).phase, Phase::serving);
    EXPECT_TRUE(snapshot(number).ready) << snapshot(number).reason;
    EXPECT_EQ(snapshot(number).id, ScaleSetId{5});
  }
  EXPECT_EQ(snapshot(0).owner, owner("one"));
  EXPECT_EQ(snapshot(1).owner, owner("two"));
  EXPECT_FALSE(ended);
}

TEST_F(HouseTest, WhereAPersonWaitsWhatCannotBeServedEndsAndTheOthersGoOn) {
  bad_backends.emplace("one", Error(ErrorCode::backend, "the engine is not installed"));
  start({waited_for("one"), waited_for("two")});
  EXPECT_EQ(snapshot(0).phase, Phase::ended);
  EXPECT_FALSE(snapshot(0).ready);
  EXPECT_EQ(snapshot(1).phase, Phase::serving);
  EXPECT_FALSE(ended) << "the other one is served";
  EXPECT_TRUE(logged("a scale set is not served any more; the others are"));
  EXPECT_TRUE(logged("the engine is not installed")) << "nobody waits until all have ended";
  house->detach("SIGTERM was received");
  time.advance(1min);
  ASSERT_TRUE(ended);
  ASSERT_FALSE(*ended);
  EXPECT_EQ(ended->error().code, ErrorCode::backend);
  EXPECT_EQ(ended->error().message, "the engine is not installed");
}

TEST_F(HouseTest, EndsAtOnceIfNoScaleSetCanBeServedAndAPersonWaits) {
  bad_ports.emplace("one", Error(ErrorCode::io, "the first"));
  bad_backends.emplace("two", Error(ErrorCode::backend, "the second"));
  start({waited_for("one"), waited_for("two")});
  ASSERT_TRUE(ended && !*ended);
  EXPECT_EQ(ended->error().message, "the first");
}

TEST_F(HouseTest, AUrlThatIsNoneIsAnError) {
  auto bad = settings("one");
  bad.url = "one";
  start({bad});
  ASSERT_TRUE(ended && !*ended);
  EXPECT_EQ(ended->error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(ports_made, 0);
}

TEST_F(HouseTest, AJournalThatCannotBeReadIsAnErrorForAPersonWhoWaits) {
  book.broken = true;
  start({waited_for("one")});
  ASSERT_TRUE(ended && !*ended);
  EXPECT_EQ(ended->error().message, "the disk is full");
  EXPECT_EQ(ports_made, 0);
}

TEST_F(HouseTest, WhatIsNotReadInTimeIsTriedAgain) {
  stays = true;
  not_ready.emplace(ErrorCode::timeout, "cannot read /mnt/ca.pem: no answer for 10 s");
  start({settings("one")});
  EXPECT_TRUE(logged("a scale set cannot be served; it is tried again"));
  EXPECT_EQ(snapshot().reason, "cannot read /mnt/ca.pem: no answer for 10 s");
  EXPECT_EQ(ports_made, 0);
  not_ready.reset();
  time.advance(10min);
  EXPECT_EQ(snapshot().phase, Phase::serving);
  stop();
}

TEST_F(HouseTest, TheErrorOfTheOnlyScaleSetIsLeftToTheCaller) {
  bad_backends.emplace("one", Error(ErrorCode::backend, "the engine is not installed"));
  start({waited_for("one")});
  ASSERT_TRUE(ended && !*ended);
  EXPECT_FALSE(logged("the engine is not installed")) << "who gets the error says it";
}

TEST_F(HouseTest, GivingUpLeavesRunnersAndReturnsTheReason) {
  auto one = settings("one");
  one.fleet.min_idle = 1;
  start({one});
  ASSERT_EQ(instances().size(), 1U);
  house->give_up(Error(ErrorCode::io, "another process serves it"));
  time.advance(15s);
  ASSERT_TRUE(ended && !*ended);
  EXPECT_EQ(ended->error().message, "another process serves it");
  EXPECT_EQ(instances().size(), 1U);
  EXPECT_THAT(services["one"].done, ::testing::Contains(HasSubstr("DELETE session")));
}

// Stops.

TEST_F(HouseTest, ADetachBeforeTheStartKeepsItFromStarting) {
  make({settings("one")});
  house->detach("SIGTERM was received");
  begin();
  ASSERT_TRUE(ended);
  EXPECT_TRUE(*ended) << "it is no failure";
  EXPECT_EQ(ports_made, 0);
}

TEST_F(HouseTest, ADrainBeforeTheStartStillLooksForRunnersOfAnEarlierProcess) {
  make({settings("one")});
  house->drain("SIGINT was received");
  begin();
  time.advance(10s);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(*ended);
  EXPECT_EQ(ports_made, 1);
  EXPECT_TRUE(logged("draining: "));
}

TEST_F(HouseTest, AStopDuringTheFirstListingEndsIt) {
  machine.faults[backends::PretendFault::failing_list] = 1.0;
  start({settings("one")});
  EXPECT_EQ(snapshot().phase, Phase::starting);
  EXPECT_FALSE(snapshot().ready);
  EXPECT_EQ(snapshot().reason, "it takes over what an earlier process left");
  EXPECT_TRUE(logged("the backend does not tell which runners there are; asking again"));
  house->drain("SIGINT was received");
  time.advance(1s);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(*ended);
}

TEST_F(HouseTest, AStopBeforeTheRunnersWereListedForgetsNoneOfThem) {
  auto const key = record("one").key;
  store::RunnerRecord runner;
  runner.name = "set-1";
  runner.id = RunnerId{7};
  runner.state = "busy";
  for (bool const drain : {true, false}) {
    write({store::PutRunner{key, runner}});
    machine.faults[backends::PretendFault::failing_list] = 1.0;
    start({settings("one")});
    if (drain) {
      house->drain("SIGINT was received");
    } else {
      house->detach("SIGTERM was received");
    }
    time.advance(1min);
    ASSERT_TRUE(ended);
    EXPECT_EQ(record("one").runners.size(), 1U) << "the next start has to take it over";
  }
}

TEST_F(HouseTest, ADetachLeavesRunnersForTheNextStart) {
  auto set = settings("one");
  set.fleet.min_idle = 1;
  start({set});
  ASSERT_EQ(instances().size(), 1U);
  auto const name = instances().front();
  EXPECT_EQ(snapshot().counts.idle, 1);
  house->detach("SIGTERM was received");
  time.advance(1s);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(*ended);
  EXPECT_EQ(snapshot().phase, Phase::ended);
  EXPECT_TRUE(logged("left running runner=" + name + " state=idle"));
  EXPECT_FALSE(record("one").session) << "it was closed";
  start({set});
  EXPECT_THAT(instances(), ElementsAre(name)) << "no other was started";
  EXPECT_EQ(snapshot().counts.idle, 1);
}

TEST_F(HouseTest, FromADetachOnNothingIsStarted) {
  auto set = settings("one");
  set.fleet.min_idle = 1;
  start({set});
  ASSERT_EQ(instances().size(), 1U);
  services["one"].hangs = true;
  services["one"].done.clear();
  house->detach("SIGTERM was received");
  machine.find(instances().front())->exit(0, backends::ExitCause::exited);
  time.advance(4s);
  EXPECT_FALSE(ended) << "it waits for the service to close the session";
  EXPECT_THAT(services["one"].done, IsEmpty()) << "no other one takes its place";
  time.advance(2s);
  ASSERT_TRUE(ended) << "but not for long";
  EXPECT_TRUE(*ended);
  EXPECT_FALSE(logged("left running"));
}

TEST_F(HouseTest, ADetachDoesNotWaitForAnAnswerOfTheService) {
  start({settings("one")});
  services["one"].hangs = true;
  time.advance(10min);  // the statistics are asked for
  house->detach("SIGTERM was received");
  time.advance(5s);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(*ended);
}

TEST_F(HouseTest, OnlyWhatRunsIsCountedAndLeftRunning) {
  auto set = settings("one");
  set.fleet.min_idle = 3;
  machine.faults[backends::PretendFault::slow_start] = 1.0;
  start({set});
  house->detach("SIGTERM was received");
  time.advance(10s);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(logged("why=SIGTERM was received busy=0 runners=0"));
  EXPECT_FALSE(logged("left running"));
}

TEST_F(HouseTest, ADrainRemovesIdleRunnersAndWaitsForBusyOnes) {
  auto set = settings("one");
  set.fleet.min_idle = 2;
  start({set});
  ASSERT_EQ(instances().size(), 2U);
  auto const busy = instances().front();
  machine.find(busy)->busy();
  time.advance(1s);
  services["one"].done.clear();
  house->drain("SIGINT was received");
  time.advance(5min);
  EXPECT_EQ(snapshot().phase, Phase::draining);
  EXPECT_EQ(snapshot().reason,
            "SIGINT was received; busy runners finish, and then it is not served any more");
  EXPECT_EQ(snapshot().capacity, 0);
  EXPECT_THAT(instances(), ElementsAre(busy));
  EXPECT_FALSE(ended);
  house->report_waiting();
  EXPECT_TRUE(logged("the drain waits for a runner runner=" + busy + " state=busy"));
  machine.find(busy)->idle();
  machine.find(busy)->exit(0, backends::ExitCause::exited);
  time.advance(5min);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(*ended);
  EXPECT_THAT(instances(), IsEmpty());
  EXPECT_EQ(std::ranges::count_if(log->lines(),
                                  [](auto const& line) { return line.contains("draining: "); }),
            1);
  EXPECT_EQ(log->lines().back(), "info daemon: drained, nothing left");
}

TEST_F(HouseTest, ADetachEndsADrainThatTakesTooLong) {
  auto set = settings("one");
  set.fleet.min_idle = 1;
  start({set});
  ASSERT_EQ(instances().size(), 1U);
  machine.find(instances().front())->busy();
  time.advance(1s);
  house->drain("SIGINT was received");
  time.advance(1h);
  EXPECT_FALSE(ended);
  house->detach("SIGINT was received again");
  time.advance(1s);
  ASSERT_TRUE(ended);
  EXPECT_EQ(instances().size(), 1U);
  EXPECT_TRUE(logged("left running"));
}

// A service that cannot be reached, or refuses.

TEST_F(HouseTest, AServiceThatNeverAnswersIsWaitedFor) {
  services["one"].answer = make_response(0);
  start({settings("one")});
  EXPECT_EQ(snapshot().phase, Phase::enrolling);
  EXPECT_FALSE(snapshot().ready);
  EXPECT_EQ(snapshot().reason, "it is looked for at the service");
  EXPECT_EQ(snapshot().id, ScaleSetId{});
  EXPECT_EQ(snapshot().target, std::nullopt);
  time.advance(10min);
  EXPECT_EQ(snapshot().phase, Phase::enrolling);
  EXPECT_THAT(snapshot().reason, HasSubstr("no answer came"));
  EXPECT_FALSE(ended);
  services["one"].answer.reset();
  time.advance(10min);
  EXPECT_EQ(snapshot().phase, Phase::serving);
  EXPECT_TRUE(snapshot().ready) << snapshot().reason;
}

TEST_F(HouseTest, ADrainEndsTheWaitForAService) {
  services["one"].answer = make_response(0);
  start({settings("one")});
  time.advance(10min);
  house->drain("SIGINT was received");
  time.advance(1s);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(*ended);
}

TEST_F(HouseTest, ARefusalAtFirstEndsItIfAPersonWaitsForThat) {
  services["one"].answer = make_response(401, R"({"message":"Bad credentials"})");
  auto set = settings("one");
  set.end_if_refused_at_first = true;
  start({set});
  ASSERT_TRUE(ended && !*ended);
  EXPECT_EQ(ended->error().code, ErrorCode::unauthorized);
  EXPECT_EQ(ended->error().http_status, 401);
  EXPECT_EQ(snapshot().phase, Phase::ended);
  EXPECT_THAT(snapshot().reason, HasSubstr("401"));
}

TEST_F(HouseTest, ARefusalIsOtherwiseWaitedOut) {
  services["one"].answer = make_response(401, R"({"message":"Bad credentials"})");
  start({settings("one")});
  time.advance(1h);
  EXPECT_FALSE(ended);
  EXPECT_EQ(snapshot().phase, Phase::enrolling);
  EXPECT_FALSE(snapshot().ready);
  EXPECT_THAT(snapshot().reason, HasSubstr("401"));
  EXPECT_TRUE(logged("the scale set cannot be served yet; trying again name=set error="));
  services["one"].answer.reset();
  time.advance(10min);
  EXPECT_EQ(snapshot().phase, Phase::serving);
  EXPECT_EQ(snapshot().reason, "");
}

TEST_F(HouseTest, AfterAReloadTheServiceIsAskedAtOnce) {
  services["one"].answer = make_response(401, R"({"message":"Bad credentials"})");
  start({settings("one")});
  time.advance(1h);  // it waits for minutes by now
  services["one"].answer.reset();
  house->reload();
  time.advance(0s);
  EXPECT_EQ(snapshot().phase, Phase::serving);
  EXPECT_TRUE(snapshot().ready) << snapshot().reason;
}

TEST_F(HouseTest, AfterAReloadTheQueueIsAskedAtOnce) {
  start({settings("one")});
  services["one"].answer = make_response(401, R"({"message":"Bad credentials"})");
  time.advance(1h);  // it waits for minutes by now
  services["one"].answer.reset();
  services["one"].messages = {testing::PretendService::message(1, "JobAssigned", "", 1)};
  house->reload();
  time.advance(2s);
  EXPECT_THAT(services["one"].done, ::testing::Contains("acknowledge 1"));
}

TEST_F(HouseTest, AReloadCutsNoPoll) {
  start({settings("one")});
  services["one"].done.clear();
  for (int i = 0; i < 3; ++i) house->reload();
  time.advance(0s);
  EXPECT_EQ(snapshot().phase, Phase::serving);
  EXPECT_THAT(services["one"].done, IsEmpty());
}

TEST_F(HouseTest, AReloadAfterTheEndDoesNothing) {
  bad_backends.emplace("one", Error(ErrorCode::backend, "the engine is not installed"));
  start({waited_for("one"), waited_for("two")});
  house->reload();
  time.advance(1s);
  EXPECT_EQ(snapshot(0).phase, Phase::ended);
  EXPECT_EQ(snapshot(1).phase, Phase::serving);
}

TEST_F(HouseTest, TroubleAtFirstIsWaitedOutAlsoIfAPersonWaits) {
  services["one"].answer = make_response(200, "<html>log in to the network of the hotel</html>");
  auto set = settings("one");
  set.end_if_refused_at_first = true;
  start({set});
  for (int const status : {200, 400, 404, 422, 501, 503}) {
    services["one"].answer->status = status;
    time.advance(10min);
    EXPECT_FALSE(ended) << status;
    EXPECT_EQ(snapshot().phase, Phase::enrolling) << status;
  }
  services["one"].answer.reset();
  time.advance(2min);
  EXPECT_EQ(snapshot().phase, Phase::serving);
}

TEST_F(HouseTest, ATokenThatThisMachineDoesNotGiveAtFirstIsWaitedFor) {
  no_token = true;  // as a vault that is sealed, or a file that is not there yet
  auto set = settings("one");
  set.end_if_refused_at_first = true;
  start({set});
  time.advance(10min);
  EXPECT_FALSE(ended);
  EXPECT_EQ(snapshot().phase, Phase::enrolling);
  EXPECT_THAT(snapshot().reason, HasSubstr("the vault is sealed"));
  no_token = false;
  time.advance(2min);
  EXPECT_EQ(snapshot().phase, Phase::serving);
}

TEST_F(HouseTest, NoLaterRefusalEndsIt) {
  auto set = settings("one");
  set.end_if_refused_at_first = true;
  start({set});
  ASSERT_EQ(snapshot().phase, Phase::serving);
  services["one"].answer = make_response(401, R"({"message":"Bad credentials"})");
  time.advance(1h);
  EXPECT_FALSE(ended);
  EXPECT_EQ(snapshot().phase, Phase::serving);
}

TEST(Phase, HasANameForEach) {
  EXPECT_EQ(to_string(Phase::starting), "starting");
  EXPECT_EQ(to_string(Phase::enrolling), "enrolling");
  EXPECT_EQ(to_string(Phase::serving), "serving");
  EXPECT_EQ(to_string(Phase::draining), "draining");
  EXPECT_EQ(to_string(Phase::ended), "ended");
}

}  // namespace
}  // namespace scaleset::daemon
