#include "http/testing/raw_server.hpp"
#include "peers_fixture.hpp"

/// tinyproxy, which requires a password, between the library and the service.
namespace scaleset::peers {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ProxiesTest : public PeersTest {
 protected:
  void use_proxy(std::string const& scheme, std::uint16_t port, std::string const& credentials) {
    options.proxy = scheme + "://" + credentials + "127.0.0.1:" + std::to_string(port);
    make_transport();
  }
  void expect_proxy_refuses(std::string const& url) {
    Result<HttpResponse> const response = get(url);
    ASSERT_FALSE(response) << response->status;
    EXPECT_EQ(response.error().code, ErrorCode::proxy_authentication) << response.error().message;
    EXPECT_FALSE(response.error().request_sent);
    EXPECT_THAT(response.error().message, HasSubstr("password"));
    EXPECT_THAT(response.error().message, Not(HasSubstr("wrong")));
    EXPECT_TRUE(seen.empty());
  }

  PeerProcess proxy{tinyproxy("me", "secret")};
};

TEST_F(ProxiesTest, AbsoluteFormForHttp) {
  use_proxy("http", proxy.port(), "me:secret@");
  Result<HttpResponse> const response = get(backend.url("/"));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "GET /");
  EXPECT_THAT(seen.at(0).header("Via"), HasSubstr("tinyproxy"));
  EXPECT_EQ(seen.at(0).header("Proxy-Authorization"), "");
}

TEST_F(ProxiesTest, ConnectForHttpsAndHttp2WithinIt) {
  PeerProcess const front(nghttpx(backend.port()));
  std::string const url = "https://127.0.0.1:" + std::to_string(front.port()) + "/";
  use_proxy("http", proxy.port(), "me:secret@");
  Result<HttpResponse> const response = get(url);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(seen.at(0).header("Via"), "2 nghttpx");
  options.no_proxy = "127.0.0.0/8";
  options.proxy = "http://127.0.0.1:1";
  make_transport();
  EXPECT_TRUE(get(url)) << "this request does not use the proxy";
}

TEST_F(ProxiesTest, WithoutAPassword) {
  PeerProcess const front(nghttpx(backend.port()));
  use_proxy("http", proxy.port(), "");
  expect_proxy_refuses(backend.url("/"));
  expect_proxy_refuses("https://127.0.0.1:" + std::to_string(front.port()) + "/");
}

TEST_F(ProxiesTest, WithTheWrongPassword) {
  PeerProcess const front(nghttpx(backend.port()));
  use_proxy("http", proxy.port(), "me:wrong@");
  expect_proxy_refuses("https://127.0.0.1:" + std::to_string(front.port()) + "/");
}

TEST_F(ProxiesTest, AProxyThatIsReachedOverTls) {
  PeerProcess const front(nghttpx(backend.port()));
  PeerProcess const tls(nghttpx(proxy.port(), {"--http2-proxy"}));
  use_proxy("https", tls.port(), "me:secret@");
  Result<HttpResponse> const plain = get(backend.url("/"));
  EXPECT_TRUE(plain) << plain.error().message;
  Result<HttpResponse> const tunnel =
      get("https://127.0.0.1:" + std::to_string(front.port()) + "/");
  EXPECT_TRUE(tunnel) << tunnel.error().message;
  options.ca_bundle_file = write("other.pem", http::testing::Authority("o").certificate_pem());
  make_transport();
  Result<HttpResponse> const untrusted = get(backend.url("/"));
  ASSERT_FALSE(untrusted) << "the proxy's certificate is checked too";
  EXPECT_EQ(untrusted.error().code, ErrorCode::tls_verification);
}

TEST_F(ProxiesTest, HeldPollsThroughATunnelEndWhenTheProxyDies) {
  PeerProcess const front(nghttpx(backend.port()));
  std::string const url = "https://127.0.0.1:" + std::to_string(front.port()) + "/hold";
  use_proxy("http", proxy.port(), "me:secret@");
  start_polls(url, 10);
  proxy.kill();
  loop.run_until([this] { return ended.size() == 10; });
  for (auto const& result : ended) {
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().transient()) << result.error().message;
  }
  proxy.start_again();
  release_polls();
  Result<HttpResponse> const poll =
      loop.run(transport->send(request(url, TrafficClass::long_poll)));
  EXPECT_TRUE(poll) << poll.error().message;
}

}  // namespace
}  // namespace scaleset::peers
