#include "listener/blocking_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "listener/testing/fake_service.hpp"
#include "scaleset/testing/recording_hooks.hpp"
#include "scaleset/testing/recording_scaler.hpp"

namespace scaleset {
namespace {

using listener::testing::exception;
using listener::testing::job;
using listener::testing::message;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

/// The blocking listener over a FakeService. Polls are held when their script is used up; most
/// tests stop at a certain line of the scaler's.
class BlockingRunTest : public ::testing::Test {
 protected:
  BlockingRunTest() {
    runtime.run_on_loop([this] {
      auto transport = std::make_shared<testing::FakeTransport>(
          [this](HttpRequest const& request) { return service.handle(request); });
      client = std::make_unique<async::Client>(
          runtime.executor(), *finalize(listener::testing::client_options()), std::move(transport));
    });
    options.scale_set.id = ScaleSetId{5};
    options.scale_set.name = "my-set";
    options.owner = "host";
    options.hooks = listener::testing::client_options().hooks;
    options.hooks.metrics = metrics;
  }
  ~BlockingRunTest() override {
    auto shut_down = [this]() -> Task<void> { return shutdown(client.get()); };
    (void)runtime.wait<void>(shut_down, {});
    runtime.run_on_loop([this] { client.reset(); });
  }
  static Task<void> shutdown(async::Client* client) {
    co_await client->shutdown();
    co_return Result<void>();
  }

  Result<void> run() {
    BlockingRun run(runtime, *client, options, max_runners, scaler);
    under_way = &run;
    return run.run(stop.get_token());
  }
  void stop_at(std::string const& line) {
    scaler.on_line = [this, line](std::string const& told) {
      if (told == line) stop.request_stop();
    };
  }

  /// False: not within half a minute.
  bool wait_for_event(std::string const& event) {
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    bool seen = false;
    while (!seen && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      runtime.run_on_loop(
          [&] { seen = std::count(service.events.begin(), service.events.end(), event) > 0; });
    }
    return seen;
  }

  Runtime runtime;
  listener::testing::FakeService service;
  std::unique_ptr<async::Client> client;
  Listener::Options options;
  std::atomic<int> max_runners = 10;
  testing::RecordingScaler scaler;
  std::stop_source stop;
  std::atomic<BlockingRun*> under_way = nullptr;
  std::shared_ptr<testing::RecordingMetricsSink> metrics =
      std::make_shared<testing::RecordingMetricsSink>();
};

TEST_F(BlockingRunTest, TellsTheScalerInTheOrderOfTheMessageOnTheCallersThread) {
  service.polls = {message(7, job("JobCompleted", R"(,\"result\":\"failed\")") + "," +
                                  job("JobAssigned") + "," + job("JobStarted"))};
  stop_at("desired 3");
  EXPECT_TRUE(run());
  EXPECT_THAT(scaler.lines(),
              ElementsAre("session 4fd0ffb0-d365-4dae-99ff-8dae17398401", "message 0", "desired 1",
                          "message 7", "completed r failed", "started r", "desired 3", "session "));
  EXPECT_THAT(scaler.threads(), ElementsAre(std::this_thread::get_id()));
  EXPECT_THAT(metrics->lines(), IsSupersetOf({"desired runners 1", "desired runners 3"}));
}

TEST_F(BlockingRunTest, AcknowledgesTheMessageInHandAtAStopThenCloses) {
  service.polls = {message(7, job("JobStarted"))};
  stop_at("message 7");
  EXPECT_TRUE(run());
  EXPECT_THAT(service.events, ElementsAre("poll 0 capacity 10", "acknowledge 7", "close"));
}

TEST_F(BlockingRunTest, DoesNotAcknowledgeBeforeEveryCallbackHasSucceeded) {
  auto const same = message(7, job("JobCompleted") + "," + job("JobStarted"));
  service.polls = {same, same, same};
  scaler.fail("started r");
  scaler.fail("desired 3");
  scaler.on_line = [this](std::string const& line) {
    // While the scaler is at work the loop waits for it: looking at its events is safe.
    if (line.starts_with("message") || line == "desired 3") {
      EXPECT_THAT(service.events, Not(Contains("acknowledge 7")));
    }
  };
  std::jthread const stopper([this] {
    if (scaler.wait_for("desired 3", 2)) stop.request_stop();
  });
  EXPECT_TRUE(run());
  EXPECT_THAT(scaler.lines(), Contains("message 7").Times(3));
  EXPECT_THAT(scaler.lines(), Contains("completed r ").Times(3));
  EXPECT_THAT(scaler.lines(), Contains("desired 3").Times(2));
  EXPECT_THAT(service.events, Contains("acknowledge 7").Times(1));
}

TEST_F(BlockingRunTest, QuarantinesWhatIsRefusedAgainAndAgain) {
  auto const poison = message(7, job("JobStarted"));
  service.polls = {poison, poison, poison, poison, message(8, job("JobStarted"))};
  scaler.fail("message 7", 100);
  stop_at("message 8");
  EXPECT_TRUE(run());
  EXPECT_THAT(scaler.lines(), Contains("message 7").Times(4));
  EXPECT_THAT(scaler.lines(), Contains("quarantined 7").Times(1));
  EXPECT_THAT(service.events, IsSupersetOf({"acknowledge 7", "acknowledge 8"}));
  EXPECT_THAT(metrics->lines(), Contains("message quarantined").Times(1));
}

TEST_F(BlockingRunTest, AsksForTheCountAgainAfterAPollWithoutAMessage) {
  service.polls = {testing::make_response(202), testing::make_response(202)};
  std::jthread const stopper([this] {
    if (scaler.wait_for("desired 1", 3)) stop.request_stop();
  });
  scaler.fail("desired 1", 2);  // its failure ends nothing
  EXPECT_TRUE(run());
  EXPECT_GE(scaler.lines().size(), 4U);
}

TEST_F(BlockingRunTest, MissingStatisticsAreTheLastOnes) {
  service.polls = {message(7, "", R"({"totalAssignedJobs":4})"), message(8, "", "null")};
  std::jthread const stopper([this] {
    if (scaler.wait_for("desired 4", 2)) stop.request_stop();
  });
  EXPECT_TRUE(run());
  EXPECT_THAT(scaler.lines(), Contains("message 8"));
}

TEST_F(BlockingRunTest, LoweringTheMaximumCutsAHeldPollShort) {
  std::jthread const other([this] {
    EXPECT_TRUE(wait_for_event("poll 0 capacity 10"));
    max_runners = 4;
    under_way.load()->capacity_changed();
    EXPECT_TRUE(wait_for_event("poll 0 capacity 4"));
    stop.request_stop();
  });
  EXPECT_TRUE(run());
}

TEST_F(BlockingRunTest, AStopBeforeTheStartOpensNoSession) {
  stop.request_stop();
  EXPECT_TRUE(run());
  EXPECT_THAT(scaler.lines(), IsEmpty());
  EXPECT_EQ(service.sessions, 0);
}

TEST_F(BlockingRunTest, AnExceptionOfTheScalerEndsItTidily) {
  service.polls = {message(7, job("JobStarted"))};
  scaler.on_line = [](std::string const& line) {
    if (line == "started r") throw std::runtime_error("a bug of the user's");
  };
  EXPECT_THROW((void)run(), std::runtime_error);
  EXPECT_THAT(service.events, Contains("close"));
  EXPECT_THAT(service.events, Not(Contains("acknowledge 7")));
  EXPECT_THAT(scaler.lines(), Not(Contains("desired 3")));
}

TEST_F(BlockingRunTest, A04_AVanishedScaleSetIsCreatedAgainAndTheScalerTold) {
  service.opens = {exception(404, "RunnerScaleSetNotFoundException")};
  stop_at("desired 1");
  EXPECT_TRUE(run());
  EXPECT_THAT(service.events, IsSupersetOf({"find", "create"}));
  EXPECT_THAT(scaler.lines(), Contains("replaced 6"));
}

TEST_F(BlockingRunTest, A04_OneThatIsFoundByNameIsUsed) {
  service.opens = {exception(404, "RunnerScaleSetNotFoundException")};
  service.found = testing::make_response(
      200, R"({"count":1,"value":[{"id":9,"name":"my-set","runnerGroupId":1}]})");
  stop_at("desired 1");
  EXPECT_TRUE(run());
  EXPECT_THAT(service.events, Not(Contains("create")));
  EXPECT_THAT(scaler.lines(), Contains("replaced 9"));
}

TEST_F(BlockingRunTest, GivesUpOnWhatNoRepetitionCanHelp) {
  options.owner = "two\nlines";
  auto const ended = run();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace scaleset
