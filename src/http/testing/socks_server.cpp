#include "http/testing/socks_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "scaleset/async/timer.hpp"

namespace scaleset::http::testing {
namespace asio = boost::asio;

SocksServer::SocksServer(Loopback& loop, Names names)
    : loop_(loop),
      names_(names),
      acceptor_(loop.context(), {asio::ip::address_v4::loopback(), 0}),
      scope_(loop.executor()) {
  scope_.spawn(accept());
}

SocksServer::~SocksServer() {
  acceptor_.close();
  scope_.request_stop();
  loop_.run(scope_.join());
}

asio::awaitable<void> SocksServer::accept() {
  while (!scope_.stop_requested()) {
    Socket socket(loop_.context());
    boost::system::error_code error;
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    scope_.spawn(serve(std::move(socket)));
  }
}

asio::awaitable<void> SocksServer::serve(Socket socket) {
  bool const welcome = co_await log_in(&socket);
  if (!welcome) co_return;
  co_await connect(&socket);
  std::string received;
  auto buffer = asio::dynamic_buffer(received);
  boost::system::error_code error;
  co_await asio::async_read_until(socket, buffer, "\r\n\r\n",
                                  asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  co_await write(&socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

/// The greeting and the password check of SOCKS5 (RFC 1928 and 1929).
asio::awaitable<bool> SocksServer::log_in(Socket* socket) {
  std::string const greeting = co_await read(socket, 2);
  if (greeting.size() < 2) co_return false;
  std::string const methods = co_await read(socket, static_cast<std::size_t>(greeting[1]));
  bool const offers_password = methods.find('\2') != std::string::npos;
  std::string reply = offers_password ? "\5\2" : "\5\xff";
  co_await write(socket, std::move(reply));
  if (!offers_password) co_return false;
  std::string const user_header = co_await read(socket, 2);
  if (user_header.size() < 2) co_return false;
  std::string const user = co_await read(socket, static_cast<std::size_t>(user_header[1]));
  std::string const size = co_await read(socket, 1);
  if (size.empty()) co_return false;
  std::string const password = co_await read(socket, static_cast<std::size_t>(size[0]));
  bool const right = user == "me" && password == "secret";
  std::string verdict("\1\0", 2);
  if (!right) verdict[1] = '\1';
  co_await write(socket, std::move(verdict));
  co_return right;
}

asio::awaitable<void> SocksServer::connect(Socket* socket) {
  std::string const header = co_await read(socket, 5);
  if (header.size() < 5) co_return;
  bool const by_name = header[3] == '\3';
  std::size_t const rest = by_name ? static_cast<std::size_t>(header[4]) + 2 : 5;
  std::string const target = co_await read(socket, rest);
  ++asked_;
  asked_for_ = by_name ? target.substr(0, rest - 2) : "";
  if (names_ == Names::never_resolved) {
    co_await async::sleep_for(std::chrono::hours(1));
  }
  std::string reply("\5\0\0\1\0\0\0\0\0\0", 10);
  co_await write(socket, std::move(reply));
}

/// The result is shorter than `size` if the peer has gone away.
asio::awaitable<std::string> SocksServer::read(Socket* socket, std::size_t size) {
  std::string bytes(size, '\0');
  boost::system::error_code error;
  std::size_t const got = co_await asio::async_read(
      *socket, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
  bytes.resize(got);
  co_return bytes;
}

asio::awaitable<void> SocksServer::write(Socket* socket, std::string bytes) {
  boost::system::error_code error;
  co_await asio::async_write(*socket, asio::buffer(bytes),
                             asio::redirect_error(asio::use_awaitable, error));
}

}  // namespace scaleset::http::testing
