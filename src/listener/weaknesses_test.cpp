#include "listener/testing/async_listener_fixture.hpp"

/// The weaknesses of GitHub's client that a listener can have (protocol.md 13), by their ids.
namespace scaleset::inline v0::async {
namespace {

using listener::testing::exception;
using listener::testing::job;
using listener::testing::make_response;
using listener::testing::message;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Weaknesses : public listener::testing::ListenerFixture {
 protected:
  /// The events without the first two, which belong to the opening of the session.
  [[nodiscard]] std::vector<std::string> after_opening() const {
    return {service.events.begin() + 3, service.events.end()};
  }
};

TEST_F(Weaknesses, W01_WithoutStatisticsTheLastOnesStand) {
  service.polls = {message(7, job("JobStarted")), message(8, job("JobStarted"), "null")};
  run();
  EXPECT_EQ(assigned_jobs, 3);
  EXPECT_THAT(service.events, Contains("acknowledge 8"));
  EXPECT_THAT(metrics->lines(), Contains("statistics assigned 3").Times(1));
}

TEST_F(Weaknesses, W03_AMessageIsDeletedAfterItWasHandledNeverBefore) {
  apply_failures = 1;
  service.polls = {message(7, job("JobCompleted")), message(7, job("JobCompleted"))};
  run();
  EXPECT_THAT(after_opening(),
              ElementsAre("poll 0 capacity 10", "apply 7 with 1 jobs", "poll 0 capacity 10",
                          "apply 7 with 1 jobs", "acknowledge 7", "poll 7 capacity 10", "idle",
                          "close", "session ", "ended"));
}

TEST_F(Weaknesses, W11_ARestartedSequenceIsFollowed) {
  service.polls = {message(100000900, job("JobStarted")), message(100000001, job("JobStarted"))};
  run();
  EXPECT_THAT(service.events, Contains("apply 100000001 with 1 jobs"));
  EXPECT_THAT(service.events, Contains("acknowledge 100000001"));
  EXPECT_THAT(service.events, Contains("poll 100000001 capacity 10"));
  EXPECT_THAT(metrics->lines(), Contains("sequence restarted").Times(1));
}

TEST_F(Weaknesses, W11_ANewSessionIsReadFromTheStart) {
  service.polls = {message(7, job("JobStarted")),
                   exception(404, "RunnerScaleSetSessionExpiredException"),
                   message(7, job("JobStarted"))};
  run();
  EXPECT_EQ(service.sessions, 2);
  EXPECT_EQ(count("poll 0 capacity 10"), 2);
  EXPECT_EQ(count("apply 7 with 1 jobs"), 2);  // in a new session this may be another message
}

TEST_F(Weaknesses, W11_WhatComesTwiceInASessionIsAppliedOnce) {
  service.polls = {message(7, job("JobStarted")), message(7, job("JobStarted"))};
  run();
  EXPECT_EQ(count("apply 7 with 1 jobs"), 1);
  EXPECT_EQ(count("acknowledge 7"), 2);
}

TEST_F(Weaknesses, W23_WhichOffersWereNotAcquiredIsSaid) {
  service.polls = {message(7, job("JobAvailable", R"(,\"runnerRequestId\":1)") + "," +
                                  job("JobAvailable", R"(,\"runnerRequestId\":2)"))};
  run();
  EXPECT_THAT(service.events, Contains("acquire [1,2]"));
  EXPECT_THAT(log->lines(), Contains(HasSubstr("1 of 2 offered jobs were still free; not "
                                               "acquired: 2")));
  EXPECT_THAT(metrics->lines(), Contains("acquired 1 of 2"));
}

TEST_F(Weaknesses, W23_WhatIsNotWantedIsNotAcquired) {
  unwanted = RequestId{1};
  service.polls = {message(7, job("JobAvailable", R"(,\"runnerRequestId\":1)") + "," +
                                  job("JobAvailable", R"(,\"runnerRequestId\":2)"))};
  run();
  EXPECT_THAT(service.events, Contains("acquire [2]"));
  // What is not wanted does not keep the message from being acknowledged.
  EXPECT_THAT(service.events, Contains("acknowledge 7"));
}

TEST_F(Weaknesses, W23_AServiceWithoutAcquireJobsIsTolerated) {
  service.acquired = make_response(404, "404 page not found\n");
  service.polls = {message(7, job("JobAvailable", R"(,\"runnerRequestId\":1)"))};
  run();
  EXPECT_THAT(service.events, Contains("acknowledge 7"));
  EXPECT_EQ(service.events.back(), "ended");
  EXPECT_EQ(service.sessions, 1);
}

TEST_F(Weaknesses, W24_OneEntryThatDoesNotDecodeLeavesItsSiblings) {
  service.polls = {
      message(7, R"({\"messageType\":\"JobStarted\",\"jobId\":1448},)" + job("JobStarted"))};
  run();
  EXPECT_THAT(service.events, Contains("apply 7 with 2 jobs"));
  EXPECT_THAT(metrics->lines(), Contains("job started r").Times(1));
  EXPECT_THAT(metrics->lines(), Contains("unknown job message JobStarted").Times(1));
  EXPECT_THAT(service.events, Contains("acknowledge 7"));
}

TEST_F(Weaknesses, W27_ACompletedJobThatNeverWasOnARunnerIsOrdinary) {
  service.polls = {message(
      7,
      R"({\"messageType\":\"JobCompleted\",\"jobId\":\"j\",\"runnerId\":0,\"runnerName\":\"\",\"result\":\"canceled\"})")};
  run();
  EXPECT_THAT(metrics->lines(), Contains("job completed  canceled"));
  EXPECT_THAT(service.events, Contains("acknowledge 7"));
}

}  // namespace
}  // namespace scaleset::inline v0::async
