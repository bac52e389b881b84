#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/wire/requests.hpp"
#include "protocol/wire/responses.hpp"
#include "protocol/wire/same_name.hpp"

/// Answers with holes, and answers about something else: nothing may be deleted or created because
/// of them.
namespace scaleset::protocol {
namespace {

using ::testing::HasSubstr;

constexpr WallTime kNow{};
constexpr auto kSessionId = "4fd0ffb0-d365-4dae-99ff-8dae173984f9";

HttpResponse ok(std::string body) {
  HttpResponse response;
  response.status = 200;
  response.body = std::move(body);
  return response;
}

template <class T>
void expect_refused(Result<T> const& result, std::string_view body) {
  ASSERT_FALSE(result) << body;
  EXPECT_EQ(result.error().code, ErrorCode::malformed_response) << body;
  EXPECT_EQ(result.error().http_status, 200) << body;
}

TEST(AnsweredByAnother, ALookupByIdMustAnswerThatIdAndNoOther) {
  for (std::string const body :
       {"{}", R"({"name":"n"})", R"({"id":0,"name":"n"})", R"({"id":null})", R"({"id":-5})",
        R"({"id":6,"name":"n"})", R"({"id":"5"})"}) {
    expect_refused(read_get_scale_set(ok(body), ScaleSetId{5}, kNow), body);
    expect_refused(read_update_scale_set(ok(body), ScaleSetId{5}, kNow), body);
    expect_refused(read_get_runner(ok(body), RunnerId{5}, kNow), body);
  }
  auto const other = read_get_runner(ok(R"({"id":6})"), RunnerId{5}, kNow);
  EXPECT_THAT(other.error().message,
              HasSubstr("the answer is about runner 6, but what was asked for is 5"));
}

TEST(AnsweredByAnother, ALookupByNameMustAnswerThatNameWithAnId) {
  for (std::string const body :
       {"{}", "null", R"({"count":1})", R"({"count":1,"value":[]})",
        R"({"count":1,"value":[null]})", R"({"count":1,"value":[{}]})",
        R"({"count":1,"value":[{"name":"n"}]})", R"({"count":1,"value":[{"id":0,"name":"n"}]})",
        R"({"count":1,"value":[{"id":5}]})", R"({"count":1,"value":[{"id":5,"name":"other"}]})",
        R"({"value":[{"id":5,"name":"other"}]})"}) {
    expect_refused(read_find_scale_set(ok(body), kDefaultRunnerGroup, "n", kNow), body);
    expect_refused(read_find_runner_group(ok(body), "n", kNow), body);
    expect_refused(read_find_runner(ok(body), "n", kNow), body);
  }
  std::string const good = R"({"count":1,"value":[{"id":5,"name":"My-Set"}]})";
  EXPECT_TRUE(read_find_scale_set(ok(good), kDefaultRunnerGroup, "my-SET", kNow)->has_value());
  EXPECT_TRUE(read_find_runner_group(ok(good), "MY-set", kNow)->has_value());
  EXPECT_TRUE(read_find_runner(ok(good), "my-set", kNow)->has_value());
}

TEST(AnsweredByAnother, AScaleSetOfAnotherGroupIsNotTheOneAskedFor) {
  std::string const body = R"({"count":1,"value":[{"id":5,"name":"n","runnerGroupId":2}]})";
  expect_refused(read_find_scale_set(ok(body), RunnerGroupId{1}, "n", kNow), body);
  EXPECT_TRUE(read_find_scale_set(ok(body), RunnerGroupId{2}, "n", kNow)->has_value());
  std::string const silent = R"({"count":1,"value":[{"id":5,"name":"n"}]})";
  auto const found = read_find_scale_set(ok(silent), RunnerGroupId{7}, "n", kNow);
  EXPECT_EQ((*found)->group, RunnerGroupId{7}) << "it was asked for by its group";
}

TEST(AnsweredByAnother, EveryEntryOfAListHasAnId) {
  for (std::string const body : {"{}", "null", R"({"count":2})", R"({"count":2,"value":[]})",
                                 R"({"count":2,"value":[{"id":1,"name":"a"},{"name":"b"}]})",
                                 R"({"count":2,"value":[{"id":1,"name":"a"},null]})"}) {
    expect_refused(read_list_scale_sets(ok(body), kNow), body);
    expect_refused(read_list_runner_groups(ok(body), kNow), body);
    expect_refused(read_list_runners(ok(body), kNow), body);
    expect_refused(read_acquirable_jobs(ok(body), kNow), body);
  }
}

TEST(AnsweredByAnother, WhatWasCreatedHasAnId) {
  for (std::string const body : {"{}", "null", R"({"name":"n"})", R"({"id":0,"name":"n"})"}) {
    expect_refused(read_create_scale_set(ok(body), "n", kNow), body);
    expect_refused(read_create_session(ok(body), ScaleSetId{5}, kNow), body);
    expect_refused(read_generate_jit_config(ok(body), ScaleSetId{5}, "n", kNow), body);
  }
  for (std::string const runner :
       {"{}", R"({"id":0,"name":"n"})", R"({"id":6})", R"({"id":6,"name":"other"})", "null"}) {
    std::string const body = R"({"encodedJITConfig":"ZXk=","runner":)" + runner + "}";
    expect_refused(read_generate_jit_config(ok(body), ScaleSetId{5}, "n", kNow), body);
  }
}

TEST(AnsweredByAnother, WhatWasCreatedIsWhatWasAskedFor) {
  expect_refused(read_create_scale_set(ok(R"({"id":5,"name":"other"})"), "n", kNow), "other");
  EXPECT_TRUE(read_create_scale_set(ok(R"({"id":5,"name":"N"})"), "n", kNow));
  std::string const foreign =
      R"({"encodedJITConfig":"ZXk=","runner":{"id":6,"name":"n","runnerScaleSetId":99}})";
  expect_refused(read_generate_jit_config(ok(foreign), ScaleSetId{5}, "n", kNow), foreign);
  EXPECT_TRUE(read_generate_jit_config(ok(foreign), ScaleSetId{99}, "n", kNow));
}

TEST(AnsweredByAnother, ASessionIsOfTheScaleSetAndKeepsItsId) {
  auto const body = [](std::string const& more) {
    return R"({"sessionId":")" + std::string(kSessionId) +
           R"(","messageQueueUrl":"https://q","messageQueueAccessToken":"Q")" + more + "}";
  };
  EXPECT_TRUE(read_create_session(ok(body("")), ScaleSetId{5}, kNow));
  EXPECT_TRUE(read_create_session(ok(body(R"(,"runnerScaleSet":{"id":5})")), ScaleSetId{5}, kNow));
  auto const other = body(R"(,"runnerScaleSet":{"id":6})");
  expect_refused(read_create_session(ok(other), ScaleSetId{5}, kNow), other);
  EXPECT_TRUE(read_refresh_session(ok(body("")), kSessionId, kNow));
  EXPECT_TRUE(read_refresh_session(ok("{}"), kSessionId, kNow)) << "empty fields are merged (W-9)";
  expect_refused(read_refresh_session(ok(body("")), "11111111-1111-4111-8111-111111111111", kNow),
                 "another session");
}

TEST(AnsweredByAnother, OnlyJobsThatWereAskedForCanBeAcquired) {
  std::vector<RequestId> const asked{RequestId{5}, RequestId{6}};
  EXPECT_EQ(read_acquire_jobs(ok(R"({"value":[6,5]})"), asked, kNow)->size(), 2U);
  EXPECT_TRUE(read_acquire_jobs(ok(R"({"value":null})"), asked, kNow)->empty());
  for (std::string const body : {R"({"value":[7]})", R"({"value":[0]})", R"({"value":[5,null]})"})
    expect_refused(read_acquire_jobs(ok(body), asked, kNow), body);
}

TEST(AnsweredByAnother, AnOfferWithoutAnIdIsNotAJobToAcquire) {
  auto const message = read_get_message(
      ok(R"({"messageId":1,"messageType":"RunnerScaleSetJobMessages",)"
         R"("body":"[{\"messageType\":\"JobAvailable\"},{\"messageType\":\"JobAvailable\",\"runnerRequestId\":7}]"})"),
      kNow);
  ASSERT_TRUE(message && *message);
  ASSERT_EQ((*message)->jobs.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<UnknownJobMessage>((*message)->jobs[0]));
  EXPECT_TRUE(std::holds_alternative<JobAvailable>((*message)->jobs[1]));
}

TEST(AnsweredByAnother, NoRequestIsMadeWithAnIdThatWasNeverGiven) {
  AdminConnection admin;
  admin.url = "https://h/x";
  QueueAccess queue;
  queue.url = "https://h/q";
  for (std::int64_t const number : {0, -1}) {
    ScaleSetId const set{number};
    std::vector<Result<HttpRequest>> const requests{
        get_scale_set_request(admin, set, ""),
        update_scale_set_request(admin, set, {}, ""),
        delete_scale_set_request(admin, set, ""),
        create_session_request(admin, set, "o", ""),
        refresh_session_request(admin, set, kSessionId, ""),
        delete_session_request(admin, set, kSessionId, ""),
        delete_session_request(admin, ScaleSetId{1}, "", ""),
        generate_jit_config_request(admin, set, "r", "", ""),
        acquirable_jobs_request(admin, set, ""),
        acquire_jobs_request(admin, queue, set, {}, ""),
        get_runner_request(admin, RunnerId{number}, ""),
        remove_runner_request(admin, RunnerId{number}, ""),
        find_scale_set_request(admin, RunnerGroupId{number}, "n", ""),
        list_scale_sets_request(admin, RunnerGroupId{number}, ""),
        delete_message_request(queue, MessageId{number}, "")};
    for (auto const& request : requests) {
      ASSERT_FALSE(request);
      EXPECT_EQ(request.error().code, ErrorCode::invalid_argument);
    }
  }
}

TEST(SameName, ComparesWithoutCaseAndLeavesOtherLettersToTheService) {
  EXPECT_TRUE(same_name("Linux-X64", "linux-x64"));
  EXPECT_FALSE(same_name("linux-x64", "linux-x6"));
  EXPECT_FALSE(same_name("linux", ""));
  EXPECT_TRUE(same_name("\xC3\x84rzte", "\xC3\xA4rzte"));
  EXPECT_FALSE(same_name("\xC3\x84rzte", "rzte"));
}

}  // namespace
}  // namespace scaleset::protocol
