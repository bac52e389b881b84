#include "daemon/set_runner.hpp"
#include "daemon/testing/house_fixture.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using fleet::Suspension;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::make_response;
using ::testing::Not;
using testing::PretendService;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// What an operator asks of one scale set.
class SetCommandsTest : public testing::HouseTest {
 protected:
  void serve() { start({set}); }
  PretendService& service() { return services["one"]; }
  SetRunner& runner() { return *house->sets().at(0); }
  template <class T>
  std::shared_ptr<std::optional<Result<T>>> ask(Task<T> task) {
    auto answer = std::make_shared<std::optional<Result<T>>>();
    spawn(keep<T>(std::move(task), answer));
    time.advance(0s);
    return answer;
  }
  Result<void> suspend(Suspension how) {
    return ask(runner().suspend(how))->value_or(fail(ErrorCode::timeout, "no answer"));
  }
  /// As after `kill -9`, but with what was durable.
  void restart() {
    stop();
    serve();
  }
  std::string idle_runner() const {
    for (auto const& [name, one] : snapshot().runners) {
      if (one.state == fleet::RunnerState::idle) return name;
    }
    return "none";
  }

  SetSettings set = settings("one");

 private:
  template <class T>
  static boost::asio::awaitable<void> keep(Task<T> task,
                                           std::shared_ptr<std::optional<Result<T>>> answer) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto result = co_await std::move(task);
    answer->emplace(std::move(result));
  }
};

// Pause and drain.

TEST_F(SetCommandsTest, APausedScaleSetAdvertisesNothingAndSaysWhy) {
  serve();
  EXPECT_EQ(snapshot().capacity, 10);
  ASSERT_TRUE(suspend(Suspension::paused));
  EXPECT_EQ(snapshot().capacity, 0);
  EXPECT_FALSE(snapshot().ready);
  EXPECT_EQ(snapshot().reason, "it is paused; `scaleset resume` ends that");
  EXPECT_EQ(snapshot().suspension, Suspension::paused);
  EXPECT_TRUE(logged("paused: no job is taken"));
  ASSERT_TRUE(suspend(Suspension::none));
  EXPECT_EQ(snapshot().capacity, 10);
  EXPECT_TRUE(snapshot().ready) << snapshot().reason;
}

TEST_F(SetCommandsTest, APauseIsDurableBeforeItIsAnswered) {
  serve();
  ASSERT_TRUE(suspend(Suspension::paused));
  EXPECT_EQ(record("one").suspension, "paused");
  restart();
  EXPECT_EQ(snapshot().suspension, Suspension::paused);
  EXPECT_EQ(snapshot().capacity, 0);
  EXPECT_TRUE(logged("the scale set stays as an operator has left it"));
  ASSERT_TRUE(suspend(Suspension::none));
  EXPECT_EQ(record("one").suspension, "");
  restart();
  EXPECT_EQ(snapshot().capacity, 10);
}

TEST_F(SetCommandsTest, AWordOfALaterVersionCountsAsPaused) {
  write({store::Suspend{record("one").key, "frozen"}});
  serve();
  EXPECT_EQ(snapshot().suspension, Suspension::paused);
}

TEST_F(SetCommandsTest, APauseThatCannotBeWrittenIsNoSuccess) {
  serve();
  book.broken = true;
  auto const paused = suspend(Suspension::paused);
  ASSERT_FALSE(paused);
  EXPECT_EQ(paused.error().code, ErrorCode::io);
  EXPECT_THAT(paused.error().message, HasSubstr("the disk is full"));
  EXPECT_EQ(snapshot().capacity, 0) << "it holds all the same";
  EXPECT_EQ(record("one").suspension, "");
  book.broken = false;
  time.advance(1min);
  EXPECT_EQ(record("one").suspension, "paused");
}

TEST_F(SetCommandsTest, ADrainedScaleSetLosesItsIdleRunnersAndIsStillServed) {
  set.fleet.min_idle = 2;
  serve();
  ASSERT_THAT(instances(), SizeIs(2));
  ASSERT_TRUE(suspend(Suspension::drained));
  time.advance(10s);
  EXPECT_THAT(instances(), IsEmpty());
  EXPECT_EQ(snapshot().phase, Phase::serving);
  EXPECT_FALSE(ended);
  ASSERT_TRUE(suspend(Suspension::none));
  time.advance(1s);
  EXPECT_THAT(instances(), SizeIs(2));
}

TEST_F(SetCommandsTest, APauseKeepsIdleRunners) {
  set.fleet.min_idle = 2;
  serve();
  ASSERT_TRUE(suspend(Suspension::paused));
  time.advance(5min);
  EXPECT_THAT(instances(), SizeIs(2));
}

TEST_F(SetCommandsTest, NothingIsCommandedBeforeTheRunnersAreKnown) {
  machine.faults[backends::PretendFault::failing_list] = 1.0;
  serve();
  ASSERT_EQ(snapshot().phase, Phase::starting);
  EXPECT_EQ(suspend(Suspension::paused).error().code, ErrorCode::conflict);
  EXPECT_EQ(ask(runner().add_runner())->value().error().code, ErrorCode::conflict);
  EXPECT_EQ(ask(runner().reset_session())->value().error().code, ErrorCode::conflict);
}

TEST_F(SetCommandsTest, OneThatCannotBeReachedCanBePaused) {
  service().answer = make_response(503);
  serve();
  ASSERT_EQ(snapshot().phase, Phase::enrolling);
  EXPECT_TRUE(suspend(Suspension::paused));
  service().answer.reset();
  service().assigned = 3;
  time.advance(5min);
  EXPECT_EQ(snapshot().phase, Phase::serving);
  EXPECT_THAT(instances(), IsEmpty());
}

// Runners.

TEST_F(SetCommandsTest, OneRunnerMoreIsStartedAndNamed) {
  serve();
  auto const added = ask(runner().add_runner())->value();
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_THAT(added->waits_for, HasSubstr("registered at the service"));
  time.advance(1s);
  EXPECT_THAT(instances(), ElementsAre(added->name));
  EXPECT_THAT(record("one").runners, SizeIs(1));
  time.advance(10min);
  EXPECT_THAT(instances(), ElementsAre(added->name)) << "although no job needs it";
}

TEST_F(SetCommandsTest, NoRunnerIsAddedBeyondTheMaximum) {
  set.fleet.max_runners = 1;
  serve();
  ASSERT_TRUE(ask(runner().add_runner())->value());
  auto const second = ask(runner().add_runner())->value();
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_THAT(second.error().message, HasSubstr("the maximum is 1"));
  time.advance(1s);
  EXPECT_THAT(instances(), SizeIs(1));
}

TEST_F(SetCommandsTest, ARunnerIsRetiredThroughTheService) {
  set.fleet.min_idle = 1;
  serve();
  auto const name = idle_runner();
  auto const done = ask(runner().retire_runner(name))->value();
  EXPECT_TRUE(done) << done.error().message;
  EXPECT_THAT(service().done, Contains("remove 101"));
  time.advance(10s);
  EXPECT_THAT(instances(), Not(Contains(name)));
  EXPECT_THAT(instances(), SizeIs(1)) << "it is replaced";
}

TEST_F(SetCommandsTest, ARunnerWithAJobStays) {
  set.fleet.min_idle = 1;
  serve();
  auto const name = idle_runner();
  service().removal = make_response(400, R"({"typeName":"JobStillRunningException"})");
  auto const done = ask(runner().retire_runner(name))->value();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::job_still_running);
  EXPECT_THAT(instances(), Contains(name));
}

TEST_F(SetCommandsTest, AServiceThatDoesNotAnswerIsNotWaitedForForEver) {
  set.fleet.min_idle = 1;
  serve();
  service().removal = make_response(503);
  auto const answer = ask(runner().retire_runner(idle_runner()));
  EXPECT_FALSE(*answer);
  time.advance(30s);
  ASSERT_TRUE(*answer);
  EXPECT_EQ((*answer)->error().code, ErrorCode::timeout);
}

TEST_F(SetCommandsTest, ARunnerThatThereIsNotCannotBeRetired) {
  serve();
  EXPECT_EQ(ask(runner().retire_runner("x"))->value().error().code, ErrorCode::runner_not_found);
}

// The session.

TEST_F(SetCommandsTest, AResetClosesTheSessionAndOpensAnotherOne) {
  serve();
  service().done.clear();
  auto const answer = ask(runner().reset_session());
  time.advance(1s);
  ASSERT_TRUE(*answer);
  EXPECT_TRUE(**answer) << (*answer)->error().message;
  EXPECT_THAT(service().done, ElementsAre(StartsWith("DELETE session"), "POST session"));
  EXPECT_TRUE(snapshot().ready) << snapshot().reason;
  EXPECT_TRUE(record("one").session);
  EXPECT_EQ(ask(runner().reset_session())->has_value(), true) << "again";
}

TEST_F(SetCommandsTest, AResetTouchesNoRunner) {
  set.fleet.min_idle = 2;
  serve();
  auto const before = instances();
  ask(runner().reset_session());
  time.advance(2min);
  EXPECT_EQ(instances(), before);
}

TEST_F(SetCommandsTest, AResetThatOpensNoSessionIsTriedOn) {
  serve();
  service().hangs = true;
  auto const answer = ask(runner().reset_session());
  time.advance(31s);
  ASSERT_TRUE(*answer);
  EXPECT_EQ((*answer)->error().code, ErrorCode::timeout);
  service().hangs = false;
  time.advance(5min);
  EXPECT_TRUE(snapshot().ready) << snapshot().reason;
}

TEST_F(SetCommandsTest, AStopDuringAResetEndsIt) {
  serve();
  service().hangs = true;
  auto const answer = ask(runner().reset_session());
  house->detach("SIGTERM was received");
  time.advance(15s);
  EXPECT_TRUE(ended);
  ASSERT_TRUE(*answer);
  EXPECT_FALSE(**answer);
}

// Deletion.

TEST_F(SetCommandsTest, OnlyADrainedScaleSetIsDeleted) {
  set.fleet.min_idle = 1;
  serve();
  EXPECT_EQ(ask(runner().delete_scale_set())->value().error().code, ErrorCode::conflict);
  ASSERT_TRUE(suspend(Suspension::paused));
  EXPECT_EQ(ask(runner().delete_scale_set())->value().error().code, ErrorCode::conflict);
  ASSERT_TRUE(suspend(Suspension::drained));
  EXPECT_THAT(ask(runner().delete_scale_set())->value().error().message, HasSubstr("runners"));
  EXPECT_THAT(service().done, Not(Contains("DELETE scale set")));
}

TEST_F(SetCommandsTest, ADeletedScaleSetIsGoneEverywhereAndServedNoMore) {
  serve();
  ASSERT_TRUE(suspend(Suspension::drained));
  service().done.clear();
  auto const answer = ask(runner().delete_scale_set());
  time.advance(5s);
  ASSERT_TRUE(*answer);
  EXPECT_TRUE(**answer) << (*answer)->error().message;
  EXPECT_THAT(service().done, ElementsAre(StartsWith("DELETE session"), "DELETE scale set"));
  ASSERT_TRUE(ended) << "it was the only one";
  EXPECT_TRUE(*ended);
  EXPECT_EQ(record("one").id, ScaleSetId{}) << "its row is gone";
  EXPECT_EQ(record("one").suspension, "");
}

TEST_F(SetCommandsTest, ADeletedScaleSetIsNotShownAnyMore) {
  stays = true;
  start({set, settings("two")});
  ASSERT_TRUE(suspend(Suspension::drained));
  auto const answer = ask(runner().delete_scale_set());
  time.advance(5s);
  ASSERT_TRUE(*answer && **answer);
  ASSERT_THAT(house->snapshot().sets, ::testing::SizeIs(1));
  EXPECT_EQ(snapshot().owner, owner("two"));
}

TEST_F(SetCommandsTest, ADeletionThatTheServiceRefusesLeavesItServed) {
  serve();
  ASSERT_TRUE(suspend(Suspension::drained));
  service().deletion = make_response(403);
  auto const answer = ask(runner().delete_scale_set());
  time.advance(5s);
  ASSERT_TRUE(*answer);
  EXPECT_EQ((*answer)->error().code, ErrorCode::forbidden);
  time.advance(1min);
  EXPECT_EQ(snapshot().phase, Phase::serving);
  EXPECT_EQ(snapshot().suspension, Suspension::drained);
  EXPECT_FALSE(ended);
}

}  // namespace
}  // namespace scaleset::daemon
