#include "scaleset/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "protocol/machines/testing/messages.hpp"
#include "scaleset/testing/fake_clock.hpp"
#include "scaleset/testing/fake_message_source.hpp"
#include "scaleset/testing/recording_hooks.hpp"
#include "scaleset/testing/recording_scaler.hpp"

namespace scaleset::inline v0 {
namespace {

using protocol::testing::assigned;
using protocol::testing::job;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::StartsWith;

JobStarted started() {
  JobStarted job;
  job.runner_name = "r";
  return job;
}
JobCompleted completed(std::string result = "succeeded") {
  JobCompleted job;
  job.runner_name = "r";
  job.result = std::move(result);
  return job;
}

Message message(std::int64_t id, std::vector<JobMessage> jobs,
                std::optional<Statistics> statistics = assigned(3)) {
  Message message;
  message.id = MessageId{id};
  message.jobs = std::move(jobs);
  message.statistics = statistics;
  return message;
}

/// The blocking listener with a FakeMessageSource. Polls are held when the scripted messages are
/// used up. Most tests stop when the scaler records a certain line.
class BlockingListenerTest : public ::testing::Test {
 protected:
  BlockingListenerTest() {
    options.scale_set.id = ScaleSetId{5};
    options.scale_set.name = "my-set";
    options.owner = "host";
    options.max_runners = 10;
    options.hooks.random = std::make_shared<testing::FixedRandom>(0.5);
    options.hooks.metrics = metrics;
    options.hooks.log = log;
    source.session_statistics = assigned(1);
    source.scale_set = options.scale_set;
    source.scale_set.id = ScaleSetId{6};
  }

  Result<void> run() {
    Listener listener(source, options);
    under_way = &listener;
    return listener.run(scaler, stop.get_token());
  }
  void stop_at(std::string const& line, std::ptrdiff_t times = 1) {
    scaler.on_line = [this, line, times,
                      seen = std::ptrdiff_t{0}](std::string const& told) mutable {
      if (told == line && ++seen == times) stop.request_stop();
    };
  }
  [[nodiscard]] std::string all_log_lines() const {
    std::string text;
    for (auto const& line : log->lines()) text += line + "\n";
    return text;
  }

  testing::FakeMessageSource source;
  Listener::Options options;
  testing::RecordingScaler scaler;
  std::stop_source stop;
  std::atomic<Listener*> under_way = nullptr;
  std::shared_ptr<testing::RecordingMetricsSink> metrics =
      std::make_shared<testing::RecordingMetricsSink>();
  std::shared_ptr<testing::RecordingLogSink> log = std::make_shared<testing::RecordingLogSink>();
};

TEST_F(BlockingListenerTest, TellsTheScalerInTheOrderOfTheMessageOnTheCallersThread) {
  source.deliver(message(7, {completed("failed"), JobAssigned(), started()}));
  stop_at("desired 3");
  EXPECT_TRUE(run());
  EXPECT_THAT(scaler.lines(),
              ElementsAre("session session-1", "message 0", "desired 1", "message 7",
                          "completed r failed", "started r", "desired 3", "session "));
  EXPECT_THAT(scaler.threads(), ElementsAre(std::this_thread::get_id()));
  EXPECT_THAT(metrics->lines(),
              IsSupersetOf({"statistics assigned 1", "statistics assigned 3", "job started r",
                            "job completed r failed", "message received with 3",
                            "message acknowledged", "desired runners 1", "desired runners 3"}));
}

TEST_F(BlockingListenerTest, AcknowledgesTheMessageInHandAtAStopThenCloses) {
  source.deliver(message(7, {started()}));
  stop_at("message 7");
  EXPECT_TRUE(run());
  EXPECT_THAT(source.calls(), ElementsAre("open 5 host", "acquirable jobs 5", "get 0 capacity 10",
                                          "delete 7", "close"));
  EXPECT_THAT(all_log_lines(), AllOf(HasSubstr("session opened session=session-1 owner=host"),
                                     HasSubstr("session closed session=session-1")));
}

TEST_F(BlockingListenerTest, ASessionThatCannotBeClosedEndsTheRunAllTheSame) {
  source.close_error = Error(ErrorCode::network, "reset");
  stop_at("desired 1");
  EXPECT_TRUE(run());
  EXPECT_THAT(all_log_lines(), HasSubstr("the session could not be closed"));
}

TEST_F(BlockingListenerTest, FirstClosesTheSessionOfAnEarlierProcess) {
  options.previous_session = "old";
  stop_at("desired 1");
  EXPECT_TRUE(run());
  EXPECT_THAT(source.calls(), ElementsAre("close left behind old", "open 5 host", "close"));
}

TEST_F(BlockingListenerTest, DoesNotAcknowledgeBeforeEveryCallbackHasSucceeded) {
  auto const same = message(7, {completed(), started()});
  for (int delivery = 0; delivery < 3; ++delivery) source.deliver(same);
  scaler.fail("started r");
  scaler.fail("desired 3");
  scaler.on_line = [this, seen = 0](std::string const& line) mutable {
    if (line.starts_with("message") || line == "desired 3") {
      EXPECT_THAT(source.calls(), Not(Contains("delete 7")));
    }
    if (line == "desired 3" && ++seen == 2) stop.request_stop();
  };
  EXPECT_TRUE(run());
  EXPECT_THAT(scaler.lines(), Contains("message 7").Times(3));
  EXPECT_THAT(scaler.lines(), Contains("completed r succeeded").Times(3));
  EXPECT_THAT(scaler.lines(), Contains("desired 3").Times(2));
  EXPECT_THAT(source.calls(), Contains("delete 7").Times(1));
  EXPECT_THAT(source.calls(), Contains(StartsWith("wait ")).Times(2));
}

TEST_F(BlockingListenerTest, QuarantinesAMessageThatIsRefusedAgainAndAgain) {
  for (int delivery = 0; delivery < 4; ++delivery) source.deliver(message(7, {started()}));
  source.deliver(message(8, {started()}));
  scaler.fail("message 7", 100);
  stop_at("message 8");
  EXPECT_TRUE(run());
  EXPECT_THAT(scaler.lines(), Contains("message 7").Times(4));
  EXPECT_THAT(scaler.lines(), Contains("quarantined 7").Times(1));
  EXPECT_THAT(source.calls(), IsSupersetOf({"delete 7", "delete 8"}));
  EXPECT_THAT(metrics->lines(), Contains("message quarantined").Times(1));
}

TEST_F(BlockingListenerTest, AsksForTheCountAgainAfterAPollWithoutAMessage) {
  source.deliver_nothing();
  source.deliver_nothing();
  scaler.fail("desired 1", 2);  // a failure does not end the run
  stop_at("desired 1", 3);
  EXPECT_TRUE(run());
  EXPECT_THAT(scaler.lines(), Contains("desired 1").Times(3));
}

TEST_F(BlockingListenerTest, WithoutStatisticsTheLastOnesStand) {
  source.deliver(message(7, {}, assigned(4)));
  source.deliver(message(8, {}, std::nullopt));
  stop_at("desired 4", 2);
  EXPECT_TRUE(run());
  EXPECT_THAT(scaler.lines(), Contains("message 8"));
}

TEST_F(BlockingListenerTest, StatisticsThatContradictTheMessageAreLookedUp) {
  source.scale_set.statistics = assigned(2);
  source.deliver(message(7, {JobAssigned()}, assigned(0)));
  stop_at("desired 2");
  EXPECT_TRUE(run());
  EXPECT_THAT(source.calls(), Contains("get scale set 5"));
}

TEST_F(BlockingListenerTest, TheScalerChoosesWhichJobsAreAcquired) {
  std::vector<JobMessage> offers;
  for (std::int64_t const id : {21, 22, 23}) offers.emplace_back(job<JobAvailable>(id));
  scaler.unwanted = {RequestId{22}};
  source.deliver(message(7, offers));
  source.deliver(message(8, {started()}));
  stop_at("message 8");
  EXPECT_TRUE(run());
  EXPECT_THAT(source.calls(), Contains("acquire 21 23"));
  // What is not wanted does not keep the message from being acknowledged.
  EXPECT_THAT(source.calls(), Contains("delete 7"));
}

TEST_F(BlockingListenerTest, I07_WhatWasOfferedBeforeIsAskedFor) {
  source.offers = std::vector{job<JobAvailable>(21), job<JobAvailable>(22)};
  scaler.unwanted = {RequestId{22}};
  source.deliver(message(8, {started()}));
  stop_at("message 8");
  EXPECT_TRUE(run());
  EXPECT_THAT(source.calls(), IsSupersetOf({"acquirable jobs 5", "acquire 21"}));
}

TEST_F(BlockingListenerTest, I07_AServiceThatListsNoOffersIsServed) {
  source.offers = std::unexpected(Error(ErrorCode::not_found, "404"));
  source.deliver(message(8, {started()}));
  stop_at("message 8");
  EXPECT_TRUE(run());
  EXPECT_THAT(source.calls(), Contains("delete 8"));
}

TEST_F(BlockingListenerTest, I07_OffersThatNobodyListsAreKeptBeforeTheirMessageIsAcknowledged) {
  source.offers = std::unexpected(Error(ErrorCode::not_found, "404"));
  options.max_runners = 0;
  source.deliver(message(7, {job<JobAvailable>(21), job<JobAvailable>(22)}));
  scaler.fail("offers 21 22");
  std::vector<std::string> calls_when_kept;
  scaler.on_line = [&](std::string const& line) {
    if (line == "offers 21 22") calls_when_kept = source.calls();
  };
  source.on_poll = [this] {
    if (std::ranges::count(source.calls(), "delete 7") > 0) stop.request_stop();
  };
  EXPECT_TRUE(run());
  EXPECT_THAT(calls_when_kept, Not(Contains("delete 7")));
  EXPECT_THAT(scaler.lines(), Contains("offers 21 22").Times(2)) << "the first time failed";
  EXPECT_THAT(source.calls(), Contains("delete 7"));
}

TEST_F(BlockingListenerTest, I07_OffersThatAnEarlierProcessKeptAreAcquired) {
  source.offers = std::unexpected(Error(ErrorCode::not_found, "404"));
  options.offers = {{RequestId{21}, Timestamp()}};
  source.deliver(message(8, {started()}));
  stop_at("message 8");
  EXPECT_TRUE(run());
  EXPECT_THAT(source.calls(), Contains("acquire 21"));
}

TEST_F(BlockingListenerTest, OfferedJobsAreAcquired) {
  source.acquired = std::vector<RequestId>();
  source.deliver(message(7, {job<JobAvailable>(21)}));
  source.deliver(message(8, {started()}));
  stop_at("message 8");
  EXPECT_TRUE(run());
  EXPECT_THAT(source.calls(), Contains("acquire 21"));
  EXPECT_THAT(metrics->lines(), Contains("acquired 0 of 1"));
}

TEST_F(BlockingListenerTest, AFailingPollIsRepeatedInTheSameSession) {
  source.fail(Error(ErrorCode::network, "reset"));
  source.deliver(message(7, {started()}));
  stop_at("message 7");
  EXPECT_TRUE(run());
  EXPECT_THAT(source.calls(),
              ElementsAre("open 5 host", "acquirable jobs 5", "get 0 capacity 10",
                          StartsWith("wait "), "get 0 capacity 10", "delete 7", "close"));
}

TEST_F(BlockingListenerTest, ALostSessionIsOpenedAnew) {
  source.fail(Error(ErrorCode::session_lost, "gone"));
  stop_at("session session-2");
  EXPECT_TRUE(run());
  EXPECT_THAT(metrics->lines(), Contains("session recreated session_lost"));
}

TEST_F(BlockingListenerTest, AStopCutsAHeldPollShort) {
  source.on_poll = [this] { stop.request_stop(); };
  EXPECT_TRUE(run());
  EXPECT_THAT(source.calls(),
              ElementsAre("open 5 host", "acquirable jobs 5", "get 0 capacity 10", "close"));
}

TEST_F(BlockingListenerTest, LoweringTheMaximumCutsAHeldPollShort) {
  int polls = 0;
  source.on_poll = [this, &polls] {
    ++polls;
    if (polls == 1) {
      EXPECT_TRUE(under_way.load()->set_max_runners(4));
    }
    if (polls == 2) stop.request_stop();
  };
  EXPECT_TRUE(run());
  EXPECT_THAT(source.calls(), ElementsAre("open 5 host", "acquirable jobs 5", "get 0 capacity 10",
                                          "get 0 capacity 4", "close"));
}

TEST_F(BlockingListenerTest, AStopAndAChangeMayComeFromAnyThread) {
  std::jthread const other([this] {
    EXPECT_TRUE(scaler.wait_for("desired 1"));
    for (int count = 0; count < 100; ++count) {
      EXPECT_TRUE(under_way.load()->set_max_runners(count));
      source.deliver_nothing();
    }
    stop.request_stop();
  });
  EXPECT_TRUE(run());
  EXPECT_EQ(source.calls().back(), "close");
}

TEST_F(BlockingListenerTest, AStopBeforeTheStartOpensNoSession) {
  stop.request_stop();
  EXPECT_TRUE(run());
  EXPECT_THAT(scaler.lines(), IsEmpty());
  EXPECT_THAT(source.calls(), IsEmpty());
}

TEST_F(BlockingListenerTest, AnExceptionOfTheScalerClosesTheSession) {
  source.deliver(message(7, {started()}));
  scaler.on_line = [](std::string const& line) {
    if (line == "started r") throw std::runtime_error("a bug in the user's code");
  };
  EXPECT_THROW((void)run(), std::runtime_error);
  EXPECT_THAT(source.calls(), Contains("close"));
  EXPECT_THAT(source.calls(), Not(Contains("delete 7")));
  EXPECT_THAT(scaler.lines(), Not(Contains("desired 3")));
}

TEST_F(BlockingListenerTest, A04_AVanishedScaleSetIsReplacedAndTheScalerTold) {
  source.open_errors = {Error(ErrorCode::scale_set_not_found, "gone")};
  stop_at("desired 1");
  EXPECT_TRUE(run());
  EXPECT_THAT(source.calls(),
              ElementsAre("open 5 host", "get or create my-set", "open 6 host", "close"));
  EXPECT_THAT(scaler.lines(), Contains("replaced 6"));
}

TEST_F(BlockingListenerTest, I06_TheScalerIsNotToldOfAScaleSetThatIsThereAfterAll) {
  source.open_errors = {Error(ErrorCode::scale_set_not_found, "gone")};
  source.scale_set.id = ScaleSetId{5};
  stop_at("desired 1");
  EXPECT_TRUE(run());
  EXPECT_THAT(source.calls(), ElementsAre("open 5 host", "get or create my-set",
                                          StartsWith("wait "), "open 5 host", "close"));
  EXPECT_THAT(scaler.lines(), Not(Contains(HasSubstr("replaced"))));
}

TEST_F(BlockingListenerTest, A04_AReplacementThatTheScalerRefusesIsTriedAgain) {
  source.open_errors = {Error(ErrorCode::scale_set_not_found, "gone")};
  scaler.fail("replaced 6");
  stop_at("desired 1");
  EXPECT_TRUE(run());
  EXPECT_THAT(scaler.lines(), Contains("replaced 6").Times(2));
}

TEST_F(BlockingListenerTest, GivesUpOnAnErrorThatNoRetryCanFix) {
  source.open_errors = {Error(ErrorCode::invalid_argument, "two lines")};
  auto const ended = run();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::invalid_argument);
}

TEST_F(BlockingListenerTest, InvalidOptionsAreRefused) {
  options.owner = "";
  EXPECT_EQ(run().error().code, ErrorCode::invalid_argument);
  options.owner = "host";
  options.max_runners = -1;
  EXPECT_EQ(run().error().code, ErrorCode::invalid_argument);
  options.max_runners = 1;
  options.scale_set.name = "";
  EXPECT_EQ(run().error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(source.calls(), IsEmpty());
}

TEST_F(BlockingListenerTest, ASecondRunAtTheSameTimeIsRefused) {
  source.on_poll = [this] {
    auto const second = under_way.load()->run(scaler, stop.get_token());
    EXPECT_EQ(second.error().code, ErrorCode::invalid_argument);
    stop.request_stop();
  };
  EXPECT_TRUE(run());
}

TEST(SessionSourceWait, EndsAtAStop) {
  class OnlyWaits : public SessionSource {
   public:
    Result<std::optional<Message>> get_message(MessageId, int, std::stop_token) override {
      return std::optional<Message>();
    }
    Result<void> delete_message(MessageId) override { return {}; }
    Result<std::vector<RequestId>> acquire_jobs(std::vector<RequestId> ids) override { return ids; }
    [[nodiscard]] std::optional<Statistics> statistics() const override { return std::nullopt; }
    Result<void> open(ScaleSetId, std::string, std::stop_token) override { return {}; }
    Result<void> close(std::chrono::milliseconds) override { return {}; }
    Result<void> close_left_behind(ScaleSetId, std::string) override { return {}; }
    [[nodiscard]] std::string session_id() const override { return ""; }
    Result<ScaleSet> get_scale_set(ScaleSetId, std::stop_token) override { return ScaleSet(); }
    Result<std::vector<JobAvailable>> acquirable_jobs(ScaleSetId, std::stop_token) override {
      return std::vector<JobAvailable>();
    }
    Result<ScaleSet> get_or_create_scale_set(ScaleSet wanted, std::stop_token) override {
      return wanted;
    }
  } source;
  std::stop_source stop;
  std::jthread const other([&stop] { stop.request_stop(); });
  source.wait(std::chrono::hours(1), stop.get_token());
  EXPECT_TRUE(stop.stop_requested());
}

}  // namespace
}  // namespace scaleset::inline v0
