#include "listener/testing/async_listener_fixture.hpp"
#include "scaleset/async/listener.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::inline v0::async {
namespace {

using listener::testing::exception;
using listener::testing::job;
using listener::testing::ListenerFixture;
using listener::testing::make_response;
using listener::testing::message;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

class ListenerTest : public ListenerFixture {};

TEST_F(ListenerTest, AppliesThenAcknowledgesThenPollsOn) {
  service.polls = {message(100000001, job("JobStarted"))};
  run();
  EXPECT_THAT(service.events, ElementsAre("session 1", "apply 0 with 0 jobs", "look for offers",
                                          "poll 0 capacity 10", "apply 100000001 with 1 jobs",
                                          "acknowledge 100000001", "poll 100000001 capacity 10",
                                          "idle", "close", "session ", "ended"));
}

TEST_F(ListenerTest, ClosesTheSessionOfAnEarlierProcess) {
  previous_session = "4fd0ffb0-d365-4dae-99ff-000000000000";
  run();
  EXPECT_EQ(service.events.front(), "close");
  EXPECT_EQ(service.events[1], "session 1");
}

TEST_F(ListenerTest, AFailureBetweenMessagesIsLoggedAndForgotten) {
  run();
  EXPECT_EQ(count("idle"), 1);
  EXPECT_THAT(log->lines(), Contains(HasSubstr("the idle handler failed")));
  EXPECT_EQ(service.events.back(), "ended");
}

/// Runs `act` on the loop once the first poll is held.
class HeldPollTest : public ListenerFixture {
 protected:
  void run_and_when_held(std::function<void()> act) {
    service.on_quiet = nullptr;
    boost::asio::co_spawn(context, when_held(std::move(act)), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    run();
  }

 private:
  boost::asio::awaitable<void> when_held(std::function<void()> act) {
    while (count("poll 0 capacity 10") == 0) {
      constexpr std::chrono::milliseconds kNoTime{0};
      co_await async::sleep_for(kNoTime);
    }
    // The transport holds the poll in the same turn of the loop in which it is sent.
    act();
  }
};

TEST_F(HeldPollTest, StopCutsItShort) {
  run_and_when_held([this] { listener->stop(); });
  EXPECT_THAT(service.events, ElementsAre("session 1", "apply 0 with 0 jobs", "look for offers",
                                          "poll 0 capacity 10", "close", "session ", "ended"));
}

TEST_F(HeldPollTest, LoweringTheCapacityCutsItShort) {
  run_and_when_held([this] {
    max_runners = 4;
    service.on_quiet = [this] { listener->stop(); };
    listener->capacity_changed();
  });
  EXPECT_THAT(service.events, ElementsAre("session 1", "apply 0 with 0 jobs", "look for offers",
                                          "poll 0 capacity 10", "poll 0 capacity 4", "idle",
                                          "close", "session ", "ended"));
}

TEST_F(HeldPollTest, TheSameCapacityDoesNot) {
  run_and_when_held([this] {
    listener->capacity_changed();
    listener->stop();
  });
  EXPECT_EQ(count("poll 0 capacity 10"), 1);
}

TEST_F(ListenerTest, I07_OffersThatNobodyListsAreKeptBeforeTheirMessageIsAcknowledged) {
  service.offers = make_response(404, "");
  max_runners = 0;
  service.polls = {message(8, job("JobAvailable", R"(,\"runnerRequestId\":1)"))};
  run();
  EXPECT_THAT(service.events, IsSupersetOf({"keep 1 offers", "acknowledge 8"}));
  EXPECT_LT(std::ranges::find(service.events, "keep 1 offers"),
            std::ranges::find(service.events, "acknowledge 8"));
}

TEST_F(ListenerTest, EveryHookIsCalled) {
  apply_failures = 5;
  service.polls = {message(7, job("JobStarted")),  // quarantined
                   message(7, job("JobStarted")),
                   message(7, job("JobStarted")),
                   message(7, job("JobStarted")),
                   message(8, job("JobCompleted", R"(,\"result\":\"succeeded\")")),  // fails once
                   message(8, job("JobCompleted", R"(,\"result\":\"succeeded\")")),
                   message(9, job("JobStarted") + "," + job("JobPaused")),
                   message(10, job("JobAvailable", R"(,\"runnerRequestId\":1)") + "," +
                                   job("JobAvailable", R"(,\"runnerRequestId\":2)")),
                   exception(404, "RunnerScaleSetSessionExpiredException")};
  run();
  auto const lines = metrics->lines();
  EXPECT_EQ(lines.front(), "http RegistrationToken 201");
  EXPECT_THAT(lines, Contains("statistics assigned 1").Times(2));  // the two sessions'
  EXPECT_THAT(lines, Contains("statistics assigned 3").Times(8));
  EXPECT_THAT(lines, Contains("message received with 1").Times(6));
  EXPECT_THAT(lines, Contains("message received with 2").Times(2));
  EXPECT_THAT(lines, Contains("message quarantined").Times(1));
  EXPECT_THAT(lines, Contains("message acknowledged").Times(4));
  EXPECT_THAT(lines, Contains("job completed r succeeded").Times(1));
  EXPECT_THAT(lines, Contains("job started r").Times(1));
  EXPECT_THAT(lines, Contains("unknown job message JobPaused").Times(1));
  EXPECT_THAT(lines, Contains("acquired 1 of 2").Times(1));
  EXPECT_THAT(lines, Contains("session recreated session_lost").Times(1));
  EXPECT_THAT(lines, Contains("http GetMessage 200"));
  EXPECT_THAT(lines, Contains("http GetMessage 202"));
}

/// Only fields that are named one by one are logged, and none of them is secret.
TEST_F(ListenerTest, NoRecordOfAWholeSessionHoldsAToken) {
  apply_failures = 1;
  service.opens = {exception(409, "RunnerScaleSetSessionConflictException")};
  service.polls = {make_response(500, "{\"message\":\"trouble\"}"),
                   message(7, job("JobStarted")),
                   message(7, job("JobStarted")),
                   make_response(200, "{"),
                   exception(404, "RunnerScaleSetSessionExpiredException"),
                   message(8, job("JobAvailable", R"(,\"runnerRequestId\":1)"))};
  service.deletes = {make_response(500, "queue trouble")};
  run();
  auto const text = all_lines();
  EXPECT_GT(log->lines().size(), 5U);
  EXPECT_THAT(text, HasSubstr("session opened"));
  for (std::string const secret :
       {listener::testing::kPat, listener::testing::kQueueToken, "registration0token"})
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  EXPECT_THAT(text, Not(HasSubstr(listener::testing::FakeService::never_expiring_token())));
}

}  // namespace
}  // namespace scaleset::inline v0::async
