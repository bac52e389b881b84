#include "protocol/wire/requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string const kBase = "https://broker.example/rest/_apis/";
std::string const kVersion = "api-version=6.0-preview";

ConfigUrl config_url() { return parse_config_url("http://127.0.0.1:34567/my-org", false).value(); }

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

void expect_admin_headers(HttpRequest const& request) {
  EXPECT_THAT(request.headers,
              ElementsAre(Pair("User-Agent", "{UA}"), Pair("Authorization", "Bearer ADMIN"),
                          Pair("Content-Type", "application/json")));
  EXPECT_EQ(request.traffic, TrafficClass::control);
}

void expect_admin_call(Result<HttpRequest> const& request, HttpMethod method,
                       std::string const& path, std::string const& query = "",
                       std::string const& body = "") {
  ASSERT_TRUE(request.has_value()) << request.error().message;
  EXPECT_EQ(request->method, method);
  EXPECT_EQ(request->url, kBase + path + "?" + kVersion + query);
  EXPECT_EQ(request->body, body);
  expect_admin_headers(*request);
}

TEST(Requests, InstallationToken) {
  auto const request = installation_token_request(config_url(), 42, Secret("JWT"), "{UA}");
  EXPECT_EQ(request.method, HttpMethod::post);
  EXPECT_EQ(request.url, "http://127.0.0.1:34567/api/v3/app/installations/42/access_tokens");
  EXPECT_EQ(request.body, "");
  EXPECT_THAT(request.headers,
              ElementsAre(Pair("User-Agent", "{UA}"), Pair("Authorization", "Bearer JWT"),
                          Pair("Content-Type", "application/vnd.github+json")));
}

TEST(Requests, RegistrationToken) {
  auto const request = registration_token_request(config_url(), Secret("PAT"), "{UA}");
  EXPECT_EQ(request.method, HttpMethod::post);
  EXPECT_EQ(request.url,
            "http://127.0.0.1:34567/api/v3/orgs/my-org/actions/runners/registration-token");
  EXPECT_EQ(request.body, "");
  EXPECT_THAT(request.headers,
              ElementsAre(Pair("User-Agent", "{UA}"), Pair("Authorization", "Bearer PAT"),
                          Pair("Content-Type", "application/vnd.github.v3+json")));
}

TEST(Requests, AdminConnection) {
  auto const request = admin_connection_request(config_url(), Secret("REGTOKEN"), "{UA}");
  EXPECT_EQ(request.method, HttpMethod::post);
  EXPECT_EQ(request.url, "http://127.0.0.1:34567/api/v3/actions/runner-registration");
  EXPECT_EQ(request.body,
            "{\"url\":\"http://127.0.0.1:34567/my-org\",\"runner_event\":\"register\"}\n");
  EXPECT_EQ(request.body.size(), 66U);
  EXPECT_THAT(request.headers,
              ElementsAre(Pair("User-Agent", "{UA}"), Pair("Authorization", "RemoteAuth REGTOKEN"),
                          Pair("Content-Type", "application/json")));
}

TEST(Requests, ScaleSets) {
  std::string const sets = "runtime/runnerscalesets";
  expect_admin_call(find_scale_set_request(admin(), RunnerGroupId{1}, "simple", "{UA}"),
                    HttpMethod::get, sets, "&name=simple&runnerGroupId=1");
  expect_admin_call(get_scale_set_request(admin(), ScaleSetId{5}, "{UA}"), HttpMethod::get,
                    sets + "/5");
  expect_admin_call(delete_scale_set_request(admin(), ScaleSetId{5}, "{UA}"), HttpMethod::del,
                    sets + "/5");
  ScaleSet scale_set;
  scale_set.name = "n";
  expect_admin_call(create_scale_set_request(admin(), scale_set, "{UA}"), HttpMethod::post, sets,
                    "",
                    R"({"name":"n","runnerGroupId":1,"labels":[{"type":"System","name":"n"}],)"
                    R"("RunnerSetting":{},"createdOn":"0001-01-01T00:00:00Z"})");
}

TEST(Requests, RunnerGroupsKeepTheTrailingSlash) {
  expect_admin_call(find_runner_group_request(admin(), "my group", "{UA}"), HttpMethod::get,
                    "runtime/runnergroups/", "&groupName=my+group");
}

TEST(Requests, Sessions) {
  std::string const sessions = "runtime/runnerscalesets/5/sessions";
  std::string const id = "4fd0ffb0-d365-4dae-99ff-8dae173984f9";
  expect_admin_call(create_session_request(admin(), ScaleSetId{5}, "host<1>", "{UA}"),
                    HttpMethod::post, sessions, "",
                    R"({"sessionId":"00000000-0000-0000-0000-000000000000",)"
                    R"("ownerName":"host\u003c1\u003e"})");
  expect_admin_call(refresh_session_request(admin(), ScaleSetId{5}, id, "{UA}"), HttpMethod::patch,
                    sessions + "/" + id);
  expect_admin_call(delete_session_request(admin(), ScaleSetId{5}, id, "{UA}"), HttpMethod::del,
                    sessions + "/" + id);
}

TEST(Requests, Runners) {
  std::string const agents = "distributedtask/pools/0/agents";
  expect_admin_call(
      generate_jit_config_request(admin(), ScaleSetId{5}, "runner-1", "_work", "{UA}"),
      HttpMethod::post, "runtime/runnerscalesets/5/generatejitconfig", "",
      R"({"name":"runner-1","workFolder":"_work"})");
  expect_admin_call(get_runner_request(admin(), RunnerId{12}, "{UA}"), HttpMethod::get,
                    agents + "/12");
  expect_admin_call(remove_runner_request(admin(), RunnerId{12}, "{UA}"), HttpMethod::del,
                    agents + "/12");
  auto const found = find_runner_request(admin(), "runner-1", "{UA}");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->url, kBase + agents + "?agentName=runner-1&" + kVersion);
}

TEST(Requests, Listings) {
  expect_admin_call(list_scale_sets_request(admin(), RunnerGroupId{7}, "{UA}"), HttpMethod::get,
                    "runtime/runnerscalesets", "&runnerGroupId=7");
  expect_admin_call(list_scale_sets_request(admin(), std::nullopt, "{UA}"), HttpMethod::get,
                    "runtime/runnerscalesets");
  expect_admin_call(list_runner_groups_request(admin(), "{UA}"), HttpMethod::get,
                    "runtime/runnergroups/");
  expect_admin_call(list_runners_request(admin(), "{UA}"), HttpMethod::get,
                    "distributedtask/pools/0/agents");
  expect_admin_call(acquirable_jobs_request(admin(), ScaleSetId{5}, "{UA}"), HttpMethod::get,
                    "runtime/runnerscalesets/5/acquirablejobs");
}

TEST(Requests, UpdateScaleSetSendsOnlyTheChange) {
  ScaleSetUpdate update;
  update.name = "new";
  expect_admin_call(update_scale_set_request(admin(), ScaleSetId{5}, update, "{UA}"),
                    HttpMethod::patch, "runtime/runnerscalesets/5", "", R"({"name":"new"})");
}

TEST(Requests, RefuseAnUpdateThatCannotBeMeant) {
  ScaleSetUpdate no_name;
  no_name.name = "";
  ScaleSetUpdate no_labels;
  no_labels.labels = std::vector<Label>();
  ScaleSetUpdate no_group;
  no_group.group = RunnerGroupId{0};
  for (auto const& update : {no_name, no_labels, no_group}) {
    auto const request = update_scale_set_request(admin(), ScaleSetId{5}, update, "{UA}");
    ASSERT_FALSE(request.has_value());
    EXPECT_EQ(request.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(request.error().message, HasSubstr("leave"));
  }
}

TEST(Requests, AcquireJobsUsesTheQueueToken) {
  auto const request = acquire_jobs_request(admin(), queue(), ScaleSetId{5},
                                            {RequestId{5}, RequestId{9007199254740993}}, "{UA}");
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->method, HttpMethod::post);
  EXPECT_EQ(request->url, kBase + "runtime/runnerscalesets/5/acquirejobs?" + kVersion);
  EXPECT_EQ(request->body, "[5,9007199254740993]");
  EXPECT_THAT(request->headers,
              ElementsAre(Pair("User-Agent", "{UA}"), Pair("Authorization", "Bearer QTOKEN"),
                          Pair("Content-Type", "application/json")));
  EXPECT_EQ(acquire_jobs_request(admin(), queue(), ScaleSetId{5}, {}, "{UA}")->body, "[]");
}

TEST(Requests, GetMessage) {
  auto const request = get_message_request(queue(), MessageId{100000001}, 10, "{UA}");
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->method, HttpMethod::get);
  EXPECT_EQ(request->url, "https://broker.example/scalesets/message?lastMessageId=100000001");
  EXPECT_EQ(request->traffic, TrafficClass::long_poll);
  EXPECT_THAT(request->headers,
              ElementsAre(Pair("User-Agent", "{UA}"), Pair("Authorization", "Bearer QTOKEN"),
                          Pair("Accept", "application/json; api-version=6.0-preview"),
                          Pair("X-ScaleSetMaxCapacity", "10")));
}

TEST(Requests, GetMessageSendsZeroButNoNegativeCapacity) {
  auto const parked = get_message_request(queue(), MessageId{0}, 0, "{UA}");
  ASSERT_TRUE(parked.has_value());
  EXPECT_EQ(parked->url, "https://broker.example/scalesets/message");
  EXPECT_THAT(parked->headers, ::testing::Contains(Pair("X-ScaleSetMaxCapacity", "0")));
  auto const negative = get_message_request(queue(), MessageId{0}, -1, "{UA}");
  ASSERT_FALSE(negative.has_value());
  EXPECT_EQ(negative.error().code, ErrorCode::invalid_argument);
}

TEST(Requests, DeleteMessage) {
  auto const request = delete_message_request(queue(), MessageId{100000001}, "{UA}");
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->method, HttpMethod::del);
  EXPECT_EQ(request->url, "https://broker.example/scalesets/message/100000001");
  EXPECT_EQ(request->traffic, TrafficClass::control);
  EXPECT_THAT(request->headers,
              ElementsAre(Pair("User-Agent", "{UA}"), Pair("Authorization", "Bearer QTOKEN"),
                          Pair("Content-Type", "application/json")));
}

/// protocol.md A.2, where the reference loses or adds parameters (W-2).
TEST(Requests, EncodesEveryName) {
  std::vector<std::pair<std::string, std::string>> const names{
      {"a b", "a+b"},
      {"a&b", "a%26b"},
      {"a+b", "a%2Bb"},
      {"a%20b", "a%2520b"},
      {"a#b", "a%23b"},
      {"ä", "%C3%A4"},
      {"a/b", "a%2Fb"},
      {"a=b", "a%3Db"},
      {"a;b", "a%3Bb"},
      {"a%zz", "a%25zz"},
      {"a\"b", "a%22b"},
      {"a?b", "a%3Fb"},
      {"&name=x", "%26name%3Dx"},
      {"a&api-version=1", "a%26api-version%3D1"}};
  for (auto const& [name, encoded] : names) {
    auto const request = find_scale_set_request(admin(), RunnerGroupId{1}, name, "{UA}");
    ASSERT_TRUE(request.has_value()) << name;
    EXPECT_EQ(request->url, kBase + "runtime/runnerscalesets?" + kVersion + "&name=" + encoded +
                                "&runnerGroupId=1");
  }
}

TEST(Requests, RefuseControlCharactersInNames) {
  for (std::string const name : {"a\nb", "\x7f", "a\tb"}) {
    ScaleSet scale_set;
    scale_set.name = name;
    ScaleSet labelled;
    labelled.labels.emplace_back(name);
    ScaleSetUpdate renamed;
    renamed.name = name;
    ScaleSetUpdate relabelled;
    relabelled.labels = labelled.labels;
    for (auto const& request :
         {find_scale_set_request(admin(), RunnerGroupId{1}, name, "{UA}"),
          create_scale_set_request(admin(), scale_set, "{UA}"),
          create_scale_set_request(admin(), labelled, "{UA}"),
          update_scale_set_request(admin(), ScaleSetId{1}, renamed, "{UA}"),
          update_scale_set_request(admin(), ScaleSetId{1}, relabelled, "{UA}"),
          find_runner_group_request(admin(), name, "{UA}"),
          create_session_request(admin(), ScaleSetId{1}, name, "{UA}"),
          generate_jit_config_request(admin(), ScaleSetId{1}, name, "", "{UA}"),
          find_runner_request(admin(), name, "{UA}")}) {
      ASSERT_FALSE(request.has_value());
      EXPECT_EQ(request.error().code, ErrorCode::invalid_argument);
      EXPECT_THAT(request.error().message, HasSubstr("control characters"));
    }
  }
}

TEST(Requests, RefuseAScaleSetWithoutNameAndLabels) {
  auto const request = create_scale_set_request(admin(), ScaleSet(), "{UA}");
  ASSERT_FALSE(request.has_value());
  EXPECT_EQ(request.error().code, ErrorCode::invalid_argument);
}

TEST(Requests, RefuseAServiceUrlThatIsNone) {
  AdminConnection broken = admin();
  broken.url = "not a url";
  auto const request = get_scale_set_request(broken, ScaleSetId{5}, "{UA}");
  ASSERT_FALSE(request.has_value());
  EXPECT_EQ(request.error().code, ErrorCode::malformed_response);
}

TEST(Requests, EncodeASessionIdThatTriesToLeaveItsPath) {
  auto const request = delete_session_request(admin(), ScaleSetId{5}, "a/../../b", "{UA}");
  ASSERT_TRUE(request.has_value());
  EXPECT_THAT(request->url, HasSubstr("/sessions/a%2F..%2F..%2Fb?"));
}

}  // namespace
}  // namespace scaleset::protocol
