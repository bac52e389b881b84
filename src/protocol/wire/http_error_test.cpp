#include "protocol/wire/http_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::protocol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

auto const kNow = std::chrono::sys_days{std::chrono::November / 23 / 2026} + std::chrono::hours(16);

HttpResponse response(int status, std::string body = "", HeaderList headers = {}) {
  HttpResponse result;
  result.status = status;
  result.body = std::move(body);
  result.headers = std::move(headers);
  return result;
}

std::string exception(std::string const& type, std::string const& message = "because") {
  return R"({"$id":"1","message":")" + message + R"(","typeName":"GitHub.Actions.Runtime.WebApi.)" +
         type + R"(, GitHub.Actions.Runtime.WebApi"})";
}

ErrorCode code(Operation operation, int status, std::string body = "", HeaderList headers = {}) {
  return error_of(operation, response(status, std::move(body), std::move(headers)), kNow).code;
}

TEST(ErrorOf, NamesTheCodeOfAStatus) {
  constexpr auto get = Operation::get_scale_set;
  EXPECT_EQ(code(get, 400), ErrorCode::bad_request);
  EXPECT_EQ(code(get, 401), ErrorCode::unauthorized);
  EXPECT_EQ(code(get, 403), ErrorCode::forbidden);
  EXPECT_EQ(code(get, 404), ErrorCode::not_found);
  EXPECT_EQ(code(get, 408), ErrorCode::unexpected_status);
  EXPECT_EQ(code(get, 409), ErrorCode::conflict);
  EXPECT_EQ(code(get, 429), ErrorCode::rate_limited);
  EXPECT_EQ(code(get, 500), ErrorCode::server_error);
  EXPECT_EQ(code(get, 501), ErrorCode::unexpected_status);
  EXPECT_EQ(code(get, 503), ErrorCode::server_error);
  EXPECT_EQ(code(get, 201), ErrorCode::unexpected_status);
  EXPECT_EQ(code(get, 302), ErrorCode::unexpected_status);
}

TEST(ErrorOf, TellsTheQueuesTokenFromTheAdmins) {
  for (auto const& traits : kOperations) {
    ErrorCode const expected =
        traits.uses_queue_token ? ErrorCode::message_queue_token_expired : ErrorCode::unauthorized;
    EXPECT_EQ(code(traits.operation, 401), expected) << traits.name;
    EXPECT_EQ(code(traits.operation, 401, exception("InvalidTokenException")), expected);
  }
}

TEST(ErrorOf, KnowsTheServicesExceptionsWhateverTheStatus) {
  constexpr auto get = Operation::get_message;
  EXPECT_EQ(code(get, 409, exception("TaskAgentExistsException")), ErrorCode::runner_exists);
  EXPECT_EQ(code(get, 404, exception("TaskAgentNotFoundException")), ErrorCode::runner_not_found);
  EXPECT_EQ(code(get, 400, exception("JobStillRunningException")), ErrorCode::job_still_running);
  EXPECT_EQ(code(get, 409, exception("RunnerScaleSetSessionConflictException")),
            ErrorCode::session_conflict);
  EXPECT_EQ(code(get, 400, exception("RunnerScaleSetSessionExpiredException")),
            ErrorCode::session_lost);
  EXPECT_EQ(code(get, 404, exception("RunnerScaleSetNotFoundException")),
            ErrorCode::scale_set_not_found);
  EXPECT_EQ(code(get, 400, exception("RunnerScaleSetExistsException")),
            ErrorCode::scale_set_exists);
  EXPECT_EQ(code(get, 400, exception("SomethingElseException")), ErrorCode::bad_request);
}

TEST(ErrorOf, KnowsALostSession) {
  std::string const evicted = exception("RunnerAdminException", "doesn't exist in redis");
  EXPECT_EQ(code(Operation::refresh_session, 404, evicted), ErrorCode::session_lost);
  EXPECT_EQ(code(Operation::refresh_session, 404), ErrorCode::session_lost);
  EXPECT_EQ(code(Operation::get_message, 404, evicted), ErrorCode::session_lost);
  EXPECT_EQ(code(Operation::delete_message, 404, evicted), ErrorCode::session_lost);
  EXPECT_EQ(code(Operation::get_runner, 404, evicted), ErrorCode::not_found);
  EXPECT_EQ(code(Operation::get_message, 404), ErrorCode::not_found);
  EXPECT_EQ(code(Operation::create_session, 409), ErrorCode::session_conflict);
  EXPECT_EQ(code(Operation::generate_jit_config, 409), ErrorCode::conflict);
}

TEST(ErrorOf, FillsInWhatSupportAsksFor) {
  auto const error = error_of(Operation::get_scale_set,
                              response(404,
                                       exception("RunnerScaleSetNotFoundException",
                                                 "No runner scale set found with identifier 7."),
                                       {{"ActivityId", "0f0f"}, {"x-github-request-id", "A:B:C"}}),
                              kNow);
  EXPECT_EQ(error.operation, "GetScaleSet");
  EXPECT_EQ(error.http_status, 404);
  EXPECT_EQ(error.reply().activity_id, "0f0f");
  EXPECT_EQ(error.reply().github_request_id, "A:B:C");
  EXPECT_EQ(error.reply().server_exception, "RunnerScaleSetNotFoundException");
  EXPECT_EQ(error.message,
            "the service answered 404 (not found): No runner scale set found with identifier 7.");
  EXPECT_FALSE(error.retry_after.has_value());
  EXPECT_TRUE(error.request_sent);
}

TEST(ErrorOf, QuotesOtherBodiesBriefly) {
  auto const text = [](std::string body) {
    return error_of(Operation::get_runner, response(404, std::move(body)), kNow).message;
  };
  EXPECT_EQ(text(""), "the service answered 404 (not found)");
  EXPECT_EQ(text("404 page not found\n"),
            "the service answered 404 (not found): 404 page not found");
  EXPECT_EQ(text("null"), "the service answered 404 (not found): null");
  EXPECT_EQ(text("{}"), "the service answered 404 (not found)");
  EXPECT_EQ(text("<html>\r\n  <b>no</b>"),
            "the service answered 404 (not found): <html> <b>no</b>");
  EXPECT_LT(text(std::string(100000, 'x')).size(), 260U);
}

TEST(ErrorOf, NeverQuotesCredentials) {
  for (std::string const body :
       {R"({"token":"LLBF3JGZDX3P5PMEXLND6TS6FCWO6"})", "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
        R"({"message":"bad eyJhbGciOiJSUzI1NiJ9.e30.x"})", R"(["accessToken":"x")",
        "Authorization: Bearer abcdef", R"(x "encodedJITConfig":"abc")"}) {
    auto const error = error_of(Operation::get_runner, response(400, body), kNow);
    for (std::string const secret : {"LLBF3", "16C7e", "abcdef", "eyJ", "\"x\"", "\"abc\""}) {
      EXPECT_THAT(error.to_string(), Not(HasSubstr(secret))) << body;
    }
  }
}

TEST(ErrorOf, KeepsTheBeginningOfTheBodyBesideTheText) {
  std::string const body = exception("SomethingElseException", std::string(500, 'x'));
  auto const error = error_of(Operation::get_runner, response(503, body), kNow);
  EXPECT_EQ(error.reply().response_body, body);
  EXPECT_LT(error.to_string().size(), 320U) << "a log line is none the longer for it";
  auto const secret = error_of(Operation::registration_token,
                               response(500, R"({"token":"LLBF3","message":"half done"})"), kNow);
  EXPECT_EQ(secret.reply().response_body, R"({"token":***,"message":"half done"})");
}

TEST(ErrorOf, KnowsRateLimits) {
  constexpr auto operation = Operation::registration_token;
  EXPECT_EQ(code(operation, 403, "", {{"Retry-After", "7"}}), ErrorCode::rate_limited);
  EXPECT_EQ(code(operation, 403, "", {{"x-ratelimit-remaining", "0"}}), ErrorCode::rate_limited);
  EXPECT_EQ(code(operation, 403, "", {{"x-ratelimit-remaining", "17"}}), ErrorCode::forbidden);
  EXPECT_EQ(code(operation, 404, "", {{"x-ratelimit-remaining", "0"}}), ErrorCode::not_found);
  auto const secondary = error_of(
      operation, response(403, R"({"message":"You have exceeded a secondary rate limit"})"), kNow);
  EXPECT_EQ(secondary.code, ErrorCode::rate_limited);
  EXPECT_EQ(secondary.retry_after, milliseconds(60000));
}

TEST(WithEarlierAnswer, TellsTheLastAnswerBesideWhatCameAfter) {
  auto const earlier = error_of(Operation::get_runner,
                                response(503, "down", {{"X-GitHub-Request-Id", "A:B"}}), kNow);
  auto const both = with_earlier_answer(Error(ErrorCode::network, "connection refused"), earlier);
  EXPECT_EQ(both.code, ErrorCode::network);
  EXPECT_EQ(both.message,
            "connection refused; before that the service answered 503 (service unavailable): down");
  EXPECT_EQ(both.http_status, 503);
  EXPECT_EQ(both.reply().github_request_id, "A:B");
  EXPECT_EQ(both.reply().response_body, "down");
  EXPECT_EQ(with_earlier_answer(both, earlier).message, both.message) << "not twice";
}

TEST(WithEarlierAnswer, LeavesAnAnswerOfItsOwnAlone) {
  auto const earlier = error_of(Operation::get_runner, response(503, "down"), kNow);
  auto const later = error_of(Operation::get_runner, response(404), kNow);
  EXPECT_EQ(with_earlier_answer(later, earlier).http_status, 404);
  EXPECT_EQ(with_earlier_answer(later, earlier).reply().response_body, "");
  Error const network(ErrorCode::network, "connection refused");
  EXPECT_EQ(with_earlier_answer(network, network).message, "connection refused");
}

TEST(RequestedDelay, ReadsBothFormsAndCapsThem) {
  auto const delay = [](HeaderList headers) {
    return requested_delay(response(503, "", std::move(headers)), kNow);
  };
  EXPECT_EQ(delay({}), std::nullopt);
  EXPECT_EQ(delay({{"retry-after", "2"}}), seconds(2));
  EXPECT_EQ(delay({{"Retry-After", "0"}}), seconds(0));
  EXPECT_EQ(delay({{"Retry-After", "86400"}}), seconds(300));
  EXPECT_EQ(delay({{"Retry-After", "Mon, 23 Nov 2026 16:00:30 GMT"}}), seconds(30));
  EXPECT_EQ(delay({{"Retry-After", "Mon, 23 Nov 2026 15:00:30 GMT"}}), seconds(0));
  EXPECT_EQ(delay({{"Retry-After", "Wed, 23 Nov 2033 15:00:30 GMT"}}), seconds(300));
  EXPECT_EQ(delay({{"Retry-After", "soon"}}), std::nullopt);
  EXPECT_EQ(delay({{"Retry-After", "-5"}}), std::nullopt);
  EXPECT_EQ(delay({{"Retry-After", "99999999999999999999"}}), std::nullopt);
}

TEST(RequestedDelay, HonoursTheResetOfAUsedUpBudget) {
  auto const now = std::chrono::floor<seconds>(kNow).time_since_epoch().count();
  auto const delay = [](std::string const& remaining, std::string const& reset) {
    return requested_delay(
        response(403, "", {{"x-ratelimit-remaining", remaining}, {"x-ratelimit-reset", reset}}),
        kNow);
  };
  EXPECT_EQ(delay("0", std::to_string(now + 42)), seconds(42));
  EXPECT_EQ(delay("0", std::to_string(now - 42)), seconds(0));
  EXPECT_EQ(delay("0", std::to_string(now + 4000)), seconds(300));
  EXPECT_EQ(delay("0", "9223372036854775807"), seconds(300));
  EXPECT_EQ(delay("0", "-9223372036854775808"), seconds(0));
  EXPECT_EQ(delay("0", "x"), std::nullopt);
  EXPECT_EQ(delay("1", std::to_string(now + 42)), std::nullopt);
}

TEST(ParseHttpDate, ReadsTheUsualFormOnly) {
  auto const date = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
  ASSERT_TRUE(date.has_value());
  EXPECT_EQ(date->time_since_epoch().count(), 784111777);
  for (std::string const text :
       {"", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nom 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 1994 08:-9:37 GMT", "Sun, 0x Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_FALSE(parse_http_date(text).has_value()) << text;
  }
}

TEST(Excerpt, IsOneShortLineOfText) {
  EXPECT_EQ(excerpt(" a\r\n\tb  c\x01"
                    "d\x7f "),
            "a b c d");
  EXPECT_EQ(excerpt("a\xFF"), "a\xEF\xBF\xBD");
  EXPECT_EQ(excerpt(std::string(300, 'x')), std::string(200, 'x') + "...");
  EXPECT_EQ(excerpt(""), "");
}

TEST(ErrorOf, ARedirectThatIsNotFollowedSaysWhereItPoints) {
  for (int const status : {301, 302, 303}) {
    Error const error =
        error_of(Operation::registration_token,
                 response(status, "",
                          {{"Location", "https://api.github.com/repositories/1?token=s3cret#x"}}),
                 kNow);
    EXPECT_EQ(error.code, ErrorCode::unexpected_status);
    EXPECT_THAT(error.message, HasSubstr("points to https://api.github.com/repositories/1, "));
    EXPECT_THAT(error.message, HasSubstr("probably renamed"));
    EXPECT_THAT(error.message, Not(HasSubstr("s3cret")));
  }
  EXPECT_THAT(error_of(Operation::registration_token, response(301), kNow).message,
              Not(HasSubstr("points to")));
}

}  // namespace
}  // namespace scaleset::protocol
