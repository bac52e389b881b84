#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <string>

#include "http/testing/certificates.hpp"
#include "http/testing/loopback.hpp"
#include "scaleset/async/scope.hpp"

/// For tests only.
namespace scaleset::http::testing {

/// A server for HTTP/1.1 over TLS. Like old servers, it does not offer ALPN.
class TlsServer {
 public:
  enum class Behaviour { answer, hold };

  /// With a new certificate for `subject` ("127.0.0.1" or a DNS name); certificate_pem() returns
  /// the authority that signed it.
  TlsServer(Loopback& loop, std::string const& subject, Behaviour behaviour);
  /// With the certificate `identity`. If `client_authority` (PEM) is given, clients must present a
  /// certificate signed by it.
  TlsServer(Loopback& loop, Identity const& identity, Behaviour behaviour,
            std::string const& client_authority = {});
  TlsServer(TlsServer const&) = delete;
  TlsServer& operator=(TlsServer const&) = delete;
  ~TlsServer();

  [[nodiscard]] std::string const& certificate_pem() const { return certificate_; }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] int requests() const { return requests_; }

 private:
  TlsServer(Loopback& loop, Authority const& authority, std::string const& subject,
            Behaviour behaviour);
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);

  Loopback& loop_;
  Behaviour behaviour_;
  std::string certificate_;  // of the authority
  boost::asio::ssl::context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  async::TaskScope scope_;
  int requests_ = 0;
};

}  // namespace scaleset::http::testing
