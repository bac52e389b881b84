#include "protocol/wire/responses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"

namespace scaleset::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

WallTime const kNow{std::chrono::sys_days{std::chrono::November / 23 / 2026}};

HttpResponse response(int status, std::string body = "", HeaderList headers = {}) {
  HttpResponse result;
  result.status = status;
  result.body = std::move(body);
  result.headers = std::move(headers);
  return result;
}

std::string exception(std::string const& type, std::string const& message = "because") {
  return R"({"message":")" + message + R"(","typeName":"GitHub.Actions.Runtime.WebApi.)" + type +
         R"(, GitHub.Actions.Runtime.WebApi"})";
}

ConfigUrl url_of(std::string const& path) {
  return parse_config_url("https://github.com/" + path, false).value();
}

template <class T>
void expect_error(Result<T> const& result, ErrorCode code, std::string const& text = "") {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, code) << result.error().to_string();
  EXPECT_THAT(result.error().message, HasSubstr(text));
  EXPECT_NE(result.error().operation, "");
}

std::string jwt(std::string const& claims) {
  return base::base64url_encode(R"({"alg":"RS256"})") + "." + base::base64url_encode(claims) + ".s";
}

// ---- E1 to E3

TEST(Responses, IssuedTokens) {
  std::string const body = R"({"token":"T","expires_at":"2026-11-23T17:00:00Z"})";
  for (auto const read : {read_installation_token, read_registration_token}) {
    auto const issued = read(response(201, body), url_of("my-org"), kNow);
    ASSERT_TRUE(issued.has_value());
    EXPECT_EQ(issued->token.reveal(), "T");
    EXPECT_TRUE(issued->expires_at.has_value());
    expect_error(read(response(200, body), url_of("my-org"), kNow), ErrorCode::unexpected_status);
    for (std::string const empty : {"{}", R"({"token":null})", R"({"token":""})", "null"}) {
      expect_error(read(response(201, empty), url_of("my-org"), kNow),
                   ErrorCode::malformed_response, "without a token");
    }
    expect_error(read(response(201, "oops"), url_of("my-org"), kNow),
                 ErrorCode::malformed_response);
    expect_error(read(response(502, "<html>"), url_of("my-org"), kNow), ErrorCode::server_error);
  }
}

TEST(Responses, ARefusedTokenNamesTheMissingRight) {
  auto const bad = response(401, R"({"message":"Bad credentials","status":"401"})");
  auto const refused = read_registration_token(bad, url_of("my-org"), kNow);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::unauthorized);
  EXPECT_EQ(refused.error().operation, "RegistrationToken");
  EXPECT_EQ(refused.error().message,
            "GitHub refused the token (401 Bad credentials) for organization my-org: the token is "
            "wrong, expired or revoked; it needs the admin:org scope (classic) or \"Self-hosted "
            "runners: read and write\" (fine-grained or GitHub App)");
}

TEST(Responses, EachScopeNeedsItsOwnRight) {
  auto const message = [](int status, std::string const& path) {
    auto const read = read_registration_token(response(status), url_of(path), kNow);
    return read ? "" : read.error().message;
  };
  for (int const status : {401, 403, 404}) {
    std::string const shown = "(" + std::to_string(status) + ")";
    EXPECT_THAT(message(status, "o"), HasSubstr("organization o"));
    EXPECT_THAT(message(status, "o"), HasSubstr("admin:org"));
    EXPECT_THAT(message(status, "o"), HasSubstr(shown));
    EXPECT_THAT(message(status, "o/r"), HasSubstr("repository o/r"));
    EXPECT_THAT(message(status, "o/r"), HasSubstr("\"Administration: read and write\""));
    EXPECT_THAT(message(status, "enterprises/e"), HasSubstr("enterprise e"));
    EXPECT_THAT(message(status, "enterprises/e"), HasSubstr("manage_runners:enterprise"));
    EXPECT_THAT(message(status, "o"), Not(HasSubstr("\n")));
  }
}

TEST(Responses, ARefusedAppSaysWhereToLook) {
  auto const message = [](int status) {
    auto const read = read_installation_token(response(status), url_of("o"), kNow);
    return read ? "" : read.error().message;
  };
  EXPECT_THAT(message(401), HasSubstr("clock"));
  EXPECT_THAT(message(403), HasSubstr("suspended"));
  EXPECT_THAT(message(404), HasSubstr("installation id"));
}

TEST(Responses, ARateLimitIsNotAMissingRight) {
  auto const limited = read_registration_token(
      response(403, R"({"message":"API rate limit exceeded"})", {{"x-ratelimit-remaining", "0"}}),
      url_of("o"), kNow);
  expect_error(limited, ErrorCode::rate_limited, "API rate limit exceeded");
  EXPECT_THAT(limited.error().message, Not(HasSubstr("admin:org")));
}

TEST(Responses, AdminConnection) {
  std::string const token = jwt(R"({"exp":1795450950})");
  std::string const body = R"({"url":"https://b/rest","token":")" + token + "\"}";
  for (int const status : {200, 201}) {
    auto const admin = read_admin_connection(response(status, body), url_of("o"), kNow);
    ASSERT_TRUE(admin.has_value()) << admin.error().message;
    EXPECT_EQ(admin->url, "https://b/rest");
    EXPECT_EQ(admin->token.reveal(), token);
    EXPECT_EQ(admin->expires_at, Timestamp(std::chrono::seconds(1795450950)));
  }
}

TEST(Responses, AdminConnectionThatIsIncomplete) {
  auto const read = [](std::string const& body) {
    return read_admin_connection(response(200, body), url_of("o"), kNow);
  };
  expect_error(read("{}"), ErrorCode::malformed_response, "without a URL");
  expect_error(read(R"({"url":"https://b"})"), ErrorCode::malformed_response, "without a token");
  expect_error(read(R"({"url":"https://b","token":"abc"})"), ErrorCode::malformed_response);
  expect_error(read(R"({"url":"https://b","token":")" + jwt("{}") + "\"}"),
               ErrorCode::malformed_response, "when it expires");
  expect_error(read(""), ErrorCode::malformed_response, "empty");
}

TEST(Responses, AdminConnectionThatIsRefused) {
  auto const refused = read_admin_connection(response(404), url_of("o/r"), kNow);
  expect_error(refused, ErrorCode::not_found, "repository o/r");
  EXPECT_THAT(refused.error().message, HasSubstr("Administration"));
  expect_error(read_admin_connection(response(500, "ise"), url_of("o"), kNow),
               ErrorCode::server_error, "ise");
}

// ---- E4 to E9

TEST(Responses, FindScaleSet) {
  auto const read = [](std::string const& body) {
    return read_find_scale_set(response(200, body), kDefaultRunnerGroup, "n", kNow);
  };
  EXPECT_EQ((*read(R"({"count":1,"value":[{"id":5,"name":"N"}]})"))->id, ScaleSetId{5});
  for (std::string const body : {R"({"count":0,"value":[]})", R"({"count":0,"value":[{"id":5}]})",
                                 R"({"count":0})", R"({"value":[]})"}) {
    auto const found = read(body);
    ASSERT_TRUE(found.has_value()) << body;
    EXPECT_FALSE(found->has_value()) << body;
  }
  expect_error(read(R"({"count":2,"value":[{"id":5},{"id":6}]})"), ErrorCode::ambiguous_result,
               "2 scale sets match the name \"n\"");
  expect_error(read("oops"), ErrorCode::malformed_response);
  expect_error(read_find_scale_set(response(404), kDefaultRunnerGroup, "n", kNow),
               ErrorCode::not_found);
}

TEST(Responses, GetAndCreateScaleSet) {
  EXPECT_EQ(read_get_scale_set(response(200, R"({"id":5})"), ScaleSetId{5}, kNow)->id,
            ScaleSetId{5});
  expect_error(read_get_scale_set(response(200, "null"), ScaleSetId{5}, kNow),
               ErrorCode::scale_set_not_found);
  expect_error(read_get_scale_set(response(404, exception("RunnerScaleSetNotFoundException")),
                                  ScaleSetId{5}, kNow),
               ErrorCode::scale_set_not_found);
  expect_error(read_get_scale_set(response(200, "{}"), ScaleSetId{5}, kNow),
               ErrorCode::malformed_response);
  EXPECT_EQ(read_create_scale_set(response(200, R"({"id":5})"), "n", kNow)->id, ScaleSetId{5});
  expect_error(read_create_scale_set(response(201, R"({"id":5})"), "n", kNow),
               ErrorCode::unexpected_status);
  expect_error(read_create_scale_set(response(200, R"({"id":0})"), "n", kNow),
               ErrorCode::malformed_response, "the field id is not a number above 0");
  expect_error(read_create_scale_set(response(200, "null"), "n", kNow),
               ErrorCode::malformed_response);
  expect_error(
      read_create_scale_set(response(400, exception("RunnerScaleSetExistsException")), "n", kNow),
      ErrorCode::scale_set_exists);
}

TEST(Responses, UpdateScaleSet) {
  auto const updated =
      read_update_scale_set(response(200, R"({"id":5,"name":"new"})"), ScaleSetId{5}, kNow);
  ASSERT_TRUE(updated.has_value()) << updated.error().to_string();
  EXPECT_EQ(updated->name, "new");
  expect_error(read_update_scale_set(response(404, exception("RunnerScaleSetNotFoundException")),
                                     ScaleSetId{5}, kNow),
               ErrorCode::scale_set_not_found);
  expect_error(read_update_scale_set(response(400, exception("RunnerScaleSetExistsException")),
                                     ScaleSetId{5}, kNow),
               ErrorCode::scale_set_exists);
  expect_error(read_update_scale_set(response(200, "null"), ScaleSetId{5}, kNow),
               ErrorCode::malformed_response);
}

TEST(Responses, Listings) {
  std::string const two =
      R"({"count":7,"value":[{"id":1,"name":"a","size":3},{"id":2,"name":"b"}]})";
  auto const sets = read_list_scale_sets(response(200, two), kNow);
  ASSERT_TRUE(sets.has_value());
  ASSERT_EQ(sets->size(), 2U);
  EXPECT_EQ(sets->back().id, ScaleSetId{2});
  auto const groups = read_list_runner_groups(response(200, two), kNow);
  ASSERT_TRUE(groups.has_value());
  ASSERT_EQ(groups->size(), 2U);
  EXPECT_EQ(groups->front().size, 3);
  auto const runners = read_list_runners(response(200, two), kNow);
  ASSERT_TRUE(runners.has_value());
  ASSERT_EQ(runners->size(), 2U);
  EXPECT_EQ(runners->front().name, "a");
  for (std::string const empty : {R"({"count":0,"value":[]})", R"({"value":[]})"}) {
    EXPECT_TRUE(read_list_scale_sets(response(200, empty), kNow)->empty()) << empty;
    EXPECT_TRUE(read_list_runner_groups(response(200, empty), kNow)->empty()) << empty;
    EXPECT_TRUE(read_list_runners(response(200, empty), kNow)->empty()) << empty;
  }
  expect_error(read_list_scale_sets(response(404), kNow), ErrorCode::not_found);
  expect_error(read_list_runner_groups(response(403), kNow), ErrorCode::forbidden);
  expect_error(read_list_runners(response(200, "[]"), kNow), ErrorCode::malformed_response);
}

TEST(Responses, AcquirableJobs) {
  auto const none = read_acquirable_jobs(response(204), kNow);
  ASSERT_TRUE(none.has_value());
  EXPECT_TRUE(none->empty());
  auto const one =
      read_acquirable_jobs(response(200, R"({"count":1,"value":[{"runnerRequestId":7}]})"), kNow);
  ASSERT_TRUE(one.has_value());
  ASSERT_EQ(one->size(), 1U);
  EXPECT_EQ(one->front().job.request, RequestId{7});
  expect_error(read_acquirable_jobs(response(503), kNow), ErrorCode::server_error);
  expect_error(read_acquirable_jobs(response(401), kNow), ErrorCode::unauthorized);
}

TEST(Responses, DeleteScaleSet) {
  EXPECT_TRUE(read_delete_scale_set(response(204), kNow).has_value());
  expect_error(read_delete_scale_set(response(200), kNow), ErrorCode::unexpected_status);
  expect_error(read_delete_scale_set(response(400, R"({"message":"test error"})"), kNow),
               ErrorCode::bad_request, "test error");
  expect_error(
      read_delete_scale_set(response(404, exception("RunnerScaleSetNotFoundException")), kNow),
      ErrorCode::scale_set_not_found);
}

TEST(Responses, FindRunnerGroup) {
  auto const read = [](std::string const& body) {
    return read_find_runner_group(response(200, body), "g", kNow);
  };
  EXPECT_EQ((*read(R"({"count":1,"value":[{"id":7,"name":"g"}]})"))->id, RunnerGroupId{7});
  EXPECT_FALSE(read(R"({"count":0,"value":[]})")->has_value());
  expect_error(read(R"({"count":2,"value":[]})"), ErrorCode::ambiguous_result);
}

// ---- E10 to E12

constexpr auto kSessionId = "4fd0ffb0-d365-4dae-99ff-8dae173984f9";
std::string const kSession =
    R"({"sessionId":"4fd0ffb0-d365-4dae-99ff-8dae173984f9","messageQueueUrl":"https://b/m","messageQueueAccessToken":"Q"})";

TEST(Responses, CreateSession) {
  auto const session = read_create_session(response(200, kSession), ScaleSetId{5}, kNow);
  ASSERT_TRUE(session.has_value());
  EXPECT_EQ(session->queue.url, "https://b/m");
  EXPECT_FALSE(session->statistics.has_value());
}

TEST(Responses, CreateSessionOnADegradedService) {
  for (
      std::string const& body :
      {std::string("{}"), std::string("null"),
       std::string(
           R"({"sessionId":"4fd0ffb0-d365-4dae-99ff-8dae173984f9","messageQueueUrl":"","messageQueueAccessToken":"Q"})"),
       std::string(
           R"({"sessionId":"00000000-0000-0000-0000-000000000000","messageQueueUrl":"https://b","messageQueueAccessToken":"Q"})"),
       std::string(
           R"({"sessionId":"4fd0ffb0-d365-4dae-99ff-8dae173984f9","messageQueueUrl":"https://b"})")}) {
    auto const session = read_create_session(response(200, body), ScaleSetId{5}, kNow);
    expect_error(session, ErrorCode::malformed_response, "degraded service");
    EXPECT_TRUE(session.error().transient());
  }
}

TEST(Responses, CreateSessionConflict) {
  std::string const text = "The runner scale set s already has an active session for owner o.";
  auto const conflict =
      read_create_session(response(409, exception("RunnerScaleSetSessionConflictException", text)),
                          ScaleSetId{5}, kNow);
  expect_error(conflict, ErrorCode::session_conflict, "owner o");
  EXPECT_EQ(conflict.error().reply().server_exception, "RunnerScaleSetSessionConflictException");
  expect_error(read_create_session(response(404, exception("RunnerScaleSetNotFoundException")),
                                   ScaleSetId{5}, kNow),
               ErrorCode::scale_set_not_found);
}

TEST(Responses, RefreshSession) {
  EXPECT_EQ(read_refresh_session(response(200, kSession), kSessionId, kNow)->queue.token.reveal(),
            "Q");
  EXPECT_TRUE(read_refresh_session(response(200, "{}"), kSessionId, kNow)->queue.url.empty());
  expect_error(
      read_refresh_session(response(404, exception("RunnerAdminException")), kSessionId, kNow),
      ErrorCode::session_lost);
  expect_error(
      read_refresh_session(response(400, exception("RunnerScaleSetSessionExpiredException")),
                           kSessionId, kNow),
      ErrorCode::session_lost);
  expect_error(read_refresh_session(response(404, exception("RunnerScaleSetNotFoundException")),
                                    kSessionId, kNow),
               ErrorCode::scale_set_not_found);
  expect_error(read_refresh_session(response(401), kSessionId, kNow), ErrorCode::unauthorized);
}

TEST(Responses, DeleteSession) {
  EXPECT_TRUE(read_delete_session(response(204), kNow).has_value());
  EXPECT_TRUE(read_delete_session(response(404), kNow).has_value());
  EXPECT_TRUE(
      read_delete_session(response(400, exception("RunnerScaleSetSessionExpiredException")), kNow)
          .has_value());
  expect_error(read_delete_session(response(400), kNow), ErrorCode::bad_request);
  expect_error(read_delete_session(response(500), kNow), ErrorCode::server_error);
}

// ---- E13 to E17

TEST(Responses, GenerateJitConfig) {
  auto const config = read_generate_jit_config(
      response(200, R"({"runner":{"id":6,"name":"r"},"encodedJITConfig":"ZXk="})"), ScaleSetId{5},
      "r", kNow);
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->runner.id, RunnerId{6});
  for (std::string const body : {"{}", "null", R"({"encodedJITConfig":"ZXk="})",
                                 R"({"runner":{"id":6},"encodedJITConfig":""})"}) {
    expect_error(read_generate_jit_config(response(200, body), ScaleSetId{5}, "r", kNow),
                 ErrorCode::malformed_response, "degraded service");
  }
  expect_error(read_generate_jit_config(response(409, exception("TaskAgentExistsException")),
                                        ScaleSetId{5}, "r", kNow),
               ErrorCode::runner_exists);
}

TEST(Responses, AcquireJobs) {
  EXPECT_THAT(*read_acquire_jobs(response(200, R"({"count":1,"value":[5]})"), {RequestId{5}}, kNow),
              ElementsAre(RequestId{5}));
  expect_error(read_acquire_jobs(response(401), {RequestId{5}}, kNow),
               ErrorCode::message_queue_token_expired);
  expect_error(read_acquire_jobs(response(404, "404 page not found\n"), {RequestId{5}}, kNow),
               ErrorCode::not_found, "404 page not found");
}

TEST(Responses, GetAndFindRunner) {
  EXPECT_EQ(read_get_runner(response(200, R"({"id":12})"), RunnerId{12}, kNow)->id, RunnerId{12});
  expect_error(read_get_runner(response(200, "null"), RunnerId{12}, kNow),
               ErrorCode::runner_not_found);
  expect_error(
      read_get_runner(response(404, exception("TaskAgentNotFoundException")), RunnerId{12}, kNow),
      ErrorCode::runner_not_found);
  expect_error(read_get_runner(response(404, "404 page not found"), RunnerId{12}, kNow),
               ErrorCode::not_found);
  EXPECT_EQ(
      (*read_find_runner(response(200, R"({"count":1,"value":[{"id":3,"name":"R"}]})"), "r", kNow))
          ->id,
      RunnerId{3});
  expect_error(read_find_runner(response(200, R"({"count":2,"value":[]})"), "r", kNow),
               ErrorCode::ambiguous_result, "2 runners");
}

TEST(Responses, RemoveRunner) {
  EXPECT_TRUE(read_remove_runner(response(204), kNow).has_value());
  EXPECT_TRUE(
      read_remove_runner(response(404, exception("TaskAgentNotFoundException")), kNow).has_value());
  expect_error(read_remove_runner(response(400, exception("JobStillRunningException")), kNow),
               ErrorCode::job_still_running);
  expect_error(read_remove_runner(response(404), kNow), ErrorCode::not_found);
}

TEST(Responses, GetMessage) {
  auto const message = read_get_message(
      response(200, R"({"messageId":7,"messageType":"RunnerScaleSetJobMessages","body":"[]"})"),
      kNow);
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->id, MessageId{7});
  for (auto const& nothing :
       {response(202), response(202, "ignored"), response(200), response(200, "\r\n")}) {
    auto const read = read_get_message(nothing, kNow);
    ASSERT_TRUE(read.has_value());
    EXPECT_FALSE(read->has_value());
  }
  expect_error(read_get_message(response(200, "oops", {{"X-GitHub-Request-Id", "A:B"}}), kNow),
               ErrorCode::malformed_response);
  expect_error(read_get_message(response(401), kNow), ErrorCode::message_queue_token_expired);
  expect_error(read_get_message(response(503), kNow), ErrorCode::server_error);
}

TEST(Responses, DeleteMessage) {
  EXPECT_TRUE(read_delete_message(response(204), kNow).has_value());
  expect_error(read_delete_message(response(200, "null"), kNow), ErrorCode::unexpected_status);
  expect_error(read_delete_message(response(401), kNow), ErrorCode::message_queue_token_expired);
  expect_error(read_delete_message(response(404), kNow), ErrorCode::not_found);
}

TEST(Responses, AnErrorInASuccessfulBodyKeepsTheRequestIds) {
  auto const read = read_create_session(response(200, "{}", {{"X-GitHub-Request-Id", "A:B:C"}}),
                                        ScaleSetId{5}, kNow);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().http_status, 200);
  EXPECT_EQ(read.error().reply().github_request_id, "A:B:C");
  EXPECT_EQ(read.error().operation, "CreateSession");
}

TEST(Operations, TheTableIsInTheOrderOfTheEnumeration) {
  for (std::size_t i = 0; i < kOperations.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(kOperations.at(i).operation), i);
    EXPECT_EQ(traits(kOperations.at(i).operation).name, kOperations.at(i).name);
  }
  EXPECT_EQ(traits(Operation::delete_message).name, "DeleteMessage");
}

}  // namespace
}  // namespace scaleset::protocol
