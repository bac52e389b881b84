#include "scaleset/testing/fake_transport.hpp"

#include <gtest/gtest.h>

#include "scaleset/async/client.hpp"

/// The shipped helpers, as a user's test joins them: a client over a FakeTransport in virtual time.
namespace scaleset::inline v0::testing {
namespace {

using namespace std::chrono_literals;

class FakeTransportTest : public ::testing::Test {
 protected:
  static Result<HttpResponse> answer(HttpRequest const& request) {
    if (auto token = answer_token_request(request)) return *std::move(token);
    if (request.url.find("/sessions") != std::string::npos)
      return make_response(200, R"({"sessionId":"4fd0ffb0-d365-4dae-99ff-8dae173984f9",
        "ownerName":"host","runnerScaleSet":{"id":5,"name":"set"},"messageQueueUrl":"https://service/q",
        "messageQueueAccessToken":"token","statistics":{}})");
    return make_response(0);  // held
  }
  ClientOptions options() {
    ClientOptions result;
    result.config_url = "https://github.com/org";
    result.credentials = PersonalAccessToken{constant_secret(Secret("pat"))};
    result.hooks.clock = time.clock();
    return result;
  }
  std::chrono::steady_clock::duration since_start() const {
    return time.clock()->now().steady - start;
  }

  boost::asio::io_context context{1};
  async::VirtualTime time{context};
  std::chrono::steady_clock::time_point start = time.clock()->now().steady;
  std::shared_ptr<FakeTransport> transport = std::make_shared<FakeTransport>(&answer);
  async::Client client{context.get_executor(), *finalize(options()), transport};
};

TEST_F(FakeTransportTest, RunTaskMovesVirtualTime) {
  auto const sleep = []() -> Task<int> {
    bool const whole = co_await async::sleep_for(90s);
    co_return whole ? 1 : 0;
  };
  EXPECT_EQ(run_task(context, time, sleep()).value(), 1);
  EXPECT_EQ(since_start(), 90s);
}

TEST_F(FakeTransportTest, RunTaskSaysWhenNothingMovesTheTime) {
  auto const stuck = []() -> Task<int> {
    co_await async::sleep_for(std::chrono::steady_clock::duration::max());
    co_return 0;
  };
  EXPECT_EQ(run_task(context, time, stuck()).error().code, ErrorCode::cancelled);
}

TEST_F(FakeTransportTest, AHeldCallEndsWithTheTimeOfTheOptions) {
  auto const listed = run_task(context, time, client.list_runners());
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().code, ErrorCode::timeout);
  EXPECT_TRUE(listed.error().request_sent);
  EXPECT_EQ(since_start(), RetryOptions().max_elapsed);
}

TEST_F(FakeTransportTest, AHeldPollEndsWithThePollTimeout) {
  auto const session = run_task(context, time, client.open_session(ScaleSetId{5}, "host"));
  ASSERT_TRUE(session) << session.error().message;
  auto const polled = run_task(context, time, (*session)->get_message(MessageId{}, 1));
  EXPECT_EQ(polled.error().code, ErrorCode::timeout);
  EXPECT_EQ(since_start(), TransportOptions().poll_timeout);
}

}  // namespace
}  // namespace scaleset::inline v0::testing
