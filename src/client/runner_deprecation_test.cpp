#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/jwt.hpp"
#include "client/testing/client_fixture.hpp"

/// When a version of the runner stops working (protocol.md D.2).
namespace scaleset::inline v0::async {
namespace {

using ::testing::HasSubstr;

class RunnerDeprecationTest : public ClientTest {
 protected:
  RunnerDeprecationTest() { options.retry.max_retries = 0; }
  Result<std::optional<RunnerDeprecation>> ask(std::string version) {
    auto found = run_task(context, make().find_runner_deprecation(std::move(version)));
    requests = transport->requests;
    (void)run_task(context, shut_down());
    return found;
  }
  void answers(int status, std::string body) {
    answer = [status, body](HttpRequest const&) { return make_response(status, body); };
  }
  std::vector<HttpRequest> requests;
};

TEST_F(RunnerDeprecationTest, IsAskedOfTheScopeWithTheTokenOfTheCredentials) {
  answers(200, R"({"runner_version":"2.336.0","registration_deprecates_at":"2026-10-05T00:00:00Z",)"
               R"("runtime_deprecates_at":"2026-11-05T08:04:55Z"})");
  struct Case {
    std::string config_url;
    std::string asked;
  };
  for (auto const& [url, asked] :
       {Case{"https://github.com/my-org", "https://api.github.com/orgs/my-org"},
        Case{"https://github.com/o/r", "https://api.github.com/repos/o/r"},
        Case{"https://github.com/enterprises/e", "https://api.github.com/enterprises/e"},
        Case{"https://ghes.example/my-org", "https://ghes.example/api/v3/orgs/my-org"}}) {
    options.config_url = url;
    auto const found = ask("2.336.0");
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->version, "2.336.0");
    EXPECT_EQ((*found)->registration_deprecates_at,
              Timestamp(std::chrono::sys_days(std::chrono::October / 5 / 2026)));
    EXPECT_TRUE((*found)->runtime_deprecates_at.has_value());
    ASSERT_EQ(requests.size(), 1U) << "no admin token is needed";
    EXPECT_EQ(requests[0].url, asked + "/actions/runners/deprecations/2.336.0");
    EXPECT_EQ(requests[0].method, HttpMethod::get);
    EXPECT_EQ(header(requests[0], "Authorization"), "Bearer pat");
  }
}

TEST_F(RunnerDeprecationTest, AnAppAsksWithAnInstallationToken) {
  options.credentials =
      GitHubApp{"Iv1", 42, constant_secret(base::RsaPrivateKey::generate(2048).pem())};
  answers(200, R"({"runner_version":"2.338.0"})");
  ASSERT_TRUE(ask("2.338.0"));
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(header(requests[1], "Authorization"), "Bearer installation");
}

TEST_F(RunnerDeprecationTest, NullMeansNotYetKnown) {
  answers(200, R"({"runner_version":"2.337.0","registration_deprecates_at":null,)"
               R"("runtime_deprecates_at":null})");
  auto const found = ask("2.337.0");
  ASSERT_TRUE(found && *found);
  EXPECT_FALSE((*found)->registration_deprecates_at.has_value());
  EXPECT_FALSE((*found)->runtime_deprecates_at.has_value());
}

TEST_F(RunnerDeprecationTest, AnUnknownVersionHasNoValueAndARefusedTokenIsAnError) {
  answers(404, R"({"message":"Not Found"})");
  auto const unknown = ask("9.9.9");
  ASSERT_TRUE(unknown) << unknown.error().to_string();
  EXPECT_FALSE(unknown->has_value());
  answers(401, R"({"message":"Bad credentials"})");
  auto const refused = ask("2.336.0");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unauthorized);
  EXPECT_EQ(refused.error().operation, "RunnerDeprecation");
}

TEST_F(RunnerDeprecationTest, AnAnswerAboutAnotherVersionOrWithAnUnreadableTimeIsAnError) {
  for (std::string const body :
       {R"({"runner_version":"2.335.0"})", "{}", "null",
        R"({"runner_version":"2.336.0","runtime_deprecates_at":"soon"})"}) {
    answers(200, body);
    auto const found = ask("2.336.0");
    ASSERT_FALSE(found) << body;
    EXPECT_EQ(found.error().code, ErrorCode::malformed_response) << body;
  }
}

TEST_F(RunnerDeprecationTest, TheVersionIsAnArgumentThatCannotLeaveItsPlace) {
  answers(404, "");
  EXPECT_EQ(ask("").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(ask("2\n3").error().code, ErrorCode::invalid_argument);
  ASSERT_TRUE(ask("../x?y"));
  EXPECT_THAT(requests[0].url, HasSubstr("/deprecations/..%2Fx%3Fy"));
}

TEST_F(RunnerDeprecationTest, AListedRunnerTellsItsVersion) {
  answers(200, R"({"count":2,"value":[{"id":1,"name":"a","version":"2.338.0"},)"
               R"({"id":2,"name":"b"}]})");
  auto const runners = run_task(context, make().list_runners());
  ASSERT_TRUE(runners);
  EXPECT_EQ(runners->at(0).version, "2.338.0");
  EXPECT_EQ(runners->at(1).version, "");
}

}  // namespace
}  // namespace scaleset::inline v0::async
