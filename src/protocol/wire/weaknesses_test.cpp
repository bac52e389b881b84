#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "protocol/wire/http_error.hpp"
#include "protocol/wire/requests.hpp"
#include "protocol/wire/responses.hpp"

/// One test for each weakness of the reference (protocol.md 13) that is met by a pure decision. The
/// longer tests stand beside the code; these name what must not come back.
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

ConfigUrl organization() { return parse_config_url("https://github.com/o", false).value(); }

AdminConnection admin() {
  AdminConnection connection;
  connection.url = "https://broker.example/rest";
  connection.token = Secret("ADMIN");
  return connection;
}

QueueAccess queue() {
  QueueAccess access;
  access.url = "https://broker.example/scalesets/message";
  access.token = Secret("QTOKEN");
  return access;
}

std::string token_with(std::string const& claims) {
  return base::base64url_encode(R"({"alg":"RS256"})") + "." + base::base64url_encode(claims) + ".x";
}

template <class T>
ErrorCode code_of(Result<T> const& result) {
  EXPECT_FALSE(result.has_value());
  return result ? ErrorCode::io : result.error().code;
}

TEST(Weaknesses, W01_NothingTheServiceSendsCrashes) {
  auto const url = organization();
  for (std::string const body : {"{}", R"({"token":null})", "null", ""}) {
    EXPECT_EQ(code_of(read_registration_token(response(201, body), url, kNow)),
              ErrorCode::malformed_response);
  }
  for (std::string const claims : {"{}", "null", R"({"exp":null})"}) {
    auto const body = R"({"url":"https://h","token":")" + token_with(claims) + "\"}";
    EXPECT_EQ(code_of(read_admin_connection(response(200, body), url, kNow)),
              ErrorCode::malformed_response);
  }
  for (std::string const body : {R"({"count":1,"value":[]})", R"({"count":1})", "null"}) {
    EXPECT_EQ(code_of(read_find_scale_set(response(200, body), kDefaultRunnerGroup, "n", kNow)),
              ErrorCode::malformed_response);
    EXPECT_EQ(code_of(read_find_runner(response(200, body), "n", kNow)),
              ErrorCode::malformed_response);
    EXPECT_EQ(code_of(read_find_runner_group(response(200, body), "n", kNow)),
              ErrorCode::malformed_response);
  }
  auto const message = read_get_message(
      response(200, R"({"messageId":1,"messageType":"RunnerScaleSetJobMessages"})"), kNow);
  ASSERT_TRUE(message && *message);
  EXPECT_FALSE((*message)->statistics.has_value());
}

TEST(Weaknesses, W02_NamesArePercentEncoded) {
  std::string const name = "a;b&runnerGroupId=9%zz+#";
  std::string const encoded = "a%3Bb%26runnerGroupId%3D9%25zz%2B%23";
  EXPECT_THAT(find_scale_set_request(admin(), RunnerGroupId{1}, name, "")->url,
              HasSubstr("&name=" + encoded + "&runnerGroupId=1"));
  EXPECT_THAT(find_runner_group_request(admin(), name, "")->url,
              HasSubstr("&groupName=" + encoded));
  EXPECT_THAT(find_runner_request(admin(), name, "")->url, HasSubstr("?agentName=" + encoded));
}

TEST(Weaknesses, W02_AnEmptyNameIsNotASearchForEverything) {
  EXPECT_EQ(code_of(find_scale_set_request(admin(), RunnerGroupId{1}, "", "")),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(find_runner_group_request(admin(), "", "")), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(find_runner_request(admin(), "", "")), ErrorCode::invalid_argument);
}

TEST(Weaknesses, W02_ControlCharactersAreRefused) {
  for (std::string const name : {"a\nb", "a\x7f", "a\x01"}) {
    EXPECT_EQ(code_of(find_scale_set_request(admin(), RunnerGroupId{1}, name, "")),
              ErrorCode::invalid_argument);
    EXPECT_EQ(code_of(find_runner_group_request(admin(), name, "")), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of(find_runner_request(admin(), name, "")), ErrorCode::invalid_argument);
    ScaleSetUpdate update;
    update.name = name;
    EXPECT_EQ(code_of(update_scale_set_request(admin(), ScaleSetId{1}, update, "")),
              ErrorCode::invalid_argument);
  }
}

TEST(Weaknesses, W06_AnErrorKeepsLittleOfALargeBody) {
  auto const error =
      error_of(Operation::get_runner, response(400, std::string(8U << 20U, '<')), kNow);
  EXPECT_LE(error.reply().response_body.size(), 1024U);
  EXPECT_LT(error.message.size(), 300U);
  std::string const exception =
      R"({"typeName":"X","message":"m","more":")" + std::string(70000, 'x') + R"("})";
  EXPECT_EQ(
      error_of(Operation::get_runner, response(400, exception), kNow).reply().server_exception, "")
      << "not even read";
}

TEST(Weaknesses, W07_AServerErrorKeepsItsDetails) {
  auto const error =
      error_of(Operation::get_runner,
               response(503, "upstream is down", {{"X-GitHub-Request-Id", "A:B"}}), kNow);
  EXPECT_EQ(error.http_status, 503);
  EXPECT_EQ(error.reply().response_body, "upstream is down");
  EXPECT_EQ(error.reply().github_request_id, "A:B");
}

TEST(Weaknesses, W09_AnswersWithoutTheirPointAreRefused) {
  for (std::string const body : {"{}", "null"}) {
    EXPECT_EQ(code_of(read_create_session(response(200, body), ScaleSetId{5}, kNow)),
              ErrorCode::malformed_response);
    EXPECT_EQ(code_of(read_generate_jit_config(response(200, body), ScaleSetId{5}, "r", kNow)),
              ErrorCode::malformed_response);
    EXPECT_EQ(code_of(read_create_scale_set(response(200, body), "n", kNow)),
              ErrorCode::malformed_response);
    EXPECT_EQ(code_of(read_update_scale_set(response(200, body), ScaleSetId{5}, kNow)),
              ErrorCode::malformed_response);
  }
  EXPECT_EQ(
      code_of(read_installation_token(response(201, R"({"token":""})"), organization(), kNow)),
      ErrorCode::malformed_response);
}

TEST(Weaknesses, W12_AnEmptySuccessIsAnEmptyPoll) {
  for (std::string const body : {"", "\r\n"}) {
    auto const message = read_get_message(response(200, body), kNow);
    ASSERT_TRUE(message.has_value()) << message.error().to_string();
    EXPECT_FALSE(message->has_value());
  }
}

TEST(Weaknesses, W14_TheConfigUrlIsCheckedEarly) {
  for (std::string const text : {"github.com/org", "org", "ftp://github.com/o", "https:///o",
                                 "https://user:password@github.com/o"}) {
    auto const url = parse_config_url(text, false);
    EXPECT_EQ(code_of(url), ErrorCode::invalid_config_url) << text;
    EXPECT_THAT(url.error().message, Not(HasSubstr("password@")));
  }
  EXPECT_TRUE(parse_config_url("https://ACME.GHE.COM/o", false)->hosted);
  EXPECT_TRUE(parse_config_url("https://GitHub.com/o", false)->hosted);
  EXPECT_FALSE(parse_config_url("https://github.com/o", true)->hosted);
}

TEST(Weaknesses, W15_AnUnreadableBodyDoesNotHideTheStatus) {
  auto const error =
      error_of(Operation::get_runner, response(400, "<html>" + std::string(5000, 'x')), kNow);
  EXPECT_THAT(error.message, HasSubstr("400 (bad request): <html>xxx"));
  EXPECT_LT(error.message.size(), 300U);
  auto const secret =
      error_of(Operation::get_runner, response(400, R"(<p>{"token":"ghs_1"}</p>)"), kNow);
  EXPECT_THAT(secret.to_string() + secret.reply().response_body, Not(HasSubstr("ghs_1")));
}

TEST(Weaknesses, W19_NumbersAre64BitAndChecked) {
  std::int64_t const large = 9007199254740993;
  EXPECT_THAT(get_runner_request(admin(), RunnerId{large}, "")->url,
              HasSubstr("/agents/9007199254740993?"));
  EXPECT_THAT(remove_runner_request(admin(), RunnerId{large}, "")->url,
              HasSubstr("/agents/9007199254740993?"));
  EXPECT_THAT(get_message_request(queue(), MessageId{large}, 1, "")->url,
              HasSubstr("lastMessageId=9007199254740993"));
  EXPECT_EQ(read_get_runner(response(200, R"({"id":9007199254740993})"), RunnerId{large}, kNow)->id,
            RunnerId{large});
  EXPECT_EQ(code_of(get_message_request(queue(), MessageId{1}, -1, "")),
            ErrorCode::invalid_argument);
}

TEST(Weaknesses, W23_AShortfallOfAnAcquisitionShows) {
  auto const acquired = read_acquire_jobs(response(200, R"({"count":3,"value":[7]})"),
                                          {RequestId{7}, RequestId{8}}, kNow);
  ASSERT_TRUE(acquired.has_value());
  EXPECT_THAT(*acquired, ElementsAre(RequestId{7})) << "what was granted, whatever the count says";
  auto const broker = read_acquire_jobs(response(404, "404 page not found\n"), {}, kNow);
  EXPECT_EQ(code_of(broker), ErrorCode::not_found) << "told apart from a lost session";
  EXPECT_FALSE(broker.error().transient());
}

TEST(Weaknesses, W24_OneBadEntryDoesNotBlockTheQueue) {
  auto const message = read_get_message(
      response(
          200,
          R"({"messageId":9,"messageType":"RunnerScaleSetJobMessages","body":"[{\"messageType\":\"JobAssigned\",\"jobId\":5},7,{\"messageType\":\"JobAssigned\",\"jobId\":\"good\"}]"})"),
      kNow);
  ASSERT_TRUE(message && *message);
  auto const& jobs = (*message)->jobs;
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_THAT(std::get<UnknownJobMessage>(jobs[0]).problem, HasSubstr("jobId"));
  EXPECT_NE(std::get<UnknownJobMessage>(jobs[1]).problem, "");
  EXPECT_EQ(std::get<JobAssigned>(jobs[2]).job.job_id, "good");
}

TEST(Weaknesses, W26_AnUpdateSaysOnlyWhatChanges) {
  ScaleSetUpdate update;
  update.group = RunnerGroupId{3};
  EXPECT_EQ(update_scale_set_request(admin(), ScaleSetId{5}, update, "")->body,
            R"({"runnerGroupId":3})");
}

}  // namespace
}  // namespace scaleset::protocol
