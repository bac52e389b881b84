// A unit test of a coroutine that uses async::Client: requests go to a FakeTransport, whose answers
// the test makes, and time is moved by hand. No socket is opened, and no test waits.
#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <scaleset/async/client.hpp>
#include <scaleset/async/timer.hpp>
#include <scaleset/testing/fake_transport.hpp>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace scaleset;
namespace asio = boost::asio;
namespace fakes = scaleset::testing;  // GoogleTest has a namespace `testing` as well

/// What is tested: removes the runners that have been offline for at least ten minutes, and returns
/// how many.
Task<std::int64_t> remove_dead_runners(async::Client* client) {
  auto before = co_await client->list_runners();
  if (!before) co_return std::unexpected(before.error());
  bool const waited = co_await async::sleep_for(std::chrono::minutes(10));
  if (!waited) co_return fail(ErrorCode::cancelled, "cancelled while watching the runners");
  std::int64_t removed = 0;
  for (Runner const& runner : *before) {
    if (runner.status != "offline") continue;
    auto now = co_await client->get_runner(runner.id);
    if (!now || now->status != "offline") continue;
    auto gone = co_await client->remove_runner(runner.id);
    if (!gone) co_return std::unexpected(gone.error());
    ++removed;
  }
  co_return removed;
}

/// A service with runners. Tokens are FakeTransport's business.
class Service {
 public:
  HttpResponse answer(HttpRequest const& request) {
    if (auto token = fakes::answer_token_request(request)) return *std::move(token);
    if (request.method == HttpMethod::del) {
      removed.push_back(request.url);
      return fakes::make_response(204);
    }
    bool const one = request.url.find("/agents/") != std::string::npos;
    return fakes::make_response(200, one ? runner : R"({"count":1,"value":[)" + runner + "]}");
  }
  std::string runner = R"({"id":7,"name":"runner-7","status":"offline"})";
  std::vector<std::string> removed;
};

class DeadRunnersTest : public ::testing::Test {
 protected:
  DeadRunnersTest() {
    ClientOptions options;
    options.config_url = "https://github.com/my-org";
    options.credentials = PersonalAccessToken{constant_secret(Secret("token"))};
    options.hooks.clock = time.clock();
    transport = std::make_shared<fakes::FakeTransport>(
        [this](HttpRequest const& request) { return service.answer(request); });
    client = std::make_unique<async::Client>(context.get_executor(), finalize(options).value(),
                                             transport);
  }
  /// Begins the coroutine. Its result arrives as the test moves the time.
  void begin() {
    asio::co_spawn(
        context, remove_dead_runners(client.get()),
        [this](std::exception_ptr, Result<std::int64_t> outcome) { result = std::move(outcome); });
  }

  asio::io_context context;
  async::VirtualTime time{context};  // before anything that waits is made
  Service service;
  std::shared_ptr<fakes::FakeTransport> transport;
  std::unique_ptr<async::Client> client;
  std::optional<Result<std::int64_t>> result;
};

TEST_F(DeadRunnersTest, ARunnerThatStaysOfflineIsRemoved) {
  begin();
  time.advance(std::chrono::minutes(9));
  EXPECT_FALSE(result) << "it may come back";
  time.advance(std::chrono::minutes(1));
  ASSERT_TRUE(result && *result);
  EXPECT_EQ(**result, 1);
  ASSERT_EQ(service.removed.size(), 1U);
  EXPECT_NE(service.removed.front().find("/agents/7?"), std::string::npos);
}

TEST_F(DeadRunnersTest, ARunnerThatComesBackIsLeftAlone) {
  begin();
  time.advance(std::chrono::minutes(9));
  service.runner = R"({"id":7,"name":"runner-7","status":"online"})";
  time.advance(std::chrono::minutes(1));
  ASSERT_TRUE(result && *result);
  EXPECT_EQ(**result, 0);
  EXPECT_TRUE(service.removed.empty());
}

}  // namespace
