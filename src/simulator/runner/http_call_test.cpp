#include "simulator/runner/http_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdlib>
#include <fstream>

#include "base/files.hpp"
#include "http/server.hpp"
#include "http/testing/tls_server.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace asio = boost::asio;
using http::testing::TlsServer;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr std::chrono::hours kMustNotExpire{1};

class HttpCallTest : public ::testing::Test {
 protected:
  HttpCallTest() {
    auto handler = [this](http::ServerRequest seen) { return answer(std::move(seen)); };
    server = std::move(*http::Server::listen(context.get_executor(), "127.0.0.1", 0, handler));
    request.url = "http://127.0.0.1:" + std::to_string(server->port()) + "/a/b?c=d%20e";
    request.timeout = kMustNotExpire;
  }
  ~HttpCallTest() override {
    asio::co_spawn(context, server->stop(), asio::detached);
    context.restart();
    context.run();
  }

  asio::awaitable<http::ServerResponse> answer(http::ServerRequest seen) {
    received = std::move(seen);
    if (on_request) on_request();
    if (hold) {
      co_await async::sleep_for(kMustNotExpire);
    }
    co_return response;
  }

  static asio::awaitable<void> call(HttpCallTest* test) {
    co_await asio::this_coro::throw_if_cancelled(false);
    Result<HttpResponse> got = co_await http_call(test->request);
    test->result = std::move(got);
  }

  /// Runs until the call has ended.
  Result<HttpResponse> run() {
    bool done = false;
    auto on_end = [&done](std::exception_ptr) { done = true; };
    asio::co_spawn(context, call(this), asio::bind_cancellation_slot(signal.slot(), on_end));
    while (!done) context.run_one();
    return result;
  }

  asio::io_context context{1};
  std::unique_ptr<http::Server> server;
  http::ServerRequest received;
  http::ServerResponse response;
  std::function<void()> on_request;
  bool hold = false;
  asio::cancellation_signal signal;
  HttpRequest request;
  Result<HttpResponse> result;
};

TEST_F(HttpCallTest, CarriesARequestAndItsAnswer) {
  request.method = HttpMethod::post;
  request.headers.emplace_back("Authorization", "Bearer t");
  request.body = "the body";
  response.status = 409;
  response.body = "conflict";
  response.headers.emplace_back("ActivityId", "a-1");
  Result<HttpResponse> const got = run();
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->status, 409);
  EXPECT_EQ(got->body, "conflict");
  EXPECT_EQ(got->header("activityid"), "a-1");
  EXPECT_EQ(received.method, "POST");
  EXPECT_EQ(received.target, "/a/b?c=d%20e");
  EXPECT_EQ(received.body, "the body");
  EXPECT_EQ(received.header("authorization"), "Bearer t");
}

TEST_F(HttpCallTest, GetAndDeleteHaveNoBody) {
  for (auto const& [method, name] :
       {std::pair(HttpMethod::get, "GET"), std::pair(HttpMethod::del, "DELETE")}) {
    request.method = method;
    ASSERT_TRUE(run());
    EXPECT_EQ(received.method, name);
    EXPECT_EQ(received.body, "");
  }
}

TEST_F(HttpCallTest, GoesThroughTheProxyOfTheEnvironment) {
  setenv("http_proxy", ("http://user:pw@127.0.0.1:" + std::to_string(server->port())).c_str(), 1);
  request.url = "http://runners.invalid:8/a?b=c";
  response.body = "by proxy";
  Result<HttpResponse> const got = run();
  unsetenv("http_proxy");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->body, "by proxy");
  EXPECT_EQ(received.target, "http://runners.invalid:8/a?b=c") << "a proxy needs the whole URL";
  EXPECT_EQ(received.header("host"), "runners.invalid:8");
  EXPECT_EQ(received.header("proxy-authorization"), "Basic dXNlcjpwdw==");
}

TEST_F(HttpCallTest, AsksTheProxyForATunnelToAnHttpsHost) {
  setenv("https_proxy", ("http://127.0.0.1:" + std::to_string(server->port())).c_str(), 1);
  request.url = "https://runners.invalid/a";
  response.status = 403;
  Result<HttpResponse> const got = run();
  unsetenv("https_proxy");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::network) << "the proxy refused";
  EXPECT_EQ(received.method, "CONNECT");
  EXPECT_EQ(received.target, "runners.invalid:443");
}

TEST_F(HttpCallTest, ADroppedConnectionIsAnError) {
  response.drop_connection = true;
  Result<HttpResponse> const got = run();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::network);
}

TEST_F(HttpCallTest, ARefusedConnectionIsAnError) {
  request.url = "http://127.0.0.1:1/";
  Result<HttpResponse> const got = run();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::network);
  EXPECT_THAT(got.error().message, HasSubstr("127.0.0.1:1"));
}

TEST_F(HttpCallTest, EndsInTime) {
  hold = true;
  request.timeout = std::chrono::milliseconds(20);
  Result<HttpResponse> const got = run();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::timeout);
}

TEST_F(HttpCallTest, CanBeCancelled) {
  hold = true;
  on_request = [this] { signal.emit(asio::cancellation_type::terminal); };
  Result<HttpResponse> const got = run();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::cancelled);
}

TEST_F(HttpCallTest, OtherSchemesAreRefused) {
  request.url = "ftp://127.0.0.1/";
  EXPECT_EQ(run().error().code, ErrorCode::invalid_argument);
  request.url = "rubbish";
  EXPECT_EQ(run().error().code, ErrorCode::invalid_argument);
}

class HttpsCallTest : public ::testing::Test {
 protected:
  ~HttpsCallTest() override {
    unsetenv("SSL_CERT_FILE");
    unsetenv("GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY");
  }
  /// For this process.
  void trust(std::string const& certificate) {
    std::ofstream(directory.path() / "authority.pem") << certificate;
    setenv("SSL_CERT_FILE", (directory.path() / "authority.pem").c_str(), 1);
  }
  Result<HttpResponse> get(std::uint16_t port) {
    HttpRequest request;
    request.url = "https://127.0.0.1:" + std::to_string(port) + "/";
    request.timeout = kMustNotExpire;
    return loop.run(http_call(request));
  }
  base::TemporaryDirectory directory;
  http::testing::Loopback loop;
};

TEST_F(HttpsCallTest, ACertificateOfTheSystemsFileIsAccepted) {
  TlsServer server(loop, "127.0.0.1", TlsServer::Behaviour::answer);
  trust(server.certificate_pem());
  Result<HttpResponse> const got = get(server.port());
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->body, "ok");
}

TEST_F(HttpsCallTest, OtherCertificatesAreRefused) {
  TlsServer server(loop, "127.0.0.1", TlsServer::Behaviour::answer);
  Result<HttpResponse> const unknown = get(server.port());
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::network);
  EXPECT_THAT(unknown.error().message, HasSubstr("certificate verify failed"));
  TlsServer other_host(loop, "example.com", TlsServer::Behaviour::answer);
  trust(other_host.certificate_pem());
  EXPECT_FALSE(get(other_host.port()));
  EXPECT_EQ(server.requests() + other_host.requests(), 0);
}

TEST_F(HttpsCallTest, AnyCertificateIsAcceptedOnRequest) {
  TlsServer server(loop, "example.com", TlsServer::Behaviour::answer);
  setenv("GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY", "1", 1);
  EXPECT_TRUE(get(server.port()));
}

}  // namespace
}  // namespace scaleset::simulator::pretend
