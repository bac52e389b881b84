#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <cstdlib>
#include <fstream>

#include "http/curl_transport.hpp"
#include "http/testing/temporary_file.hpp"
#include "http/testing/tls_server.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::http {
namespace {

using ::testing::AllOf;
using testing::Authority;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Identity;
using ::testing::StartsWith;
using testing::TemporaryFile;
using testing::TlsServer;

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

TEST_F(CurlTlsTest, AnUnknownCertificateIsRefusedUnlessVerificationIsOff) {
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
  expect_refused(server.port(), "use one of its names in the URL");
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(CurlTlsTest, ABundleThatCannotBeReadIsNamedAndNothingIsSent) {
  TlsServer server(loop, "127.0.0.1", TlsServer::Behaviour::answer);
  options.ca_bundle_file = "/nonexistent/bundle.pem";
  Result<HttpResponse> const response = get("https", server.port());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::invalid_options);
  EXPECT_FALSE(response.error().request_sent);
  EXPECT_THAT(response.error().message, HasSubstr("/nonexistent/bundle.pem"));
}

// protocol.md 14.1: GitHub's client has a test of this name with these four parts. Here the
// certificates are made when the test runs (W-30).
class TestServerWithSelfSignedCertificates : public CurlTlsTest {
 protected:
  Authority root{"root"};
  Authority intermediate{"intermediate", root};

  Result<HttpResponse> ask_with_bundle(Identity const& identity, std::string const& bundle) {
    TlsServer server(loop, identity, TlsServer::Behaviour::answer);
    TemporaryFile const file(bundle);
    options.ca_bundle_file = file.path();
    return get("https", server.port());
  }
};

TEST_F(TestServerWithSelfSignedCertificates, ClientWithoutCaCerts) {
  TlsServer server(loop, root.issue("127.0.0.1"), TlsServer::Behaviour::answer);
  expect_refused(server.port(), "certificate");
}

TEST_F(TestServerWithSelfSignedCertificates, ClientWithCaCerts) {
  for (CaBundle const mode : {CaBundle::added_to_system, CaBundle::instead_of_system}) {
    options.ca_bundle = mode;
    Result<HttpResponse> const response =
        ask_with_bundle(root.issue("127.0.0.1"), root.certificate_pem());
    EXPECT_TRUE(response) << response.error().message;
  }
}

TEST_F(TestServerWithSelfSignedCertificates, ClientWithCaChainCerts) {
  Identity const leaf = intermediate.issue("127.0.0.1");
  Result<HttpResponse> const response = ask_with_bundle(leaf, intermediate.certificate_pem());
  EXPECT_TRUE(response) << "an intermediate certificate is an anchor: " << response.error().message;
  EXPECT_FALSE(ask_with_bundle(leaf, root.certificate_pem()))
      << "the server does not send the intermediate certificate";
  Identity chain = leaf;
  chain.certificate += intermediate.certificate_pem();
  EXPECT_TRUE(ask_with_bundle(chain, root.certificate_pem()));
}

TEST_F(TestServerWithSelfSignedCertificates, ClientSkippingTlsVerification) {
  options.verify_tls = false;
  TlsServer server(loop, root.issue("example.com"), TlsServer::Behaviour::answer);
  Result<HttpResponse> const response = get("https", server.port());
  EXPECT_TRUE(response) << response.error().message;
}

TEST_F(CurlTlsTest, ABundleThatIsReadAgainCountsForNewConnections) {
  TlsServer server(loop, "127.0.0.1", TlsServer::Behaviour::answer);
  TemporaryFile const bundle(Authority("old").certificate_pem());
  options.ca_bundle_file = bundle.path();
  auto const transport = make_curl_transport(loop.executor(), options);
  auto const ask = [&] {
    HttpRequest request;
    request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
    return loop.run(transport->send(std::move(request)));
  };
  Result<HttpResponse> const before = ask();
  ASSERT_FALSE(before);
  EXPECT_EQ(before.error().code, ErrorCode::tls_verification);
  std::ofstream(bundle.path()) << server.certificate_pem();
  EXPECT_FALSE(ask()) << "nobody has said that it has changed";
  EXPECT_TRUE(read_certificates_again(*transport));
  Result<HttpResponse> const after = ask();
  EXPECT_TRUE(after) << after.error().message;
}

TEST_F(CurlTlsTest, ABundleThatCannotBeReadAgainLeavesTheOldOneInUse) {
  TlsServer server(loop, "127.0.0.1", TlsServer::Behaviour::answer);
  TemporaryFile const bundle(server.certificate_pem());
  options.ca_bundle_file = bundle.path();
  auto const transport = make_curl_transport(loop.executor(), options);
  auto const ask = [&] {
    HttpRequest request;
    request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
    return loop.run(transport->send(std::move(request)));
  };
  ASSERT_TRUE(ask());
  std::ofstream(bundle.path()) << "half a certifica";
  Result<void> const read = read_certificates_again(*transport);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr(bundle.path()));
  Result<HttpResponse> const after = ask();
  EXPECT_TRUE(after) << after.error().message;
}

TEST_F(CurlTlsTest, TheSystemsAuthoritiesAreTrustedUnlessReplaced) {
  Authority const system("system");
  Authority const other("other");
  TlsServer server(loop, system.issue("127.0.0.1"), TlsServer::Behaviour::answer);
  TemporaryFile const system_file(system.certificate_pem());
  TemporaryFile const other_file(other.certificate_pem());
  ::setenv("SSL_CERT_FILE", system_file.path().c_str(), 1);
  Result<HttpResponse> const without_bundle = get("https", server.port());
  options.ca_bundle_file = other_file.path();
  Result<HttpResponse> const added = get("https", server.port());
  options.ca_bundle = CaBundle::instead_of_system;
  Result<HttpResponse> const instead = get("https", server.port());
  ::unsetenv("SSL_CERT_FILE");
  EXPECT_TRUE(without_bundle);
  EXPECT_TRUE(added);
  ASSERT_FALSE(instead);
  EXPECT_EQ(instead.error().code, ErrorCode::tls_verification);
}

TEST_F(CurlTlsTest, AClientCertificateIsSentWhereTheServerAsksForOne) {
  Authority const authority("clients");
  Identity const client = authority.issue("client.example.com");
  TlsServer server(loop, Authority("servers").issue("127.0.0.1"), TlsServer::Behaviour::answer,
                   authority.certificate_pem());
  options.verify_tls = false;
  Result<HttpResponse> const without = get("https", server.port());
  ASSERT_FALSE(without);
  EXPECT_EQ(server.requests(), 0);
  TemporaryFile const certificate(client.certificate);
  TemporaryFile const key(client.key);
  options.client_certificate_file = certificate.path();
  options.client_key_file = key.path();
  EXPECT_TRUE(get("https", server.port()));
  TemporaryFile const both(client.key + client.certificate);
  options.client_certificate_file = both.path();
  options.client_key_file.clear();
  EXPECT_TRUE(get("https", server.port()));
}

TEST_F(CurlTlsTest, EachTransportWarnsOnceIfItDoesNotVerify) {
  TlsServer server(loop, "127.0.0.1", TlsServer::Behaviour::answer);
  auto const log = std::make_shared<scaleset::testing::RecordingLogSink>();
  auto const careful = make_curl_transport(loop.executor(), options, log);
  EXPECT_TRUE(log->lines().empty());
  options.verify_tls = false;
  auto const careless = make_curl_transport(loop.executor(), options, log);
  for (int i = 0; i < 3; ++i) {
    HttpRequest request;
    request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
    EXPECT_TRUE(loop.run(careless->send(request)));
  }
  EXPECT_THAT(log->lines(), ElementsAre(AllOf(StartsWith("warn http: "), HasSubstr("verify_tls"))));
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
