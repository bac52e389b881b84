#include "slow_dns.hpp"

#include "peers_fixture.hpp"
#include "scaleset/async/scope.hpp"

/// A slow name server delays only the call that needs it.
namespace scaleset::peers {
namespace {

using ::testing::HasSubstr;

class SlowDnsTest : public PeersTest {
 protected:
  [[nodiscard]] HttpRequest slow(std::string const& target) const {
    std::string const port = backend.url("").substr(std::string("http://127.0.0.1").size());
    return request("http://slow.test" + port + target, TrafficClass::control);
  }
  void start_and_hold(HttpRequest call) {
    start(std::move(call));
    await_held();
  }
  /// Checks again and again, because nothing wakes the loop: the lookups are on curl's threads.
  void await_held() {
    while (SlowDns::held() == 0) {
      loop.context().restart();
      loop.context().poll();
    }
  }

  SlowDns dns;
};

TEST_F(SlowDnsTest, OtherCallsGoOnMeanwhile) {
  start_and_hold(slow("/"));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(get(backend.url("/")));
  EXPECT_TRUE(ended.empty());
  SlowDns::answer();
  loop.run_until([this] { return !ended.empty(); });
  ASSERT_TRUE(ended.at(0)) << ended.at(0).error().message;
  EXPECT_THAT(seen.back().header("Host"), HasSubstr("slow.test"));
}

TEST_F(SlowDnsTest, ACallEndsAtItsDeadline) {
  HttpRequest call = slow("/");
  call.timeout = std::chrono::milliseconds(200);
  start_and_hold(std::move(call));
  loop.run_until([this] { return !ended.empty(); });
  EXPECT_EQ(SlowDns::held(), 1) << "the loop did not wait for the resolver";
  ASSERT_FALSE(ended.at(0));
  EXPECT_EQ(ended.at(0).error().code, ErrorCode::timeout);
  EXPECT_FALSE(ended.at(0).error().request_sent);
  EXPECT_THAT(ended.at(0).error().message, HasSubstr("slow.test"));
}

boost::asio::awaitable<void> call(Task<HttpResponse> task,
                                  std::vector<Result<HttpResponse>>* outcomes) {
  Result<HttpResponse> outcome = co_await std::move(task);
  outcomes->push_back(std::move(outcome));
}

TEST_F(SlowDnsTest, ACancelledCallEndsAtOnce) {
  async::TaskScope scope(loop.executor());
  scope.spawn(call(transport->send(slow("/")), &ended));
  await_held();
  scope.request_stop();
  loop.run(scope.join());
  EXPECT_EQ(SlowDns::held(), 1);
  ASSERT_FALSE(ended.at(0));
  EXPECT_EQ(ended.at(0).error().code, ErrorCode::cancelled);
}

TEST_F(SlowDnsTest, ATransportIsDestroyedAtOnce) {
  start_and_hold(slow("/"));
  transport.reset();
  loop.run_until([this] { return !ended.empty(); });
  EXPECT_EQ(SlowDns::held(), 1);
  ASSERT_FALSE(ended.at(0));
  EXPECT_EQ(ended.at(0).error().code, ErrorCode::cancelled);
}

TEST_F(SlowDnsTest, ANameThatDoesNotExistIsReportedAsSuch) {
  Result<HttpResponse> const response = get("http://nowhere.test/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::network);
  EXPECT_FALSE(response.error().request_sent);
  EXPECT_THAT(response.error().message, HasSubstr("check the host name"));
}

}  // namespace
}  // namespace scaleset::peers
