#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "http/testing/loopback.hpp"
#include "scaleset/async/scope.hpp"

/// For tests only.
namespace scaleset::http::testing {

/// A SOCKS5 proxy that requires the user "me" and the password "secret". It connects nowhere, but
/// plays the requested host itself: it answers every HTTP request with an empty 200.
class SocksServer {
 public:
  enum class Names { resolved, never_resolved };

  SocksServer(Loopback& loop, Names names);
  SocksServer(SocksServer const&) = delete;
  SocksServer& operator=(SocksServer const&) = delete;
  ~SocksServer();

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  /// The host name that the client sent for the proxy to resolve; empty if it sent an address.
  [[nodiscard]] std::string const& asked_for() const { return asked_for_; }
  /// How many connections clients have requested.
  [[nodiscard]] int asked() const { return asked_; }

 private:
  using Socket = boost::asio::ip::tcp::socket;

  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(Socket socket);
  boost::asio::awaitable<bool> log_in(Socket* socket);
  boost::asio::awaitable<void> connect(Socket* socket);
  boost::asio::awaitable<std::string> read(Socket* socket, std::size_t size);
  boost::asio::awaitable<void> write(Socket* socket, std::string bytes);

  Loopback& loop_;
  Names names_;
  boost::asio::ip::tcp::acceptor acceptor_;
  async::TaskScope scope_;
  std::string asked_for_;
  int asked_ = 0;
};

}  // namespace scaleset::http::testing
