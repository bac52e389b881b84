#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "http/curl_transport.hpp"
#include "http/testing/loopback.hpp"
#include "http/testing/tcp_gate.hpp"
#include "scaleset/async/timer.hpp"

/// What the transport does on a bad network, without TLS. The tests over TLS and HTTP/2 are in
/// tests/peers.
namespace scaleset::http {
namespace {

using ::testing::HasSubstr;
constexpr std::chrono::hours kMustNotExpire{1};
constexpr std::chrono::milliseconds kMustExpire{300};

class BadNetworkTest : public ::testing::Test {
 protected:
  testing::Loopback loop;
  int requests = 0;
  testing::LoopbackServer server{
      loop, [this](ServerRequest request) { return handle(std::move(request)); }};
  testing::TcpGate gate{server.port()};
  TransportOptions options;
  std::shared_ptr<HttpTransport> transport;
  std::optional<Result<HttpResponse>> answer;

  boost::asio::awaitable<ServerResponse> handle(ServerRequest request) {
    ++requests;
    if (request.target == "/hold") {
      co_await async::sleep_for(kMustNotExpire);
    }
    ServerResponse response;
    response.body = std::string(5000, 'x');
    co_return response;
  }
  void SetUp() override { transport = make_curl_transport(loop.executor(), options); }
  [[nodiscard]] HttpRequest request(std::string const& target) const {
    HttpRequest get;
    get.url = "http://127.0.0.1:" + std::to_string(gate.port()) + target;
    get.traffic = TrafficClass::long_poll;
    get.timeout = kMustNotExpire;
    return get;
  }
  Result<HttpResponse> get(std::string const& target) {
    return loop.run(transport->send(request(target)));
  }
  void start(HttpRequest poll) {
    boost::asio::co_spawn(
        loop.context(), transport->send(std::move(poll)),
        [this](std::exception_ptr, Result<HttpResponse> result) { answer = std::move(result); });
  }
  void start_held(std::chrono::milliseconds timeout) {
    HttpRequest poll = request("/hold");
    poll.timeout = timeout;
    start(std::move(poll));
    loop.run_until([this] { return requests == 1; });
  }
  void expect_lost(ErrorCode code) {
    loop.run_until([this] { return answer.has_value(); });
    ASSERT_FALSE(*answer);
    EXPECT_EQ(answer->error().code, code) << answer->error().message;
    EXPECT_TRUE(answer->error().transient());
    EXPECT_TRUE(answer->error().request_sent);
    Result<HttpResponse> const next = get("/");
    EXPECT_TRUE(next) << "the next call makes a new connection: " << next.error().message;
  }
};

class Weaknesses : public BadNetworkTest {};

// With the default of 30 s such a poll ends after 60 s, see
// KeepAlive.TheDefaultsEndAHalfOpenPollBeforeItsTimeout.
TEST_F(Weaknesses, W31_APollWhosePeerVanishedEndsLongBeforeItsTime) {
  options.tcp_keepalive = std::chrono::seconds(1);
  transport = make_curl_transport(loop.executor(), options);
  start_held(kMustNotExpire);
  gate.vanish();
  expect_lost(ErrorCode::network);
}

TEST_F(Weaknesses, W31_APollThatIsAcknowledgedButGoesNowhereEndsWithItsTime) {
  start_held(kMustExpire);
  gate.swallow();
  expect_lost(ErrorCode::timeout);
}

TEST_F(BadNetworkTest, AResetInMidPollIsTransient) {
  start_held(kMustNotExpire);
  gate.reset();
  expect_lost(ErrorCode::network);
}

TEST_F(BadNetworkTest, ABodyThatArrivesByteByByteIsComplete) {
  gate.slice(1);
  Result<HttpResponse> const response = get("/");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, std::string(5000, 'x'));
}

TEST_F(BadNetworkTest, AStallOnlyDelays) {
  gate.stall();
  start(request("/"));
  while (gate.connections() == 0) {  // counted on another thread, so nothing wakes this loop
    loop.context().restart();
    loop.context().poll();
  }
  EXPECT_EQ(requests, 0);
  gate.resume();
  loop.run_until([this] { return answer.has_value(); });
  EXPECT_TRUE(*answer);
}

TEST_F(BadNetworkTest, APeerThatVanishedWhileIdleIsReplaced) {
  options.tcp_keepalive = std::chrono::seconds(1);
  transport = make_curl_transport(loop.executor(), options);
  ASSERT_TRUE(get("/"));
  gate.vanish();
  start(request("/"));
  loop.run_until([this] { return answer.has_value(); });
  EXPECT_TRUE(*answer || answer->error().transient());
  EXPECT_TRUE(get("/"));
  EXPECT_EQ(gate.connections(), 2);
}

}  // namespace
}  // namespace scaleset::http
