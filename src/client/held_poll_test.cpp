#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "client/testing/client_fixture.hpp"
#include "scaleset/async/timer.hpp"

/// How long a poll may be held (protocol.md 6.1, W-31).
namespace scaleset::inline v0::async {
namespace {

/// Holds polls for a time, and gives each request up after its own timeout, as libcurl does.
class HoldingTransport final : public HttpTransport {
 public:
  Task<HttpResponse> send(HttpRequest request) override {
    if (auto token = scaleset::testing::answer_token_request(request)) co_return *token;
    if (request.traffic != TrafficClass::long_poll) co_return make_response(200, kSessionBody);
    timeouts.push_back(request.timeout);
    co_await sleep_for(std::min<std::chrono::milliseconds>(hold, request.timeout));
    if (request.timeout < hold) co_return fail(ErrorCode::timeout, "cut");
    co_return make_response(202);
  }
  std::chrono::milliseconds hold{0};
  std::vector<std::chrono::milliseconds> timeouts;
};

class HeldPollTest : public ::testing::Test {
 protected:
  HeldPollTest() {
    options.config_url = "https://github.com/my-org";
    options.credentials = PersonalAccessToken{constant_secret(Secret("pat"))};
    options.hooks.clock = time.clock();
  }
  Result<std::optional<Message>> poll(std::chrono::milliseconds hold) {
    transport->hold = hold;
    Client client(context.get_executor(), finalize(options).value(), transport);
    std::optional<Result<std::optional<Message>>> polled;
    auto done = [&polled](std::exception_ptr error, Result<std::optional<Message>> result) {
      if (error) std::rethrow_exception(error);
      polled = std::move(result);
    };
    boost::asio::co_spawn(context, open_and_poll(&client), done);
    while (!polled && time.advance_to_next()) {
    }
    boost::asio::co_spawn(context, client.shutdown(), boost::asio::detached);
    context.restart();
    context.poll();
    return polled.value();
  }

  boost::asio::io_context context;
  VirtualTime time{context};
  ClientOptions options;
  std::shared_ptr<HoldingTransport> transport = std::make_shared<HoldingTransport>();

 private:
  static Task<std::optional<Message>> open_and_poll(Client* client) {
    ScaleSetId const set{5};
    auto session = co_await client->open_session(set, "host");
    if (!session) co_return std::unexpected(session.error());
    MessageId const start;
    co_return co_await (*session)->get_message(start, 1);
  }
};

TEST_F(HeldPollTest, APollThatTheServiceHoldsFor88SecondsArrives) {
  auto const polled = poll(88s);
  ASSERT_TRUE(polled) << polled.error().to_string();
  EXPECT_FALSE(polled->has_value()) << "no message, and no error";
}

TEST_F(HeldPollTest, TheDeadlineIsAnOptionOf150SecondsByDefault) {
  EXPECT_TRUE(poll(149s));
  auto const cut = poll(151s);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::timeout);
  options.transport.poll_timeout = 5min;
  EXPECT_TRUE(poll(299s));
  EXPECT_EQ(transport->timeouts.back(), 5min);
}

}  // namespace
}  // namespace scaleset::inline v0::async
