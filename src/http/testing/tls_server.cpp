#include "http/testing/tls_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "scaleset/async/timer.hpp"

namespace scaleset::http::testing {
namespace asio = boost::asio;

TlsServer::TlsServer(Loopback& loop, std::string const& subject, Behaviour behaviour)
    : TlsServer(loop, Authority("test authority"), subject, behaviour) {}

TlsServer::TlsServer(Loopback& loop, Authority const& authority, std::string const& subject,
                     Behaviour behaviour)
    : TlsServer(loop, authority.issue(subject), behaviour) {
  certificate_ = authority.certificate_pem();
}

TlsServer::TlsServer(Loopback& loop, Identity const& identity, Behaviour behaviour,
                     std::string const& client_authority)
    : loop_(loop),
      behaviour_(behaviour),
      context_(asio::ssl::context::tls_server),
      acceptor_(loop.context(), {asio::ip::address_v4::loopback(), 0}),
      scope_(loop.executor()) {
  context_.use_certificate_chain(asio::buffer(identity.certificate));
  context_.use_private_key(asio::buffer(identity.key), asio::ssl::context::pem);
  if (!client_authority.empty()) {
    context_.add_certificate_authority(asio::buffer(client_authority));
    context_.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  }
  scope_.spawn(accept());
}

TlsServer::~TlsServer() {
  acceptor_.close();
  scope_.request_stop();
  loop_.run(scope_.join());
}

asio::awaitable<void> TlsServer::accept() {
  while (!scope_.stop_requested()) {
    asio::ip::tcp::socket socket(loop_.context());
    boost::system::error_code error;
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    scope_.spawn(serve(std::move(socket)));
  }
}

asio::awaitable<void> TlsServer::serve(asio::ip::tcp::socket socket) {
  asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(socket), context_);
  boost::system::error_code error;
  co_await stream.async_handshake(asio::ssl::stream_base::server,
                                  asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  std::string received;
  auto buffer = asio::dynamic_buffer(received);
  co_await asio::async_read_until(stream, buffer, "\r\n\r\n",
                                  asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  ++requests_;
  if (behaviour_ == Behaviour::hold) {
    co_await async::sleep_for(std::chrono::hours(1));
    co_return;
  }
  std::string const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
  co_await asio::async_write(stream, asio::buffer(answer),
                             asio::redirect_error(asio::use_awaitable, error));
}

}  // namespace scaleset::http::testing
