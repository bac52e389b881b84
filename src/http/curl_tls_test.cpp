#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <cstdlib>
#include <fstream>

#include "http/curl_transport.hpp"
#include "http/testing/tls_server.hpp"

namespace scaleset::http {
namespace {

using ::testing::HasSubstr;
using testing::TlsServer;

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string const& text) {
    ::close(::mkstemp(path_.data()));
    std::ofstream(path_) << text;
  }
  TemporaryFile(TemporaryFile const&) = delete;
  TemporaryFile& operator=(TemporaryFile const&) = delete;
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  [[nodiscard]] std::string const& path() const { return path_; }

 private:
  std::string path_ = ::testing::TempDir() + "/certificate-XXXXXX";
};

class CurlTlsTest : public ::testing::Test {
 protected:
  testing::Loopback loop;
  TransportOptions options;

  Result<HttpResponse> get(std::string const& scheme, std::uint16_t port) {
    HttpRequest request;
    request.url = scheme + "://127.0.0.1:" + std::to_string(port) + "/";
    auto const transport = make_curl_transport(loop.executor(), options);
    return loop.run(transport->send(request));
  }
  void expect_refused(std::uint16_t port, std::string const& part_of_text) {
    Result<HttpResponse> const response = get("https", port);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::tls_verification);
    EXPECT_FALSE(response.error().transient());
    EXPECT_FALSE(response.error().request_sent);
    EXPECT_THAT(response.error().message, HasSubstr(part_of_text));
  }
};

TEST_F(CurlTlsTest, AnUnknownCertificateIsRefusedUnlessToldOtherwise) {
  TlsServer server(loop, "127.0.0.1", TlsServer::Behaviour::answer);
  expect_refused(server.port(), "ca_bundle_file");
  EXPECT_EQ(server.requests(), 0);
  options.verify_tls = false;
  Result<HttpResponse> const response = get("https", server.port());
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "ok");
}

TEST_F(CurlTlsTest, ACertificateOfTheBundleIsAccepted) {
  TlsServer server(loop, "127.0.0.1", TlsServer::Behaviour::answer);
  TemporaryFile const bundle(server.certificate_pem());
  options.ca_bundle_file = bundle.path();
  Result<HttpResponse> const response = get("https", server.port());
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "ok");
}

TEST_F(CurlTlsTest, ACertificateForAnotherHostIsRefused) {
  TlsServer server(loop, "example.com", TlsServer::Behaviour::answer);
  TemporaryFile const bundle(server.certificate_pem());
  options.ca_bundle_file = bundle.path();
  expect_refused(server.port(), "127.0.0.1");
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(CurlTlsTest, ABundleThatCannotBeReadIsNamed) {
  TlsServer server(loop, "127.0.0.1", TlsServer::Behaviour::answer);
  options.ca_bundle_file = "/nonexistent/bundle.pem";
  expect_refused(server.port(), "/nonexistent/bundle.pem");
}

boost::asio::awaitable<ServerResponse> count(int* requests) {
  ++*requests;
  co_return ServerResponse();
}

TEST_F(CurlTlsTest, APortWithoutTlsIsANetworkErrorAndGotNoRequest) {
  int requests = 0;
  auto handler = [&requests](ServerRequest const&) { return count(&requests); };
  testing::LoopbackServer plain(loop, handler);
  Result<HttpResponse> const response = get("https", plain.port());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::network);
  EXPECT_FALSE(response.error().request_sent);
  EXPECT_THAT(response.error().message, HasSubstr("check that this is an HTTPS port"));
  EXPECT_EQ(requests, 0);
}

TEST_F(CurlTlsTest, HeldPollsDoNotWaitForEachOtherWithoutHttp2) {
  TlsServer server(loop, "127.0.0.1", TlsServer::Behaviour::hold);
  options.verify_tls = false;
  auto transport = make_curl_transport(loop.executor(), options);
  int ended = 0;
  for (int i = 0; i < 3; ++i) {
    HttpRequest request;
    request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
    request.traffic = TrafficClass::long_poll;
    boost::asio::co_spawn(loop.context(), transport->send(request),
                          [&ended](std::exception_ptr, Result<HttpResponse>) { ++ended; });
  }
  loop.run_until([&server] { return server.requests() == 3; });
  transport.reset();
  loop.run_until([&ended] { return ended == 3; });
}

}  // namespace
}  // namespace scaleset::http
