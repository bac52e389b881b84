#include "http/curl_transport.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/detached.hpp>
#include <cstdlib>

#include "http/curl_lane.hpp"
#include "http/testing/loopback.hpp"
#include "http/testing/raw_server.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using testing::RawServer;
using ::testing::UnorderedElementsAre;
constexpr std::chrono::hours kMustNotExpire{1};
// gzip of 2000 times x.
constexpr std::string_view kGzip(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\xa8\x18\x05\xa3\x60\x14\x8c\x82\x51\x30\x0a\x46"
    "\xc1\x50\x07\x00\x7a\x65\x08\x29\xd0\x07\x00\x00",
    35);

class CurlTransportTest : public ::testing::Test {
 protected:
  testing::Loopback loop;
  std::vector<ServerRequest> seen;
  std::string elsewhere = "/elsewhere";
  TransportOptions options;
  testing::LoopbackServer server{
      loop, [this](ServerRequest request) { return handle(std::move(request)); }};

  Result<HttpResponse> send(HttpRequest request) {
    std::shared_ptr<HttpTransport> const transport = make_curl_transport(loop.executor(), options);
    return loop.run(transport->send(std::move(request)));
  }
  static HttpRequest get(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    return request;
  }
  boost::asio::awaitable<ServerResponse> handle(ServerRequest request) {
    seen.push_back(request);
    ServerResponse response;
    response.body = request.body;
    if (request.target == "/hold") {
      co_await async::sleep_for(kMustNotExpire);
    }
    if (request.target == "/broken") response.status = 500;
    if (request.target == "/away") {
      response.status = 307;
      response.headers = {{"Location", elsewhere}};
    }
    if (request.target == "/twice")
      response.headers = {{"X-Mark", "1"}, {"X-MARK", "2"}, {"X-Empty", ""}};
    if (request.target == "/drop") response.drop_connection = true;
    if (request.target == "/large") response.body = std::string(100000, 'x');
    if (request.target == "/gzip") {
      response.headers = {{"Content-Encoding", "gzip"}};
      response.body = kGzip;
    }
    co_return response;
  }
};

TEST_F(CurlTransportTest, GetSendsNoHeaderThatWasNotAskedFor) {
  HttpRequest request = get(server.url("/path?a=b%20c"));
  request.headers = {{"X-ScaleSetMaxCapacity", "3"}, {"X-Empty", ""}};
  Result<HttpResponse> const response = send(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].method, "GET");
  EXPECT_EQ(seen[0].target, "/path?a=b%20c");
  EXPECT_THAT(seen[0].headers,
              UnorderedElementsAre(Pair("Host", "127.0.0.1:" + std::to_string(server.port())),
                                   Pair("Accept-Encoding", "gzip"),
                                   Pair("X-ScaleSetMaxCapacity", "3"), Pair("X-Empty", "")));
}

TEST_F(CurlTransportTest, PostSendsItsBodyAndHeaders) {
  HttpRequest request = get(server.url("/"));
  request.method = HttpMethod::post;
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  request.body = std::string("{\0}", 3) + std::string(200000, 'b');
  Result<HttpResponse> const response = send(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, request.body);
  EXPECT_THAT(
      seen[0].headers,
      UnorderedElementsAre(Pair("Host", ::testing::_), Pair("Accept-Encoding", "gzip"),
                           Pair("Content-Type", "application/json"),
                           Pair("Accept", "application/json"), Pair("Content-Length", "200003")));
}

TEST_F(CurlTransportTest, EveryMethodGoesOutUnderItsNameAndAnEmptyBodyHasALength) {
  for (HttpMethod const method :
       {HttpMethod::get, HttpMethod::post, HttpMethod::patch, HttpMethod::put, HttpMethod::del}) {
    HttpRequest request = get(server.url("/"));
    request.method = method;
    ASSERT_TRUE(send(request));
    EXPECT_EQ(seen.back().method, to_string(method));
    bool const length = method != HttpMethod::get && method != HttpMethod::del;
    EXPECT_EQ(seen.back().header("Content-Length"), length ? "0" : "") << to_string(method);
  }
}

TEST_F(CurlTransportTest, AnErrorStatusIsAResponse) {
  Result<HttpResponse> const response = send(get(server.url("/broken")));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 500);
}

TEST_F(CurlTransportTest, ARedirectOnTheSameHostKeepsMethodBodyAndCredentials) {
  HttpRequest request = get(server.url("/away"));
  request.method = HttpMethod::post;
  request.body = "body";
  request.headers = {{"Authorization", "Bearer abc"}};
  Result<HttpResponse> const response = send(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "body");
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].method, "POST");
  EXPECT_EQ(seen[1].target, "/elsewhere");
  EXPECT_EQ(seen[1].header("Authorization"), "Bearer abc");
}

TEST_F(CurlTransportTest, ARedirectToAnotherHostIsRefused) {
  testing::LoopbackServer other(
      loop, [this](ServerRequest request) { return handle(std::move(request)); });
  elsewhere = other.url("/elsewhere?token=hidden");
  Result<HttpResponse> const response = send(get(server.url("/away")));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::unexpected_status);
  EXPECT_EQ(response.error().http_status, 307);
  EXPECT_THAT(response.error().message, HasSubstr(std::to_string(other.port())));
  EXPECT_THAT(response.error().message, Not(HasSubstr("hidden")));
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(CurlTransportTest, RedirectsInACircleEnd) {
  elsewhere = "/away";
  Result<HttpResponse> const response = send(get(server.url("/away")));
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, HasSubstr("again and again"));
  EXPECT_EQ(seen.size(), 11U);
}

TEST_F(CurlTransportTest, RepeatedAndEmptyHeadersArriveInOrder) {
  Result<HttpResponse> const response = send(get(server.url("/twice")));
  ASSERT_TRUE(response);
  EXPECT_THAT(response->headers,
              ElementsAre(Pair("Server", "scaleset"), Pair("X-Mark", "1"), Pair("X-MARK", "2"),
                          Pair("X-Empty", ""), Pair("Content-Length", "0")));
}

TEST_F(CurlTransportTest, UnpacksGzip) {
  Result<HttpResponse> const response = send(get(server.url("/gzip")));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, std::string(2000, 'x'));
}

TEST_F(CurlTransportTest, TheLimitAppliesToTheUnpackedBody) {
  options.max_response_bytes = 2000;
  EXPECT_TRUE(send(get(server.url("/gzip"))));
  options.max_response_bytes = 1999;
  Result<HttpResponse> const response = send(get(server.url("/gzip")));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::malformed_response);
}

TEST_F(CurlTransportTest, AResponseThatIsTooLargeIsCutOff) {
  options.max_response_bytes = 99999;
  Result<HttpResponse> const response = send(get(server.url("/large")));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::malformed_response);
  EXPECT_THAT(response.error().message, HasSubstr("is larger than the limit of 99999 bytes"));
  EXPECT_TRUE(response.error().request_sent);
}

TEST_F(CurlTransportTest, ATrailerBehindALargeBodyIsTaken) {
  constexpr std::size_t size = 300U << 10U;  // more than the limit of the header
  RawServer raw(loop,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n4b000\r\n" +
                    std::string(size, 'x') + "\r\n0\r\nX-Sum: 1\r\n\r\n",
                RawServer::After::keep);
  Result<HttpResponse> const response = send(get(raw.url("/")));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body.size(), size);
  EXPECT_EQ(response->header("X-Sum"), "1");
}

TEST_F(CurlTransportTest, AHeaderThatIsTooLargeIsCutOff) {
  RawServer raw(loop,
                "HTTP/1.1 200 OK\r\nX-A: " + std::string(90'000, 'a') +
                    "\r\nX-B: " + std::string(90'000, 'b') +
                    "\r\nX-C: " + std::string(90'000, 'c') + "\r\nContent-Length: 0\r\n\r\n",
                RawServer::After::keep);
  Result<HttpResponse> const response = send(get(raw.url("/")));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::malformed_response);
  EXPECT_THAT(response.error().message, HasSubstr("is larger than the limit of 262144 bytes"));
}

TEST_F(CurlTransportTest, NobodyListening) {
  std::string const url = server.url("/path?token=hidden");
  std::string const place = "127.0.0.1:" + std::to_string(server.port());
  server.stop();
  Result<HttpResponse> const response = send(get("http://me:secret@" + url.substr(7)));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::network);
  EXPECT_FALSE(response.error().request_sent);
  EXPECT_THAT(response.error().message, HasSubstr("cannot reach " + place + ": "));
  EXPECT_THAT(response.error().message, HasSubstr("check that the service is up"));
  for (char const* secret : {"secret", "hidden", "path"})
    EXPECT_THAT(response.error().message, Not(HasSubstr(secret)));
}

TEST_F(CurlTransportTest, AHeldResponseTimesOut) {
  HttpRequest request = get(server.url("/hold"));
  request.timeout = std::chrono::milliseconds(40);
  Result<HttpResponse> const response = send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::timeout);
  EXPECT_TRUE(response.error().request_sent);
  EXPECT_THAT(response.error().message, HasSubstr("within 40 ms"));
}

TEST_F(CurlTransportTest, ADroppedConnectionMayHaveDeliveredTheRequest) {
  Result<HttpResponse> const response = send(get(server.url("/drop")));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::network);
  EXPECT_TRUE(response.error().request_sent);
  EXPECT_THAT(response.error().message, HasSubstr("no response from 127.0.0.1:"));
}

TEST_F(CurlTransportTest, AnAnswerThatIsCutOffOrNotHttpIsNoResponse) {
  for (std::string const answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    RawServer raw(loop, answer, RawServer::After::close);
    Result<HttpResponse> const response = send(get(raw.url("/")));
    ASSERT_FALSE(response) << answer;
    EXPECT_EQ(response.error().code, ErrorCode::network) << answer;
    EXPECT_TRUE(response.error().request_sent) << answer;
  }
}

TEST_F(CurlTransportTest, AnInterimResponseIsNotTheResponse) {
  RawServer raw(loop,
                "HTTP/1.1 103 Early Hints\r\nX-Mark: early\r\n\r\nHTTP/1.1 200 OK\r\nX-Mark: "
                "late\r\nContent-Length: 0\r\n\r\n",
                RawServer::After::keep);
  Result<HttpResponse> const response = send(get(raw.url("/")));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->header("X-Mark"), "late");
}

TEST_F(CurlTransportTest, AnEndlessHeaderIsCutOff) {
  std::string answer = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 2000; ++i) answer += "X-Mark: 0123456789012345678901234567890123456789\r\n";
  options.max_response_bytes = 50000;
  RawServer raw(loop, answer, RawServer::After::keep);
  Result<HttpResponse> const response = send(get(raw.url("/")));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::malformed_response);
}

TEST_F(CurlTransportTest, AHeaderHasALimitOfItsOwn) {
  std::string answer = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 30; ++i) answer += "X-Mark: " + std::string(10000, 'x') + "\r\n";
  RawServer raw(loop, answer + "\r\n", RawServer::After::close);
  Result<HttpResponse> const response = send(get(raw.url("/")));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::malformed_response);
  EXPECT_THAT(response.error().message, HasSubstr("262144 bytes"));
}

TEST_F(CurlTransportTest, AConnectionIsUsedAgain) {
  RawServer raw(loop, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", RawServer::After::keep);
  auto const transport = make_curl_transport(loop.executor(), options);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(loop.run(transport->send(get(raw.url("/")))));
  EXPECT_EQ(raw.requests(), 5);
  EXPECT_EQ(raw.connections(), 1);
}

TEST_F(CurlTransportTest, AConnectionThatTheServerClosedMeanwhileIsReplaced) {
  RawServer raw(loop, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", RawServer::After::close);
  auto const transport = make_curl_transport(loop.executor(), options);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(loop.run(transport->send(get(raw.url("/")))));
  EXPECT_EQ(raw.connections(), 3);
}

TEST_F(CurlTransportTest, PollsAndControlCallsHaveConnectionsOfTheirOwn) {
  RawServer raw(loop, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", RawServer::After::keep);
  auto const transport = make_curl_transport(loop.executor(), options);
  HttpRequest poll = get(raw.url("/"));
  poll.traffic = TrafficClass::long_poll;
  EXPECT_TRUE(loop.run(transport->send(poll)));
  EXPECT_TRUE(loop.run(transport->send(get(raw.url("/")))));
  EXPECT_TRUE(loop.run(transport->send(poll)));
  EXPECT_EQ(raw.connections(), 2);
}

TEST_F(CurlTransportTest, AHundredCallsAtOnce) {
  constexpr int kCalls = 100;
  auto const transport = make_curl_transport(loop.executor(), options);
  int answered = 0;
  for (int i = 0; i < kCalls; ++i) {
    HttpRequest request = get(server.url("/"));
    request.method = HttpMethod::post;
    request.body = std::to_string(i);
    request.traffic = i % 2 == 0 ? TrafficClass::control : TrafficClass::long_poll;
    boost::asio::co_spawn(loop.context(), transport->send(request),
                          [&answered, i](std::exception_ptr, Result<HttpResponse> response) {
                            EXPECT_TRUE(response && response->body == std::to_string(i)) << i;
                            ++answered;
                          });
  }
  loop.run_until([&answered] { return answered == kCalls; });
}

boost::asio::awaitable<void> poll_twice(std::shared_ptr<HttpTransport> transport, HttpRequest poll,
                                        int* ended) {
  for (int round = 0; round < 2; ++round) {
    Result<HttpResponse> const response = co_await transport->send(poll);
    EXPECT_TRUE(response);
  }
  ++*ended;
}

TEST_F(CurlTransportTest, PollsOfSeveralLanesUseTheirConnectionsAgain) {
  constexpr int kPolls = static_cast<int>(kLaneTransfers) + 44;
  RawServer raw(loop, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", RawServer::After::keep);
  auto const transport = make_curl_transport(loop.executor(), options);
  HttpRequest poll = get(raw.url("/"));
  poll.traffic = TrafficClass::long_poll;
  int ended = 0;
  raw.answer_up_to(0);
  for (int i = 0; i < kPolls; ++i)
    boost::asio::co_spawn(loop.context(), poll_twice(transport, poll, &ended),
                          boost::asio::detached);
  loop.run_until([&] { return raw.requests() == kPolls; });
  raw.answer_up_to(kPolls);
  loop.run_until([&] { return raw.requests() == 2 * kPolls; });
  raw.answer_up_to(2 * kPolls);
  loop.run_until([&] { return ended == kPolls; });
  EXPECT_EQ(raw.connections(), kPolls);
}

TEST_F(CurlTransportTest, RefusesInvalidRequestsWithoutSendingAnything) {
  HttpRequest broken_value = get(server.url("/"));
  broken_value.headers = {{"Authorization", "Bearer abc\r\nX-Evil: 1"}};
  HttpRequest broken_name = get(server.url("/"));
  broken_name.headers = {{"X-A\nX-B", "1"}};
  for (HttpRequest const& request :
       {get("ftp://127.0.0.1/secret"), get("not a url"), get(""),
        get(server.url("/" + std::string(70000, 'x'))), broken_value, broken_name}) {
    Result<HttpResponse> const response = send(request);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::invalid_argument) << response.error().message;
    EXPECT_FALSE(response.error().request_sent);
    EXPECT_THAT(response.error().message, Not(HasSubstr("abc")));
    EXPECT_THAT(response.error().message, Not(HasSubstr("secret")));
  }
  EXPECT_TRUE(seen.empty());
}

TEST_F(CurlTransportTest, NoSocketIsInheritedByAChildProcess) {
  auto const transport = make_curl_transport(loop.executor(), options);
  ASSERT_TRUE(loop.run(transport->send(get(server.url("/")))));
  int sockets = 0;
  for (int fd = 3; fd < 200; ++fd) {
    int domain = 0;
    socklen_t size = sizeof domain;
    if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_INET) continue;
    ++sockets;
    EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC) << fd;
  }
  EXPECT_EQ(sockets, 3) << "the listening, the accepted and the connected socket";
}

}  // namespace
}  // namespace scaleset::http
