#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/client_fixture.hpp"

namespace scaleset::inline v0::async {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string const kService = "https://service/rest/_apis/";

TEST_F(ClientTest, ListsScaleSetsOfAGroupOrOfAll) {
  answer = [](HttpRequest const&) {
    return make_response(200, R"({"count":2,"value":[{"id":1,"name":"a"},{"id":2,"name":"b"}]})");
  };
  auto& api = make();
  auto const all = run_task(context, api.list_scale_sets());
  ASSERT_TRUE(all) << all.error().to_string();
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all->back().name, "b");
  EXPECT_EQ(targets().back(),
            "GET " + kService + "runtime/runnerscalesets?api-version=6.0-preview");
  EXPECT_TRUE(run_task(context, api.list_scale_sets(RunnerGroupId{3})));
  EXPECT_THAT(targets().back(), HasSubstr("&runnerGroupId=3"));
}

TEST_F(ClientTest, UpdatesAScaleSet) {
  answer = [](HttpRequest const&) { return make_response(200, R"({"id":5,"name":"new"})"); };
  ScaleSetUpdate update;
  update.name = "new";
  auto const updated = run_task(context, make().update_scale_set(ScaleSetId{5}, update));
  ASSERT_TRUE(updated) << updated.error().to_string();
  EXPECT_EQ(updated->name, "new");
  EXPECT_EQ(targets().back(),
            "PATCH " + kService + "runtime/runnerscalesets/5?api-version=6.0-preview");
  EXPECT_EQ(transport->requests.back().body, R"({"name":"new"})");
}

TEST_F(ClientTest, ARefusedUpdateSendsNothing) {
  ScaleSetUpdate update;
  update.labels = std::vector<Label>();
  auto const updated = run_task(context, make().update_scale_set(ScaleSetId{5}, update));
  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(updated.error().operation, "UpdateScaleSet");
  EXPECT_THAT(targets(), Not(ElementsAre(HasSubstr("PATCH"))));
}

TEST_F(ClientTest, ListsGroupsAndRunners) {
  answer = [](HttpRequest const&) {
    return make_response(
        200, R"({"count":1,"value":[{"id":1,"name":"x","status":"online","busy":true}]})");
  };
  auto& api = make();
  auto const groups = run_task(context, api.list_runner_groups());
  ASSERT_TRUE(groups && groups->size() == 1);
  EXPECT_EQ(targets().back(), "GET " + kService + "runtime/runnergroups/?api-version=6.0-preview");
  auto const runners = run_task(context, api.list_runners());
  ASSERT_TRUE(runners && runners->size() == 1);
  EXPECT_EQ(runners->front().status, "online");
  EXPECT_EQ(runners->front().busy, true);
  EXPECT_EQ(targets().back(),
            "GET " + kService + "distributedtask/pools/0/agents?api-version=6.0-preview");
}

TEST_F(ClientTest, SeesWhatCouldBeAcquired) {
  answer = [](HttpRequest const&) { return make_response(204); };
  auto& api = make();
  auto const none = run_task(context, api.acquirable_jobs(ScaleSetId{5}));
  ASSERT_TRUE(none) << none.error().to_string();
  EXPECT_TRUE(none->empty());
  answer = [](HttpRequest const&) {
    return make_response(200, R"({"count":1,"value":[{"runnerRequestId":7}]})");
  };
  auto const one = run_task(context, api.acquirable_jobs(ScaleSetId{5}));
  ASSERT_TRUE(one && one->size() == 1);
  EXPECT_EQ(one->front().job.request, RequestId{7});
  EXPECT_EQ(header(transport->requests.back(), "Authorization").substr(0, 10), "Bearer eyJ");
}

TEST_F(ClientTest, AccessInfoTellsWhatTheCredentialsYield) {
  more_claims = R"(,"scp":"Actions.Read Actions.Write:5")";
  auto const info = run_task(context, make().access_info());
  ASSERT_TRUE(info) << info.error().to_string();
  EXPECT_EQ(info->service_url, "https://service/rest");
  EXPECT_EQ(info->expires_at, std::chrono::floor<std::chrono::seconds>(clock->now().wall + 1h));
  EXPECT_THAT(info->scopes, ElementsAre("Actions.Read", "Actions.Write:5"));
}

TEST_F(ClientTest, AccessInfoOfATokenWithoutScopesHasNone) {
  auto const info = run_task(context, make().access_info());
  ASSERT_TRUE(info);
  EXPECT_TRUE(info->scopes.empty());
}

TEST_F(ClientTest, AccessInfoOfRefusedCredentialsIsTheirError) {
  chain_failure = make_response(404, R"({"message":"Not Found"})");
  auto const info = run_task(context, make().access_info());
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().http_status, 404);
}

TEST_F(ClientTest, ClosesASessionItDidNotOpen) {
  answer = [](HttpRequest const&) { return make_response(204); };
  auto& api = make();
  EXPECT_TRUE(run_task(context, api.close_session(ScaleSetId{5}, "4fd0ffb0")));
  EXPECT_THAT(targets().back(),
              HasSubstr("DELETE " + kService + "runtime/runnerscalesets/5/sessions/4fd0ffb0?"));
  answer = [](HttpRequest const&) { return make_response(404); };
  EXPECT_TRUE(run_task(context, api.close_session(ScaleSetId{5}, "gone")));
}

TEST_F(ClientTest, DebugInfoSaysHowTheClientIsSetUp) {
  options.transport.proxy = "http://proxy.example:3128";
  options.system_info.system = "test";
  auto const before = make().debug_info();
  for (std::string const part :
       {R"({"version":")", R"("user_agent":{"system":"test")", R"("kind":"scaleset"})",
        R"("config_url":"https://github.com/my-org")", R"("service":"github.com")",
        R"("scope":"organization my-org")", R"("credentials":"personal access token")",
        R"("proxy":"http://proxy.example:3128")", R"("ca_bundle_file":"")",
        R"("ca_bundle":"added_to_system")", R"("verify_tls":true)", R"("poll_timeout_ms":150000)",
        R"("max_retries":4)", R"("requests":0,"retries":0,"admin_token_age_s":null})"}) {
    EXPECT_THAT(before, HasSubstr(part));
  }
}

TEST_F(ClientTest, DebugInfoCountsRequestsAndRetries) {
  int calls = 0;
  answer = [&calls](HttpRequest const&) {
    return ++calls < 3 ? make_response(503) : make_response(204);
  };
  auto& api = make();
  ASSERT_TRUE(run_task(context, api.remove_runner(RunnerId{1})));
  clock->advance(90s);
  EXPECT_THAT(api.debug_info(), HasSubstr(R"("requests":5,"retries":2,"admin_token_age_s":90})"))
      << "two for the token, one call that was sent three times";
}

TEST_F(ClientTest, DebugInfoHoldsNoSecret) {
  for (std::string const proxy :
       {"http://proxy-user:proxy-password@proxy:3128", "proxy-user:proxy-password@proxy:3128",
        "socks5h://proxy-user:proxy-password@proxy:1080"}) {
    options.transport.proxy = proxy;
    options.credentials = PersonalAccessToken{constant_secret(Secret("ghp_very-secret"))};
    options.config_url = "https://github.com/my-org?token=query-secret#fragment-secret";
    answer = [](HttpRequest const&) { return make_response(204); };
    auto& api = make();
    ASSERT_TRUE(run_task(context, api.remove_runner(RunnerId{1})));
    auto const info = api.debug_info();
    EXPECT_THAT(info, HasSubstr("//proxy:"));
    for (std::string const secret :
         {"proxy-user", "proxy-password", "ghp_", "secret", "registration", "eyJ"}) {
      EXPECT_THAT(info, Not(HasSubstr(secret))) << proxy;
    }
    ASSERT_TRUE(run_task(context, shut_down()));
  }
}

}  // namespace
}  // namespace scaleset::inline v0::async
