#include "listener/testing/async_listener_fixture.hpp"

/// The field problems of part A, by their ids: the whole listener gets through each of them. How
/// long and how often it waits is tested with its machine.
namespace scaleset::inline v0::async {
namespace {

using listener::testing::exception;
using listener::testing::job;
using listener::testing::make_response;
using listener::testing::message;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class FieldProblems : public listener::testing::ListenerFixture {
 protected:
  void expect_it_lived() const {
    EXPECT_EQ(service.events.back(), "ended");
    EXPECT_THAT(service.events, Contains("acknowledge 100000077"));
  }
  HttpResponse const last_message = message(100000077, job("JobStarted"));
};

TEST_F(FieldProblems, A01_ErrorsOfTheMessageLoopKeepTheSession) {
  service.polls = {make_response(200),       make_response(503), make_response(502, "<html>"),
                   make_response(429),       make_response(408), make_response(200, "{"),
                   make_response(200, "no"), last_message};
  run();
  expect_it_lived();
  EXPECT_EQ(service.sessions, 1);
}

TEST_F(FieldProblems, A01_ThreeUselessAnswersMakeANewSession) {
  service.polls = {make_response(200, "{"), make_response(200, "{"), make_response(200, "{"),
                   last_message};
  run();
  expect_it_lived();
  EXPECT_EQ(service.sessions, 2);
  EXPECT_THAT(metrics->lines(), Contains("session recreated undecodable"));
}

TEST_F(FieldProblems, A01_ASessionWithoutAQueueIsNotUsed) {
  service.opens = {make_response(200, R"({"sessionId":"4fd0ffb0-d365-4dae-99ff-8dae17398400",)"
                                      R"("messageQueueUrl":"","messageQueueAccessToken":"q"})")};
  service.polls = {last_message};
  run();
  expect_it_lived();
  EXPECT_EQ(service.sessions, 1);
}

TEST_F(FieldProblems, A02_AnotherSessionIsWaitedOut) {
  auto const conflict = exception(409, "RunnerScaleSetSessionConflictException");
  service.opens = {conflict, conflict, conflict, conflict, conflict};
  service.polls = {last_message};
  run();
  expect_it_lived();
  EXPECT_EQ(count("refused"), 5);
  EXPECT_THAT(log->lines(), Contains(HasSubstr("another session")));
  EXPECT_THAT(service.events, Not(Contains("create")));
}

TEST_F(FieldProblems, A02_TheSessionIsClosedAtAStop) {
  service.polls = {last_message};
  run();
  EXPECT_EQ(count("close"), 1);
}

TEST_F(FieldProblems, A03_AnEvictedSessionIsReplaced) {
  service.polls = {exception(400, "RunnerScaleSetSessionExpiredException"), last_message};
  run();
  expect_it_lived();
  EXPECT_EQ(service.sessions, 2);
  EXPECT_THAT(metrics->lines(), Contains("session recreated session_lost"));
}

TEST_F(FieldProblems, A04_AVanishedScaleSetIsReplaced) {
  service.opens = {exception(404, "RunnerScaleSetNotFoundException")};
  service.polls = {last_message};
  run();
  expect_it_lived();
  EXPECT_EQ(count("replace"), 1);
  EXPECT_THAT(metrics->lines(), Contains("session recreated scale_set_gone"));
}

TEST_F(FieldProblems, A05_AMessageThatIsAlwaysRefusedDoesNotBlockTheNext) {
  apply_failures = 4;
  auto const poison = message(7, job("JobStarted"));
  service.polls = {poison, poison, poison, poison, last_message};
  run();
  expect_it_lived();
  EXPECT_EQ(count("quarantine 7"), 1);
  EXPECT_EQ(count("acknowledge 7"), 1);
}

/// The listener makes no JIT configurations. The part of A6 that concerns it: the client does not
/// repeat the opening of a session by itself either.
TEST_F(FieldProblems, A06_AFailedOpeningIsNotRepeatedBlindly) {
  service.opens = {make_response(502)};
  service.polls = {last_message};
  run();
  expect_it_lived();
  EXPECT_EQ(count("refused"), 1);
  EXPECT_THAT(log->lines(), Contains(HasSubstr("trying again in")));
}

TEST_F(FieldProblems, A07_OffersAreAcquiredAsFarAsCapacityGoes) {
  max_runners = 4;  // 3 are assigned
  service.polls = {message(7, job("JobAvailable", R"(,\"runnerRequestId\":1)") + "," +
                                  job("JobAvailable", R"(,\"runnerRequestId\":2)")),
                   last_message};
  run();
  expect_it_lived();
  EXPECT_THAT(service.events, Contains("acquire [1]"));
}

/// Restarts, too: what an earlier session was offered is offered to nobody else.
TEST_F(FieldProblems, I07_WhatWasOfferedBeforeIsAskedFor) {
  unwanted = RequestId{9};
  max_runners = 2;  // 1 is assigned
  service.offers = make_response(
      200,
      R"({"count":3,"value":[{"runnerRequestId":9},{"runnerRequestId":1},{"runnerRequestId":2}]})");
  service.polls = {last_message};
  run();
  expect_it_lived();
  EXPECT_EQ(count("look for offers"), 1);
  EXPECT_THAT(service.events, Contains("acquire [1]"));
}

TEST_F(FieldProblems, I07_AServiceThatListsNoOffersIsServed) {
  for (int const status : {404, 503}) {
    service.offers = make_response(status);
    service.polls = {last_message};
    run();
    expect_it_lived();
  }
}

TEST_F(FieldProblems, I06_AScaleSetThatIsThereAfterAllIsNoReplacement) {
  replacement = ScaleSetId{5};
  service.opens = {exception(404, "RunnerScaleSetNotFoundException")};
  service.polls = {last_message};
  run();
  expect_it_lived();
  EXPECT_THAT(all_lines(), HasSubstr("the scale set exists after all"));
}

TEST_F(FieldProblems, A08_IdsMayBeZeroOrMissing) {
  service.polls = {
      message(7, R"({\"messageType\":\"JobAssigned\",\"runnerRequestId\":0,\"workflowRunId\":0},)"
                 R"({\"messageType\":\"JobStarted\"},{\"messageType\":\"JobAvailable\"})"),
      last_message};
  run();
  expect_it_lived();
  EXPECT_THAT(service.events, Contains("apply 7 with 3 jobs"));
}

TEST_F(FieldProblems, A09_StatisticsThatContradictTheMessageAreLookedUp) {
  service.lookup = make_response(
      200, R"({"id":5,"name":"my-set","runnerGroupId":1,"statistics":{"totalAssignedJobs":9}})");
  service.polls = {message(100000077, job("JobAssigned"), R"({"totalAssignedJobs":0})")};
  run();
  expect_it_lived();
  EXPECT_EQ(count("look up"), 1);
  EXPECT_EQ(assigned_jobs, 9);
  EXPECT_THAT(metrics->lines(), Contains("statistics assigned 9"));
}

/// The fleet decides which count to believe. The listener neither hides nor delays a correction.
TEST_F(FieldProblems, A10_EveryCountIsHandedOnAsItIs) {
  service.polls = {message(7, "", R"({"totalAssignedJobs":34,"totalRunningJobs":19})"),
                   message(8, "", R"({"totalAssignedJobs":34,"totalRunningJobs":19})"),
                   message(100000077, "", R"({"totalAssignedJobs":2})")};
  run();
  expect_it_lived();
  EXPECT_THAT(metrics->lines(), Contains("statistics assigned 34").Times(2));
  EXPECT_EQ(assigned_jobs, 2);
}

}  // namespace
}  // namespace scaleset::inline v0::async
