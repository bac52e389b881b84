#include "client/token_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/held_client_fixture.hpp"

namespace scaleset::inline v0::async {
namespace {

bool is_e3(HttpRequest const& request) { return request.url.ends_with("/runner-registration"); }

class SharedTokensTest : public HeldClientTest {
 protected:
  SharedTokensTest() {
    answer = [](HttpRequest const&) { return make_response(200, R"({"id":1,"name":"r"})"); };
  }
  /// How often the chain is walked by one call of each of two clients: the second is made with
  /// options changed by `change`.
  int walks_with(std::function<void(ClientOptions&)> change) {
    auto& first = make_client();
    change(options);
    auto& second = make_client();
    EXPECT_TRUE(run_task(context, first.get_runner(RunnerId{1})));
    EXPECT_TRUE(run_task(context, second.get_runner(RunnerId{1})));
    return tokens_minted;
  }
};

TEST_F(SharedTokensTest, AHundredCallsOfTwoClientsWalkTheChainOnce) {
  auto& first = make_client();
  auto& second = make_client();
  held = is_e3;
  std::vector<std::shared_ptr<Running<Runner>>> calls;
  calls.reserve(100);
  for (int i = 0; i < 100; ++i)
    calls.push_back(begin((i % 2 == 0 ? first : second).get_runner(RunnerId{1})));
  release();
  for (auto const& call : calls) EXPECT_TRUE(call->result && *call->result);
  EXPECT_EQ(count("/registration-token"), 1);
  EXPECT_EQ(count("/runner-registration"), 1);
}

TEST_F(SharedTokensTest, TheSameCredentialsAreSharedAlthoughTheOptionsDiffer) {
  EXPECT_EQ(walks_with([](ClientOptions& other) {
              other.credentials = PersonalAccessToken{constant_secret(Secret("pat"))};
              other.system_info.scale_set_id = 7;
              other.retry.max_retries = 0;
            }),
            1);
}

TEST_F(SharedTokensTest, AnotherSecretIsNotShared) {
  EXPECT_EQ(walks_with([](ClientOptions& other) {
              other.credentials = PersonalAccessToken{constant_secret(Secret("other"))};
            }),
            2);
}

TEST_F(SharedTokensTest, AnotherUrlIsNotShared) {
  EXPECT_EQ(walks_with([](ClientOptions& other) { other.config_url = "https://github.com/b"; }), 2);
}

TEST_F(SharedTokensTest, OtherConnectionsAreNotShared) {
  EXPECT_EQ(walks_with([](ClientOptions& other) { other.transport.verify_tls = false; }), 2);
}

TEST_F(SharedTokensTest, OtherHooksAreNotShared) {
  EXPECT_EQ(walks_with([](ClientOptions& other) {
              other.hooks.metrics = std::make_shared<MetricsSink>();
            }),
            2);
}

TEST_F(SharedTokensTest, AnotherTransportIsNotShared) {
  EXPECT_TRUE(run_task(context, make_client().get_runner(RunnerId{1})));
  EXPECT_TRUE(run_task(context, make().get_runner(RunnerId{1})));
  EXPECT_EQ(tokens_minted, 2);
}

TEST_F(SharedTokensTest, ASecretThatCannotBeReadAgainIsSharedWithNobody) {
  int reads = 0;
  options.credentials = PersonalAccessToken{[&reads]() -> Result<Secret> {
    // The second reading of each of the two clients, which tells whether they are alike.
    ++reads;
    if (reads == 2 || reads == 4) return fail(ErrorCode::io, "gone");
    return Secret("pat");
  }};
  EXPECT_EQ(walks_with([](ClientOptions&) {}), 2);
}

TEST_F(SharedTokensTest, TheClientThatBeganTheWalkMayGo) {
  auto& first = make_client();
  auto& second = make_client();
  held = is_e3;
  auto const abandoned = begin(first.get_runner(RunnerId{1}));
  auto const waiting = begin(second.get_runner(RunnerId{1}));
  cancel(abandoned);
  ASSERT_TRUE(abandoned->result);
  EXPECT_EQ(abandoned->result->error().code, ErrorCode::cancelled);
  ASSERT_TRUE(run_task(context, shut_down(&first)));
  clients.erase(clients.begin());
  EXPECT_FALSE(waiting->result);
  release();
  ASSERT_TRUE(waiting->result);
  EXPECT_TRUE(*waiting->result) << waiting->result->error().to_string();
  EXPECT_EQ(count("/registration-token"), 1);
}

TEST_F(SharedTokensTest, TheLastClientThatGoesEndsTheWalk) {
  auto& only = make_client();
  held = is_e3;
  auto const abandoned = begin(only.get_runner(RunnerId{1}));
  cancel(abandoned);
  EXPECT_TRUE(run_task(context, shut_down(&only))) << "although nobody answers";
  // Whoever comes now begins anew.
  auto& later = make_client();
  auto const call = begin(later.get_runner(RunnerId{1}));
  release();
  ASSERT_TRUE(call->result);
  EXPECT_TRUE(*call->result);
  EXPECT_EQ(count("/registration-token"), 2);
}

TEST_F(SharedTokensTest, TheOldTokenServesUntilItExpires) {
  auto& api = make_client();
  ASSERT_TRUE(run_task(context, api.get_runner(RunnerId{1})));
  held = is_e3;
  clock->advance(55min);  // due since 45 minutes at the latest
  for (int i = 0; i < 3; ++i) {
    auto const call = begin(api.get_runner(RunnerId{1}));
    EXPECT_TRUE(call->result && *call->result);
  }
  EXPECT_EQ(count("/runner-registration"), 2) << "renewed in the background, once";
  clock->advance(6min);
  auto const call = begin(api.get_runner(RunnerId{1}));
  EXPECT_FALSE(call->result);
  release();
  EXPECT_TRUE(call->result && *call->result);
  EXPECT_EQ(tokens_minted, 2);
}

TEST_F(SharedTokensTest, AFailedWalkIsEverybodysError) {
  auto& first = make_client();
  auto& second = make_client();
  chain_failure = make_response(404);
  held = is_e3;
  auto const one = begin(first.get_runner(RunnerId{1}));
  auto const two = begin(second.get_runner(RunnerId{1}));
  release();
  ASSERT_TRUE(one->result && two->result);
  EXPECT_EQ(one->result->error().operation, "AdminConnection");
  EXPECT_EQ(two->result->error().http_status, 404);
  EXPECT_EQ(count("/registration-token"), 1);
}

TEST_F(SharedTokensTest, TheWaitForATokenIsPartOfTheCallsTime) {
  options.retry.max_elapsed = 20ms;
  auto& api = make_client();
  held = is_e3;
  auto const call = begin(api.get_runner(RunnerId{1}));
  clock->advance(20ms);
  ASSERT_TRUE(wait_for(call));
  EXPECT_EQ(call->result->error().code, ErrorCode::timeout);
  EXPECT_THAT(call->result->error().message, ::testing::HasSubstr("max_elapsed"));
}

TEST_F(SharedTokensTest, NothingIsSentWhenTheTokenCameTooLate) {
  options.retry.max_elapsed = 1s;
  auto& api = make_client();
  held = is_e3;
  auto const call = begin(api.get_runner(RunnerId{1}));
  clock->advance(2s);
  release();
  ASSERT_TRUE(call->result);
  ASSERT_FALSE(*call->result);
  EXPECT_EQ(call->result->error().code, ErrorCode::timeout);
  EXPECT_FALSE(call->result->error().request_sent);
  EXPECT_EQ(call->result->error().operation, "GetRunner");
  EXPECT_EQ(count("/agents/"), 0);
}

TEST_F(SharedTokensTest, AReloadGetsANewTokenWithoutACall) {
  auto& first = make_client();
  auto& second = make_client();
  EXPECT_TRUE(run_task(context, first.get_runner(RunnerId{1})));
  EXPECT_EQ(tokens_minted, 1);
  EXPECT_TRUE(first.reload());
  context.restart();
  context.poll();
  EXPECT_EQ(tokens_minted, 2);
  EXPECT_TRUE(run_task(context, second.get_runner(RunnerId{1})));
  EXPECT_EQ(tokens_minted, 2) << "the token is shared";
}

TEST_F(SharedTokensTest, CallsGoOnWithTheOldTokenDuringAReload) {
  auto& one = make_client();
  EXPECT_TRUE(run_task(context, one.get_runner(RunnerId{1})));
  held = is_e3;
  EXPECT_TRUE(one.reload());
  EXPECT_TRUE(run_task(context, one.get_runner(RunnerId{1}))) << "it does not wait";
  EXPECT_EQ(tokens_minted, 1);
  release();
  EXPECT_EQ(tokens_minted, 2);
}

TEST_F(SharedTokensTest, ARefusedReloadIsToldToAllWhoShareTheTokenWhileCallsGoOn) {
  auto& first = make_client();
  auto& second = make_client();
  EXPECT_TRUE(run_task(context, first.get_runner(RunnerId{1})));
  EXPECT_FALSE(first.token_trouble());
  chain_failure = make_response(401, R"({"message":"Bad credentials"})");
  chain_failures = 1000;
  EXPECT_TRUE(first.reload());
  context.restart();
  context.poll();
  ASSERT_TRUE(second.token_trouble());
  EXPECT_EQ(second.token_trouble()->error.code, ErrorCode::unauthorized);
  EXPECT_EQ(second.token_trouble()->failures, 1);
  EXPECT_TRUE(run_task(context, second.get_runner(RunnerId{1})));
  chain_failure.reset();
  EXPECT_TRUE(first.reload());
  context.restart();
  context.poll();
  EXPECT_FALSE(second.token_trouble());
}

TEST_F(SharedTokensTest, AReloadDoesNotWaitForAWalkThatHangs) {
  auto& one = make_client();
  held = is_e3;
  auto const call = begin(one.get_runner(RunnerId{1}));
  EXPECT_EQ(count("/runner-registration"), 1);
  held = [](HttpRequest const&) { return false; };  // the first is held until it is released
  EXPECT_TRUE(one.reload());
  ASSERT_TRUE(wait_for(call));
  EXPECT_TRUE(*call->result);
  EXPECT_EQ(count("/runner-registration"), 2);
  release();
  EXPECT_TRUE(run_task(context, one.get_runner(RunnerId{1})));
  EXPECT_EQ(count("/runner-registration"), 2) << "what became of the first is dropped";
}

}  // namespace
}  // namespace scaleset::inline v0::async
