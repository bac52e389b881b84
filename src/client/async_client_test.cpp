#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/jwt.hpp"
#include "client/testing/client_fixture.hpp"
#include "scaleset/async/client.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::inline v0::async {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(ClientTest, PersonalAccessTokenWalksTheChainOnce) {
  answer = [](HttpRequest const&) {
    return make_response(200, R"({"count":1,"value":[{"id":5,"name":"set","runnerGroupId":1}]})");
  };
  auto& api = make();
  for (int i = 0; i < 2; ++i) {
    auto const found = run_task(context, api.find_scale_set(kDefaultRunnerGroup, "set"));
    ASSERT_TRUE(found) << found.error().to_string();
    EXPECT_EQ((*found)->id.value, 5);
  }
  std::string const find =
      "GET "
      "https://service/rest/_apis/runtime/"
      "runnerscalesets?api-version=6.0-preview&name=set&runnerGroupId=1";
  EXPECT_THAT(
      targets(),
      ElementsAre("POST https://api.github.com/orgs/my-org/actions/runners/registration-token",
                  "POST https://api.github.com/actions/runner-registration", find, find));
  EXPECT_EQ(header(transport->requests[0], "Authorization"), "Bearer pat");
  EXPECT_EQ(header(transport->requests[1], "Authorization"), "RemoteAuth registration");
}

TEST_F(ClientTest, AppBeginsTheChainWithItsOwnToken) {
  auto const key = base::RsaPrivateKey::generate(2048);
  options.credentials = GitHubApp{"Iv1.abc", 42, constant_secret(key.pem())};
  answer = [](HttpRequest const&) { return make_response(200, R"({"count":0,"value":[]})"); };
  auto const found = run_task(context, make().find_scale_set(kDefaultRunnerGroup, "set"));
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_FALSE(*found);
  EXPECT_EQ(targets()[0], "POST https://api.github.com/app/installations/42/access_tokens");
  EXPECT_EQ(header(transport->requests[1], "Authorization"), "Bearer installation");
}

TEST_F(ClientTest, CallsSideBySideShareOneWalk) {
  answer = [](HttpRequest const&) { return make_response(200, R"({"id":1,"name":"r"})"); };
  auto& api = make();
  int done = 0;
  for (int i = 0; i < 8; ++i) {
    boost::asio::co_spawn(context, api.get_runner(RunnerId{1}),
                          [&done](std::exception_ptr, Result<Runner> result) {
                            EXPECT_TRUE(result);
                            ++done;
                          });
  }
  context.run();
  EXPECT_EQ(done, 8);
  EXPECT_EQ(tokens_minted, 1);
}

TEST_F(ClientTest, RefusedAdminTokenIsMintedAnewOnce) {
  answer = [this](HttpRequest const&) {
    return tokens_minted < 2 ? make_response(401) : make_response(200, R"({"id":1,"name":"r"})");
  };
  auto const runner = run_task(context, make().get_runner(RunnerId{1}));
  ASSERT_TRUE(runner) << runner.error().to_string();
  EXPECT_EQ(tokens_minted, 2);
}

TEST_F(ClientTest, SecondRefusalIsTheAnswer) {
  answer = [](HttpRequest const&) { return make_response(401); };
  auto const runner = run_task(context, make().get_runner(RunnerId{1}));
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().code, ErrorCode::unauthorized);
  EXPECT_EQ(runner.error().operation, "GetRunner");
  EXPECT_EQ(tokens_minted, 2);
}

TEST_F(ClientTest, FailingChainIsToldWithItsCause) {
  chain_failure = make_response(404, R"({"message":"Not Found"})");
  auto const runner = run_task(context, make().get_runner(RunnerId{1}));
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().operation, "AdminConnection");
  EXPECT_EQ(runner.error().http_status, 404);
}

TEST_F(ClientTest, ServerErrorIsRetried) {
  int calls = 0;
  answer = [&calls](HttpRequest const&) {
    return ++calls < 3 ? make_response(503) : make_response(204);
  };
  auto const removed = run_task(context, make().remove_runner(RunnerId{1}));
  EXPECT_TRUE(removed);
  EXPECT_EQ(calls, 3);
}

TEST_F(ClientTest, ExhaustedRetriesKeepTheLastAnswer) {
  options.retry.max_retries = 2;
  answer = [](HttpRequest const&) {
    return make_response(503, "", {{"X-GitHub-Request-Id", "A:B"}});
  };
  auto const removed = run_task(context, make().remove_runner(RunnerId{1}));
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().attempts, 3);
  EXPECT_EQ(removed.error().http_status, 503);
  EXPECT_EQ(removed.error().reply().github_request_id, "A:B");
}

TEST_F(ClientTest, JitCallIsNotRepeatedOnceItWasSent) {
  int calls = 0;
  answer = [&calls](HttpRequest const&) {
    ++calls;
    return Result<HttpResponse>(fail(ErrorCode::network, "connection reset"));
  };
  auto const jit = run_task(context, make().generate_jit_config(ScaleSetId{5}, "runner-1"));
  ASSERT_FALSE(jit);
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(jit.error().request_sent);
}

TEST_F(ClientTest, JitCallIsRepeatedIfItNeverLeft) {
  int calls = 0;
  answer = [&calls](HttpRequest const&) -> Result<HttpResponse> {
    if (++calls > 1)
      return make_response(200,
                           R"({"runner":{"id":7,"name":"runner-1"},"encodedJITConfig":"e30="})");
    Error error(ErrorCode::network, "connection refused");
    error.request_sent = false;
    return std::unexpected(error);
  };
  auto const jit = run_task(context, make().generate_jit_config(ScaleSetId{5}, "runner-1"));
  ASSERT_TRUE(jit) << jit.error().to_string();
  EXPECT_EQ(jit->runner.id.value, 7);
  EXPECT_EQ(jit->encoded.reveal(), "e30=");
  EXPECT_EQ(calls, 2);
}

TEST_F(ClientTest, ControlCharactersInANameSendNothing) {
  auto const found = run_task(context, make().find_runner("a\nb"));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(found.error().operation, "FindRunner");
}

/// Answers for a scale set "set" of group 3: `there` says whether it exists, `creation` what a
/// request to create it is answered.
struct ScaleSetService {
  HttpResponse operator()(HttpRequest const& request) {
    if (request.method == HttpMethod::post) {
      bodies.push_back(request.body);
      there = true;
      return creation;
    }
    ++searches;
    EXPECT_THAT(request.url, HasSubstr("name=set&runnerGroupId=3"));
    if (!there) return make_response(200, R"({"count":0,"value":[]})");
    return make_response(200, R"({"count":1,"value":[{"id":5,"name":"set","runnerGroupId":3}]})");
  }
  HttpResponse creation = make_response(200, R"({"id":6,"name":"set","runnerGroupId":3})");
  bool there = false;
  int searches = 0;
  std::vector<std::string> bodies;
};

ScaleSet set_of_group_3() {
  ScaleSet wanted;
  wanted.name = "set";
  wanted.group = RunnerGroupId{3};
  wanted.labels = {Label("gpu")};
  return wanted;
}

TEST_F(ClientTest, GetOrCreateFindsTheScaleSetAsItIs) {
  ScaleSetService service;
  service.there = true;
  answer = std::ref(service);
  auto const set = run_task(context, make().get_or_create_scale_set(set_of_group_3()));
  ASSERT_TRUE(set) << set.error().to_string();
  EXPECT_EQ(set->id, ScaleSetId{5});
  EXPECT_TRUE(set->labels.empty()) << "its own labels, not those of the argument";
  EXPECT_TRUE(service.bodies.empty());
}

TEST_F(ClientTest, GetOrCreateCreatesWhatIsMissingAndLogsIt) {
  ScaleSetService service;
  answer = std::ref(service);
  auto const log = std::make_shared<scaleset::testing::RecordingLogSink>();
  options.hooks.log = log;
  auto const set = run_task(context, make().get_or_create_scale_set(set_of_group_3()));
  ASSERT_TRUE(set) << set.error().to_string();
  EXPECT_EQ(set->id, ScaleSetId{6});
  EXPECT_THAT(service.bodies, ElementsAre(HasSubstr("gpu")));
  EXPECT_THAT(log->lines(), Contains("info client: created the scale set name=set id=6"));
}

TEST_F(ClientTest, GetOrCreateTakesTheScaleSetOfSomebodyWhoWasFaster) {
  ScaleSetService service;
  service.creation =
      make_response(400, R"({"typeName":"RunnerScaleSetExistsException","message":"exists"})");
  answer = std::ref(service);
  auto const set = run_task(context, make().get_or_create_scale_set(set_of_group_3()));
  ASSERT_TRUE(set) << set.error().to_string();
  EXPECT_EQ(set->id, ScaleSetId{5});
  EXPECT_EQ(service.searches, 2);
}

TEST_F(ClientTest, GetOrCreateHandsOutWhyItCouldDoNeither) {
  ScaleSetService service;
  service.creation = make_response(403, R"({"message":"no"})");
  answer = std::ref(service);
  auto const refused = run_task(context, make().get_or_create_scale_set(set_of_group_3()));
  EXPECT_EQ(refused.error().code, ErrorCode::forbidden);
  EXPECT_EQ(service.searches, 1);
  auto const nameless = run_task(context, client->get_or_create_scale_set(ScaleSet()));
  EXPECT_EQ(nameless.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(service.searches, 1);
}

TEST_F(ClientTest, SessionLivesAndDies) {
  answer = [](HttpRequest const& request) -> Result<HttpResponse> {
    if (request.url.find("/sessions?") != std::string::npos)
      return make_response(200, kSessionBody);
    if (request.url.starts_with("https://queue/message/")) return make_response(204);
    if (request.url.starts_with("https://queue/message")) return make_response(202);
    return make_response(204);
  };
  auto session = run_task(context, make().open_session(ScaleSetId{5}, "host"));
  ASSERT_TRUE(session) << session.error().to_string();
  EXPECT_EQ((*session)->id(), "4fd0ffb0-d365-4dae-99ff-8dae173984f9");
  EXPECT_EQ((*session)->statistics()->assigned_jobs, 2);
  auto const message = run_task(context, (*session)->get_message(MessageId{9}, 10));
  ASSERT_TRUE(message);
  EXPECT_FALSE(*message);
  EXPECT_EQ(transport->requests.back().traffic, TrafficClass::long_poll);
  EXPECT_EQ(header(transport->requests.back(), "X-ScaleSetMaxCapacity"), "10");
  EXPECT_TRUE(run_task(context, (*session)->delete_message(MessageId{9})));
  EXPECT_EQ(header(transport->requests.back(), "Authorization"), "Bearer queue-token");
  EXPECT_TRUE(run_task(context, (*session)->close()));
  EXPECT_THAT(
      targets().back(),
      HasSubstr("DELETE https://service/rest/_apis/runtime/runnerscalesets/5/sessions/4fd0ffb0"));
}

TEST_F(ClientTest, ExpiredQueueTokenIsRefreshedOnceForAllCalls) {
  int refreshes = 0;
  answer = [&refreshes](HttpRequest const& request) -> Result<HttpResponse> {
    if (request.method == HttpMethod::post) return make_response(200, kSessionBody);
    if (request.method == HttpMethod::patch) {
      ++refreshes;
      return make_response(200, R"({"messageQueueAccessToken":"second"})");
    }
    bool const fresh = header(request, "Authorization") == "Bearer second";
    if (!fresh) return make_response(401);
    return request.method == HttpMethod::get ? make_response(202) : make_response(204);
  };
  auto session = run_task(context, make().open_session(ScaleSetId{5}, "host"));
  ASSERT_TRUE(session);
  int succeeded = 0;
  auto count = [&succeeded](std::exception_ptr, auto const& result) {
    succeeded += result.has_value() ? 1 : 0;
  };
  boost::asio::co_spawn(
      context, (*session)->get_message(MessageId{}, 1),
      [count](std::exception_ptr e, Result<std::optional<Message>> r) { count(e, r); });
  boost::asio::co_spawn(context, (*session)->delete_message(MessageId{1}),
                        [count](std::exception_ptr e, Result<void> r) { count(e, r); });
  context.restart();
  context.run();
  EXPECT_EQ(succeeded, 2);
  EXPECT_EQ(refreshes, 1);
  EXPECT_EQ((*session)->id(), "4fd0ffb0-d365-4dae-99ff-8dae173984f9");
}

TEST_F(ClientTest, EvictedSessionIsLost) {
  SessionOptions keep;
  keep.recreate = false;
  answer = [](HttpRequest const& request) -> Result<HttpResponse> {
    if (request.method == HttpMethod::post) return make_response(200, kSessionBody);
    if (request.method == HttpMethod::get) return make_response(401);
    return make_response(
        404,
        R"({"typeName":"RunnerAdminException","message":"runner referenced a session ID that doesn't exist in redis"})");
  };
  auto session = run_task(context, make().open_session(ScaleSetId{5}, "host", keep));
  ASSERT_TRUE(session);
  auto const message = run_task(context, (*session)->get_message(MessageId{}, 1));
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, ErrorCode::session_lost);
}

TEST_F(ClientTest, NegativeCapacitySendsNothing) {
  answer = [](HttpRequest const&) { return make_response(200, kSessionBody); };
  auto session = run_task(context, make().open_session(ScaleSetId{5}, "host"));
  ASSERT_TRUE(session);
  auto const sent = transport->requests.size();
  auto const message = run_task(context, (*session)->get_message(MessageId{}, -1));
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(transport->requests.size(), sent);
}

TEST_F(ClientTest, RotatedSecretFileIsReadAtTheNextMint) {
  std::string current = "first";
  options.credentials =
      PersonalAccessToken{[&current]() -> Result<Secret> { return Secret(current); }};
  answer = [this](HttpRequest const&) {
    return tokens_minted < 2 ? make_response(401) : make_response(204);
  };
  auto& api = make();
  current = "second";
  ASSERT_TRUE(run_task(context, api.remove_runner(RunnerId{1})));
  EXPECT_EQ(header(transport->requests[0], "Authorization"), "Bearer second");
}

TEST(Finalize, RefusesWhatCannotWork) {
  auto const good = [] {
    return ClientOptions{.config_url = "https://github.com/o",
                         .credentials = PersonalAccessToken{constant_secret(Secret("t"))}};
  };
  EXPECT_TRUE(finalize(good()));
  auto options = good();
  options.config_url = "https://github.com";
  EXPECT_EQ(finalize(options).error().code, ErrorCode::invalid_config_url);
  options = good();
  options.credentials = PersonalAccessToken{};
  EXPECT_EQ(finalize(options).error().code, ErrorCode::invalid_options);
  options = good();
  options.credentials = GitHubApp{"", 1, constant_secret(Secret("k"))};
  EXPECT_EQ(finalize(options).error().code, ErrorCode::invalid_options);
  options = good();
  options.credentials = GitHubApp{"Iv1", 0, constant_secret(Secret("k"))};
  EXPECT_EQ(finalize(options).error().code, ErrorCode::invalid_options);
  options = good();
  options.retry.min_delay = 0ms;
  EXPECT_EQ(finalize(options).error().code, ErrorCode::invalid_options);
  options = good();
  options.transport.poll_timeout = 0ms;
  EXPECT_EQ(finalize(options).error().code, ErrorCode::invalid_options);
}

TEST_F(ClientTest, TheUserAgentFollowsTheSystemInfo) {
  auto& api = make();
  EXPECT_EQ(api.system_info().system, options.system_info.system);
  SystemInfo info;
  info.system = "renamed";
  api.set_system_info(info);
  (void)run_task(context, api.list_runners());
  EXPECT_THAT(header(transport->requests.back(), "User-Agent"), HasSubstr(R"("system":"renamed")"));
  EXPECT_EQ(api.system_info().system, "renamed");
}

}  // namespace
}  // namespace scaleset::inline v0::async
