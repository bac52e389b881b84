#include "base/testing/no_descriptors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/runtime.hpp"

namespace scaleset::inline v0 {
namespace {

using ::testing::HasSubstr;

ClientOptions options() {
  ClientOptions options;
  options.config_url = "https://github.com/my-org";
  options.credentials = PersonalAccessToken{constant_secret(Secret("pat"))};
  options.transport.proxy = "";
  return options;
}

void expect_named(Result<Client> const& client) {
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, ErrorCode::io);
  EXPECT_THAT(client.error().message, HasSubstr("EMFILE"));
  EXPECT_THAT(client.error().message, HasSubstr("ulimit -n"));
}

class NoDescriptors : public ::testing::Test {
 protected:
  void SetUp() override {
    if (base::kSanitizerCannotJudge) GTEST_SKIP() << "a sanitizer cannot judge this";
  }
};

TEST_F(NoDescriptors, ARuntimeThatCannotStartIsAnErrorOfCreate) {
  {
    base::NoDescriptors const none;
    expect_named(Client::create(options()));
    expect_named(Client::create(options(), make_runtime()));
  }
  EXPECT_TRUE(Client::create(options())) << "the failed runtime is not kept";
}

TEST_F(NoDescriptors, ATransportThatCannotBeMadeIsAnErrorOfCreateAndTheRuntimeGoesOn) {
  auto const runtime = make_runtime();
  {
    base::NoDescriptors const none;
    expect_named(Client::create(options(), runtime));
  }
  EXPECT_TRUE(Client::create(options(), runtime));
}

TEST_F(NoDescriptors, AConnectionThatCannotBeMadeIsNamedToo) {
  ClientOptions chosen = options();
  chosen.config_url = "http://127.0.0.1:9/my-org";
  chosen.retry.max_retries = 0;
  Result<Client> client = Client::create(chosen);
  ASSERT_TRUE(client);
  base::NoDescriptors const none;
  Result<ScaleSet> const answer = client->get_scale_set(ScaleSetId{1});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::network);
  EXPECT_THAT(answer.error().message, HasSubstr("EMFILE"));
}

// The look-up needs more than one, and what it had is free again when it has failed.
TEST_F(NoDescriptors, ANameThatCannotBeLookedUpForThatReasonSaysSo) {
  ClientOptions chosen = options();
  chosen.config_url = "http://nowhere.invalid:9/my-org";
  chosen.retry.max_retries = 0;
  Result<Client> client = Client::create(chosen);
  ASSERT_TRUE(client);
  for (int left = 0; left < 3; ++left) {
    std::string message;
    {
      base::NoDescriptors const few(left);
      auto const answer = client->get_scale_set(ScaleSetId{1});
      if (!answer) message = answer.error().message;
    }
    EXPECT_THAT(message, HasSubstr("cannot reach nowhere.invalid:9")) << left;
    EXPECT_THAT(message, HasSubstr("EMFILE")) << left;
  }
}

TEST(LoopThread, WhatRunsOnItMayThrowToItsCaller) {
  client::LoopThread loop;
  EXPECT_THROW(loop.run_on_loop([] { throw std::runtime_error("x"); }), std::runtime_error);
  boost::asio::post(loop.executor(), [] { throw std::runtime_error("nobody's"); });
  int runs = 0;
  loop.run_on_loop([&runs] { ++runs; });
  EXPECT_EQ(runs, 1) << "the loop goes on";
  auto const throwing = []() -> Task<int> {
    throw std::runtime_error("in the call");
    co_return 1;
  };
  EXPECT_THROW((void)loop.wait("x", {}, throwing), std::runtime_error);
}

}  // namespace
}  // namespace scaleset::inline v0
