#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/client_fixture.hpp"
#include "scaleset/client.hpp"

/// The blocking API over a transport without a network.
namespace scaleset {
namespace {

class BlockingTest : public async::ClientTest {
 protected:
  /// Over a FakeTransport that answers as ClientTest does.
  Client make_blocking(std::shared_ptr<Runtime> runtime = nullptr) {
    transport = std::make_shared<testing::FakeTransport>([this](HttpRequest const& request) {
      threads.push_back(std::this_thread::get_id());
      return handle(request);
    });
    auto made = Client::create(options, std::move(runtime), transport);
    if (!made) throw std::runtime_error(made.error().message);
    return *std::move(made);
  }

  std::vector<std::thread::id> threads;  // of each request
};

TEST_F(BlockingTest, ATransportOfOnesOwnIsUsedOnTheRuntimesThreadOnly) {
  answer = [](HttpRequest const&) { return testing::make_response(200, R"({"id":1,"name":"r"})"); };
  auto const api = make_blocking();
  auto const runner = api.get_runner(RunnerId{1});
  ASSERT_TRUE(runner) << runner.error().to_string();
  EXPECT_EQ(runner->name, "r");
  ASSERT_EQ(threads.size(), 3U) << "registration token, admin connection, runner";
  for (auto const& thread : threads) {
    EXPECT_TRUE(thread == threads.front());
    EXPECT_TRUE(thread != std::this_thread::get_id());
  }
}

TEST_F(BlockingTest, GetIsAnErrorWhereFindHasNoValue) {
  answer = [](HttpRequest const& request) {
    bool const by_id = request.url.find("/agents/") != std::string::npos;
    return by_id ? testing::make_response(404, R"({"typeName":"X.AgentNotFoundException, X"})")
                 : testing::make_response(200, R"({"count":0,"value":[]})");
  };
  auto const api = make_blocking();
  EXPECT_EQ(api.get_runner(RunnerId{1}).error().code, ErrorCode::runner_not_found);
  EXPECT_FALSE(api.find_runner("r")->has_value());
  EXPECT_FALSE(api.find_runner_group("g")->has_value());
  EXPECT_FALSE(api.find_scale_set(kDefaultRunnerGroup, "s")->has_value());
}

}  // namespace
}  // namespace scaleset
