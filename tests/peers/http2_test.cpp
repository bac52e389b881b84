#include <csignal>

#include "http/testing/tcp_gate.hpp"
#include "peers_fixture.hpp"

/// nghttpx terminates TLS and HTTP/2 in front of our backend, as the service's load balancer would.
/// Its Via header tells the backend which HTTP version the client used.
namespace scaleset::peers {
namespace {

using ::testing::HasSubstr;

class Http2Test : public PeersTest {
 protected:
  /// Between the client and nghttpx.
  [[nodiscard]] std::string url(std::string const& target) const {
    return "https://127.0.0.1:" + std::to_string(gate.port()) + target;
  }
  void expect_all_ended(std::size_t count) {
    loop.run_until([this, count] { return ended.size() == count; });
  }
  void expect_all_lost(std::size_t count) {
    expect_all_ended(count);
    for (auto const& result : ended) {
      ASSERT_FALSE(result);
      EXPECT_TRUE(result.error().transient()) << result.error().message;
      EXPECT_TRUE(result.error().request_sent);
    }
    ended.clear();
  }
  /// libcurl repeats a request by itself if it was sent on a reused connection that broke without
  /// an answer.
  void expect_lost_or_asked_again(int count) {
    loop.run_until(
        [this, count] { return static_cast<int>(ended.size()) + held - count == count; });
    ASSERT_GE(ended.size(), 1U) << "the poll that opened the connection is not repeated";
    for (auto const& result : ended) {
      ASSERT_FALSE(result);
      EXPECT_TRUE(result.error().transient()) << result.error().message;
    }
    std::size_t const lost = ended.size();
    release_polls();
    expect_all_ended(static_cast<std::size_t>(count));
    for (std::size_t i = lost; i < ended.size(); ++i) EXPECT_TRUE(ended[i]);
    expect_works();
  }
  void expect_works() {
    Result<HttpResponse> const response = get(url("/"));
    EXPECT_TRUE(response) << response.error().message;
    release_polls();
    int const before = held;
    Result<HttpResponse> const poll =
        loop.run(transport->send(request(url("/hold"), TrafficClass::long_poll)));
    EXPECT_TRUE(poll) << poll.error().message;
    EXPECT_EQ(held, before + 1);
  }

  PeerProcess front{nghttpx(backend.port())};
  http::testing::TcpGate gate{front.port()};
};

TEST_F(Http2Test, IsUsedWhereTheServerOffersIt) {
  Result<HttpResponse> const response = get(url("/"));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "GET /");
  EXPECT_EQ(seen.at(0).header("Via"), "2 nghttpx");
}

TEST_F(Http2Test, Http11IsUsedIfTheServerOffersNothingElse) {
  PeerProcess const old(nghttpx(backend.port(), {"--npn-list=http/1.1"}));
  Result<HttpResponse> const response = get("https://127.0.0.1:" + std::to_string(old.port()));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(seen.at(0).header("Via"), "1.1 nghttpx");
}

TEST_F(Http2Test, BodiesAndHeadersGoBothWays) {
  HttpRequest post = request(url("/"), TrafficClass::control);
  post.method = HttpMethod::post;
  post.body = std::string(300000, 'b');
  post.headers = {{"Authorization", "Bearer abc"}, {"X-Empty", ""}};
  for (bool const may_repeat : {true, false}) {
    post.may_repeat = may_repeat;
    Result<HttpResponse> const response = loop.run(transport->send(post));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(seen.back().body.size(), post.body.size());
    EXPECT_EQ(seen.back().header("Authorization"), "Bearer abc");
    EXPECT_EQ(response->header("Server"), "nghttpx");
  }
}

TEST_F(Http2Test, AnotherAuthorityIsRefused) {
  options.ca_bundle_file = write("other.pem", http::testing::Authority("o").certificate_pem());
  make_transport();
  Result<HttpResponse> const response = get(url("/"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::tls_verification);
  EXPECT_TRUE(seen.empty());
}

TEST_F(Http2Test, GzipIsUnpackedAndTheLimitAppliesToTheResult) {
  Result<HttpResponse> const response = get(url("/gzip"));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, std::string(2000, 'x'));
  options.max_response_bytes = 1500;
  make_transport();
  Result<HttpResponse> const limited = get(url("/gzip"));
  ASSERT_FALSE(limited);
  EXPECT_EQ(limited.error().code, ErrorCode::malformed_response);
}

TEST_F(Http2Test, ManyHeldPollsShareFewConnectionsAndDelayNoControlCall) {
  start_polls(url("/hold"), 90);
  EXPECT_LE(gate.connections(), 5);
  ASSERT_TRUE(get(url("/")));
  EXPECT_LE(gate.connections(), 6);
  release_polls();
  expect_all_ended(90);
  for (auto const& result : ended) EXPECT_TRUE(result) << result.error().message;
}

TEST_F(Http2Test, MorePollsThanStreamsOfOneConnectionStillShareThem) {
  start_polls(url("/hold"), 350);
  EXPECT_LE(gate.connections(), 15) << "100 streams to a connection";
  release_polls();
  expect_all_ended(350);
  for (auto const& result : ended) EXPECT_TRUE(result) << result.error().message;
}

TEST_F(Http2Test, PollsRecoverFromAFrontThatDies) {
  ASSERT_TRUE(get(url("/")));
  start_polls(url("/hold"), 20);
  front.kill();
  expect_all_lost(20);
  Result<HttpResponse> const down = get(url("/"));
  ASSERT_FALSE(down);
  EXPECT_TRUE(down.error().transient());
  front.start_again();
  expect_works();
}

TEST_F(Http2Test, AFrontThatShutsDownGracefullyLosesNothing) {
  ASSERT_TRUE(get(url("/")));
  start_polls(url("/hold"), 20);
  front.signal(SIGQUIT);  // GOAWAY; open streams may end
  release_polls();
  expect_all_ended(20);
  for (auto const& result : ended) EXPECT_TRUE(result) << result.error().message;
  front.start_again();
  expect_works();
}

TEST_F(Http2Test, AResetInMidPollIsATransientErrorOrAnotherPoll) {
  start_polls(url("/hold"), 20);
  gate.reset();
  expect_lost_or_asked_again(20);
}

TEST_F(Http2Test, ABodyThatArrivesInSmallPiecesIsComplete) {
  gate.slice(7);
  Result<HttpResponse> const response = get(url("/gzip"));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, std::string(2000, 'x'));
}

TEST_F(Http2Test, AHandshakeThatStallsEndsWithTheConnectTimeout) {
  options.connect_timeout = std::chrono::seconds(2);
  make_transport();
  gate.stall();
  Result<HttpResponse> const response = get(url("/"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::timeout);
  EXPECT_FALSE(response.error().request_sent);
  gate.resume();
  expect_works();
}

class Weaknesses : public Http2Test {};

TEST_F(Weaknesses, W31_APollWhosePeerVanishedEndsLongBeforeItsTime) {
  options.tcp_keepalive = std::chrono::seconds(1);
  make_transport();
  start_polls(url("/hold"), 20);
  gate.vanish();
  expect_lost_or_asked_again(20);
}

// The connection looks alive, so curl would use it for the next poll, and for every later one.
TEST_F(Weaknesses, W31_AConnectionOnWhichAPollRanOutOfTimeIsNotUsedAgain) {
  ASSERT_TRUE(loop.run(transport->send(request(url("/"), TrafficClass::long_poll))));
  HttpRequest poll = request(url("/hold"), TrafficClass::long_poll);
  poll.timeout = std::chrono::seconds(1);
  start(poll);
  loop.run_until([this] { return held == 1; });
  gate.swallow();
  loop.run_until([this] { return ended.size() == 1; });
  ASSERT_FALSE(ended[0]);
  EXPECT_EQ(ended[0].error().code, ErrorCode::timeout);
  expect_works();
}

}  // namespace
}  // namespace scaleset::peers
