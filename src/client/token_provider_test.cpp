#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "client/testing/held_client_fixture.hpp"

namespace scaleset::inline v0::async {
namespace {

using ::testing::HasSubstr;

/// A door that threads wait at.
class Door {
 public:
  void open() {
    std::scoped_lock const lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    somebody_waits_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_until_somebody_waits() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return somebody_waits_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  bool somebody_waits_ = false;
};

class TokenProviderTest : public HeldClientTest {
 protected:
  TokenProviderTest() {
    answer = [](HttpRequest const&) { return make_response(200, R"({"id":1,"name":"r"})"); };
  }
  void provide(std::function<Result<ProvidedToken>()> function) {
    options.credentials = TokenProvider{std::move(function)};
  }
  static ProvidedToken token(std::string text) {
    ProvidedToken provided;
    provided.token = Secret(std::move(text));
    return provided;
  }
  Result<Runner> get_runner() { return run_task(context, make_client().get_runner(RunnerId{1})); }
};

TEST_F(TokenProviderTest, ItsTokenBeginsTheChain) {
  auto const loop = std::this_thread::get_id();
  std::thread::id asked;
  provide([&asked]() -> Result<ProvidedToken> {
    asked = std::this_thread::get_id();
    return token("from-the-vault");
  });
  auto const runner = get_runner();
  ASSERT_TRUE(runner) << runner.error().to_string();
  EXPECT_EQ(header(held_transport->requests[0], "Authorization"), "Bearer from-the-vault");
  EXPECT_THAT(held_transport->requests[0].url, HasSubstr("/registration-token"));
  EXPECT_NE(asked, loop);
}

TEST_F(TokenProviderTest, TheLoopGoesOnWhileItThinksAndAWaitingCallEndsAtOnce) {
  auto door = std::make_shared<Door>();
  provide([door]() -> Result<ProvidedToken> {
    door->pass();
    return token("t");
  });
  auto& api = make_client();
  auto const cancelled = begin(api.get_runner(RunnerId{1}));
  auto const patient = begin(api.get_runner(RunnerId{1}));
  cancel(cancelled);
  ASSERT_TRUE(cancelled->result);
  EXPECT_EQ(cancelled->result->error().code, ErrorCode::cancelled);
  EXPECT_FALSE(patient->result);
  door->open();
  ASSERT_TRUE(wait_for(patient));
  EXPECT_TRUE(*patient->result);
}

TEST_F(TokenProviderTest, AShutdownDoesNotWaitForItAndItsLateAnswerIsDropped) {
  auto door = std::make_shared<Door>();
  auto answered = std::make_shared<Door>();
  provide([door, answered]() -> Result<ProvidedToken> {
    door->pass();
    answered->open();
    return token("late");
  });
  auto& api = make_client();
  auto const call = begin(api.get_runner(RunnerId{1}));
  cancel(call);
  ASSERT_TRUE(run_task(context, shut_down(&api)));
  clients.clear();
  door->open();
  answered->pass();
  run_ready();
  EXPECT_TRUE(held_transport->requests.empty());
}

TEST_F(TokenProviderTest, WhatItThrowsIsAnErrorAndTriedAgain) {
  auto asked = std::make_shared<std::atomic<int>>(0);
  provide([asked]() -> Result<ProvidedToken> {
    switch (++*asked) {
      case 1: throw std::runtime_error("vault sealed");
      case 2: throw 3;  // anything may be thrown
      default: return token("t");
    }
  });
  auto const runner = get_runner();
  EXPECT_TRUE(runner) << runner.error().to_string();
  EXPECT_EQ(*asked, 3);
}

TEST_F(TokenProviderTest, WhatItThrowsInTheEndIsTold) {
  options.retry.max_retries = 1;
  provide([]() -> Result<ProvidedToken> { throw std::runtime_error("vault sealed"); });
  auto const runner = get_runner();
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().operation, "ProvideToken");
  EXPECT_EQ(runner.error().attempts, 2);
  EXPECT_THAT(runner.error().message, HasSubstr("vault sealed"));
}

TEST_F(TokenProviderTest, ACallThatWaitsForItInVainNamesIt) {
  options.retry.max_elapsed = 20ms;
  auto door = std::make_shared<Door>();
  options.credentials = TokenProvider{[door]() -> Result<ProvidedToken> {
                                        door->pass();
                                        return token("t");
                                      },
                                      "the vault"};
  auto const call = begin(make_client().get_runner(RunnerId{1}));
  clock->advance(20ms);
  ASSERT_TRUE(wait_for(call));
  EXPECT_EQ(call->result->error().code, ErrorCode::timeout);
  EXPECT_THAT(call->result->error().message, HasSubstr("the vault has not answered within"));
  door->open();
}

TEST_F(TokenProviderTest, AReloadAsksItAgainAlsoWhileItHangs) {
  auto door = std::make_shared<Door>();
  auto asked = std::make_shared<std::atomic<int>>(0);
  provide([door, asked]() -> Result<ProvidedToken> {
    if (++*asked == 1) door->pass();
    return token("t");
  });
  auto& api = make_client();
  auto const call = begin(api.get_runner(RunnerId{1}));
  door->wait_until_somebody_waits();  // or the second question could overtake the first
  EXPECT_TRUE(api.reload());
  ASSERT_TRUE(wait_for(call));
  EXPECT_TRUE(*call->result);
  door->open();
}

TEST_F(TokenProviderTest, AnErrorThatIsNotTransientIsTheAnswer) {
  auto asked = std::make_shared<std::atomic<int>>(0);
  provide([asked]() -> Result<ProvidedToken> {
    ++*asked;
    return fail(ErrorCode::unauthorized, "the vault does not know you");
  });
  auto const runner = get_runner();
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().code, ErrorCode::unauthorized);
  EXPECT_EQ(*asked, 1);
}

TEST_F(TokenProviderTest, AnEmptyTokenIsAnError) {
  provide([]() -> Result<ProvidedToken> { return ProvidedToken(); });
  auto const runner = get_runner();
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().code, ErrorCode::invalid_options);
  EXPECT_TRUE(held_transport->requests.empty());
}

TEST_F(TokenProviderTest, ItsExpiryShortensTheLease) {
  auto const end = clock->now().wall + 10min;
  provide([end]() -> Result<ProvidedToken> {
    auto provided = token("t");
    provided.expires_at = end;
    return provided;
  });
  auto const info = run_task(context, make_client().access_info());
  ASSERT_TRUE(info);
  EXPECT_EQ(info->expires_at, std::chrono::floor<std::chrono::milliseconds>(end));
}

TEST_F(TokenProviderTest, AnExpiryInThePastOrLaterThanTheServicesChangesNothing) {
  auto const now = clock->now().wall;
  for (auto const shift : {std::chrono::minutes(-1), std::chrono::minutes(600)}) {
    provide([now, shift]() -> Result<ProvidedToken> {
      auto provided = token("t");
      provided.expires_at = now + shift;
      return provided;
    });
    auto const info = run_task(context, make_client().access_info());
    ASSERT_TRUE(info);
    EXPECT_EQ(info->expires_at, std::chrono::floor<std::chrono::seconds>(now) + 1h);
  }
}

TEST_F(TokenProviderTest, IsSharedByClientsOfTheSameOptionsOnlyAndAskedOnce) {
  auto asked = std::make_shared<std::atomic<int>>(0);
  provide([asked]() -> Result<ProvidedToken> {
    ++*asked;
    return token("t");
  });
  auto const finalized = finalize(options);
  ASSERT_TRUE(finalized);
  auto const one = begin(make_client(*finalized).get_runner(RunnerId{1}));
  auto const two = begin(make_client(*finalized).get_runner(RunnerId{1}));
  ASSERT_TRUE(wait_for(one) && wait_for(two));
  EXPECT_TRUE(*one->result && *two->result);
  EXPECT_EQ(*asked, 1);
  EXPECT_TRUE(get_runner());
  EXPECT_EQ(*asked, 2) << "other options: nobody can tell whether the provider is the same";
}

TEST_F(TokenProviderTest, IsAskedAgainWhenTheServiceRefusesTheToken) {
  auto asked = std::make_shared<std::atomic<int>>(0);
  provide([asked]() -> Result<ProvidedToken> { return token(std::to_string(++*asked)); });
  answer = [this](HttpRequest const&) {
    return tokens_minted < 2 ? make_response(401) : make_response(200, R"({"id":1,"name":"r"})");
  };
  EXPECT_TRUE(get_runner());
  EXPECT_EQ(*asked, 2);
}

TEST(TokenProviderOptions, AProviderWithoutAFunctionIsRefused) {
  ClientOptions options;
  options.config_url = "https://github.com/o";
  options.credentials = TokenProvider{};
  EXPECT_EQ(finalize(options).error().code, ErrorCode::invalid_options);
}

}  // namespace
}  // namespace scaleset::inline v0::async
