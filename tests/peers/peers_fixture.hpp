#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/condition.hpp"
#include "base/files.hpp"
#include "http/curl_transport.hpp"
#include "http/testing/certificates.hpp"
#include "http/testing/loopback.hpp"
#include "peer_process.hpp"

/// For tests only: the library's transport, our backend, and the programs between them.
namespace scaleset::peers {

inline constexpr std::chrono::hours kMustNotExpire{1};

/// The backend answers "/" with the method and target of the request, "/hold" after
/// release_polls(), and "/gzip" with a compressed body.
class PeersTest : public ::testing::Test {
 protected:
  PeersTest();

  boost::asio::awaitable<http::ServerResponse> handle(http::ServerRequest request);
  void make_transport() { transport = http::make_curl_transport(loop.executor(), options); }
  [[nodiscard]] static HttpRequest request(std::string url, TrafficClass traffic);
  Result<HttpResponse> get(std::string const& url) {
    return loop.run(transport->send(request(url, TrafficClass::control)));
  }
  /// Starts a poll that runs beside the test. Its outcome is appended to `ended`.
  void start(HttpRequest poll);
  void start_polls(std::string const& url, int count);
  void release_polls() {
    released = true;
    wake.cancel();
  }

  /// The command for nghttpx with TLS in front of the port `backend`. `options` trusts its
  /// certificate.
  [[nodiscard]] PeerProcess::Command nghttpx(std::uint16_t backend,
                                             std::vector<std::string> extra = {}) const;
  [[nodiscard]] PeerProcess::Command tinyproxy(std::string const& user,
                                               std::string const& password) const;
  [[nodiscard]] std::string write(std::string const& name, std::string const& text) const;

  base::TemporaryDirectory folder;
  http::testing::Loopback loop;
  std::vector<http::ServerRequest> seen;
  int held = 0;
  bool released = false;
  base::Condition wake;
  http::testing::LoopbackServer backend{
      loop, [this](http::ServerRequest request) { return handle(std::move(request)); }};
  TransportOptions options;
  std::shared_ptr<HttpTransport> transport;
  std::vector<Result<HttpResponse>> ended;
};

}  // namespace scaleset::peers
