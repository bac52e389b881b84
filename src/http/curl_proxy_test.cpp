#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "http/curl_transport.hpp"
#include "http/testing/loopback.hpp"
#include "http/testing/raw_server.hpp"
#include "http/testing/socks_server.hpp"
#include "scaleset/testing/recording_hooks.hpp"

/// What the transport sends to a proxy. The tests with real proxies are in tests/peers.
namespace scaleset::http {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RawServer;

class CurlProxyTest : public ::testing::Test {
 protected:
  testing::Loopback loop;
  std::vector<ServerRequest> seen;
  int status = 200;
  TransportOptions options;
  std::shared_ptr<scaleset::testing::RecordingLogSink> log =
      std::make_shared<scaleset::testing::RecordingLogSink>();
  testing::LoopbackServer server{
      loop, [this](ServerRequest request) { return handle(std::move(request)); }};

  boost::asio::awaitable<ServerResponse> handle(ServerRequest request) {
    seen.push_back(std::move(request));
    ServerResponse response;
    response.status = status;
    co_return response;
  }
  Result<HttpResponse> get(std::string url) {
    std::shared_ptr<HttpTransport> const transport =
        make_curl_transport(loop.executor(), options, log);
    HttpRequest request;
    request.url = std::move(url);
    request.headers = {{"Authorization", "Bearer abc"}};
    return loop.run(transport->send(std::move(request)));
  }
  std::string proxy_with(std::string const& credentials) {
    return "http://" + credentials + "@127.0.0.1:" + std::to_string(server.port());
  }
};

// protocol.md 14.3: GitHub's client has a test of this name.
TEST_F(CurlProxyTest, TestClientProxy) {
  options.proxy = server.url("");
  Result<HttpResponse> const through = get("http://example.invalid/path");
  ASSERT_TRUE(through) << through.error().message;
  EXPECT_EQ(seen.back().target, "http://example.invalid/path");
  EXPECT_EQ(seen.back().header("Host"), "example.invalid");
  EXPECT_EQ(seen.back().header("Proxy-Authorization"), "");
}

TEST_F(CurlProxyTest, WarnsOnceOfTokensThatLeaveThisMachineWithoutEncryption) {
  ASSERT_TRUE(get(server.url("/")));
  EXPECT_THAT(log->lines(), IsEmpty()) << "a request to this machine does not leave it";
  options.proxy = server.url("");
  auto const transport = make_curl_transport(loop.executor(), options, log);
  for (int i = 0; i < 3; ++i) {
    HttpRequest request;
    request.url = "http://example.invalid/secret";
    ASSERT_TRUE(loop.run(transport->send(std::move(request))));
  }
  EXPECT_THAT(log->lines(), ElementsAre(AllOf(HasSubstr("WITHOUT encryption"),
                                              EndsWith("host=example.invalid"))));
}

TEST_F(CurlProxyTest, NoProxyIsDecidedForEachRequest) {
  options.proxy = server.url("");
  options.no_proxy = "127.0.0.0/8";
  ASSERT_TRUE(get(server.url("/direct")));
  EXPECT_EQ(seen.back().target, "/direct");
  ASSERT_TRUE(get("http://example.invalid/"));
  EXPECT_EQ(seen.back().target, "http://example.invalid/");
  options.no_proxy = "127.0.0.1:1";
  ASSERT_TRUE(get(server.url("/other-port")));
  EXPECT_EQ(seen.back().target, server.url("/other-port"));
}

TEST_F(CurlProxyTest, CredentialsAreDecodedAndSentWithTheFirstRequest) {
  options.proxy = proxy_with("me%40corp:se%3Acret");
  ASSERT_TRUE(get("http://example.invalid/"));
  EXPECT_EQ(seen.at(0).header("Proxy-Authorization"), "Basic bWVAY29ycDpzZTpjcmV0");
  options.no_proxy = "*";
  ASSERT_TRUE(get(server.url("/")));
  EXPECT_EQ(seen.back().header("Proxy-Authorization"), "") << "for the proxy only";
}

void expect_proxy_error(Result<HttpResponse> const& response) {
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::proxy_authentication);
  EXPECT_FALSE(response.error().transient());
  EXPECT_FALSE(response.error().request_sent);
  EXPECT_THAT(response.error().message, HasSubstr("through the proxy 127.0.0.1:"));
  EXPECT_THAT(response.error().message, HasSubstr("407"));
  EXPECT_THAT(response.error().message, Not(HasSubstr("hidden")));
}

TEST_F(CurlProxyTest, A407OfTheProxyIsAProxyError) {
  status = 407;
  options.proxy = proxy_with("me:hidden");
  expect_proxy_error(get("http://example.invalid/"));
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(CurlProxyTest, A407OfTheServiceIsAStatus) {
  status = 407;
  Result<HttpResponse> const response = get(server.url("/"));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 407);
}

TEST_F(CurlProxyTest, ConnectContainsNothingMeantForTheService) {
  RawServer proxy(loop, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
                  RawServer::After::close);
  options.proxy = "http://me:hidden@" + proxy.url("").substr(7);
  expect_proxy_error(get("https://example.invalid/path?token=x"));
  ASSERT_EQ(proxy.requests(), 1);
  EXPECT_THAT(proxy.last_request(), ::testing::StartsWith("CONNECT example.invalid:443 HTTP/1.1"));
  EXPECT_THAT(proxy.last_request(), HasSubstr("Proxy-Authorization: Basic bWU6aGlkZGVu"));
  for (char const* part : {"abc", "token", "Accept-Encoding"})
    EXPECT_THAT(proxy.last_request(), Not(HasSubstr(part)));
}

TEST_F(CurlProxyTest, AProxyThatRefusesTheTunnelHasNotDeliveredTheRequest) {
  RawServer proxy(loop, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
                  RawServer::After::close);
  options.proxy = proxy.url("");
  Result<HttpResponse> const response = get("https://example.invalid/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::network);
  EXPECT_FALSE(response.error().request_sent);
  EXPECT_THAT(response.error().message, HasSubstr("503"));
}

TEST_F(CurlProxyTest, NothingListensOnTheProxysPort) {
  options.proxy = proxy_with("me:hidden");
  server.stop();
  for (char const* url : {"http://example.invalid/", "https://example.invalid/"}) {
    Result<HttpResponse> const response = get(url);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::network);
    EXPECT_FALSE(response.error().request_sent);
    EXPECT_THAT(response.error().message, HasSubstr("through the proxy 127.0.0.1:"));
    EXPECT_THAT(response.error().message, Not(HasSubstr("hidden")));
  }
}

TEST_F(CurlProxyTest, SocksWithThePasswordAndNamesResolvedByTheProxy) {
  testing::SocksServer socks(loop, testing::SocksServer::Names::resolved);
  options.proxy = "socks5h://me:secret@127.0.0.1:" + std::to_string(socks.port());
  Result<HttpResponse> const response = get("http://service.invalid/");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(socks.asked_for(), "service.invalid");
}

TEST_F(CurlProxyTest, SocksWithNamesResolvedHere) {
  testing::SocksServer socks(loop, testing::SocksServer::Names::resolved);
  options.proxy = "socks5://me:secret@127.0.0.1:" + std::to_string(socks.port());
  ASSERT_TRUE(get("http://127.0.0.1:1/"));
  EXPECT_EQ(socks.asked(), 1);
  EXPECT_EQ(socks.asked_for(), "");
}

TEST_F(CurlProxyTest, SocksWithAWrongPasswordOrNone) {
  testing::SocksServer socks(loop, testing::SocksServer::Names::resolved);
  for (char const* credentials : {"me:hidden@", ""}) {
    options.proxy =
        std::string("socks5h://") + credentials + "127.0.0.1:" + std::to_string(socks.port());
    Result<HttpResponse> const response = get("http://service.invalid/");
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::proxy_authentication) << response.error().message;
    EXPECT_FALSE(response.error().request_sent);
    EXPECT_THAT(response.error().message, Not(HasSubstr("hidden")));
  }
  EXPECT_EQ(socks.asked(), 0);
}

TEST_F(CurlProxyTest, ANameThatIsNeverResolvedEndsWithTheConnectTimeout) {
  testing::SocksServer socks(loop, testing::SocksServer::Names::never_resolved);
  options.proxy = "socks5h://me:secret@127.0.0.1:" + std::to_string(socks.port());
  options.connect_timeout = std::chrono::milliseconds(200);
  Result<HttpResponse> const response = get("http://service.invalid/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::timeout) << response.error().message;
  EXPECT_FALSE(response.error().request_sent);
}

TEST_F(CurlProxyTest, AnInvalidProxyFailsEveryCallWithoutRepeatingThePassword) {
  options.proxy = "ftp://me:hidden@127.0.0.1";
  Result<HttpResponse> const response = get(server.url("/"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::invalid_options);
  EXPECT_FALSE(response.error().request_sent);
  EXPECT_THAT(response.error().message, Not(HasSubstr("hidden")));
  EXPECT_TRUE(seen.empty());
}

TEST_F(CurlProxyTest, DoesNotLookAtTheEnvironment) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  Result<HttpResponse> const without = get(server.url("/direct"));
  ::unsetenv("http_proxy");
  EXPECT_TRUE(without);
  options.proxy = server.url("");
  ::setenv("no_proxy", "*", 1);
  Result<HttpResponse> const with = get("http://example.invalid/");
  ::unsetenv("no_proxy");
  EXPECT_TRUE(with);
}

}  // namespace
}  // namespace scaleset::http
