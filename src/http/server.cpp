#include "http/server.hpp"

#include <fcntl.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/server_connection.hpp"
#include "scaleset/async/scope.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::http {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
namespace {

// Asio leaves sockets open across exec(); a runner must not inherit them.
template <class Socket>
void close_on_exec(Socket& socket) {
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

std::string place(std::string const& address, std::uint16_t port) {
  bool const is_ip6 = address.find(':') != std::string::npos;
  return (is_ip6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

std::string explain(error_code error) {
  if (error == asio::error::address_in_use) {
    return "address already in use; choose another port, or 0 for any free one";
  }
  if (error == boost::system::errc::permission_denied) {
    return "permission denied; ports below 1024 are for privileged users, choose a higher one";
  }
  if (error == boost::system::errc::address_not_available) {
    return "this machine does not have that address; 127.0.0.1 and 0.0.0.0 always work";
  }
  return error.message();
}

error_code open(tcp::acceptor& acceptor, tcp::endpoint const& endpoint) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (error) return error;
  close_on_exec(acceptor);
  // A restarted simulator gets its port back although old connections are still in TIME_WAIT.
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  return error;
}

error_code prepare_tls(ConnectionSettings& settings) {
  error_code error;
  if (!settings.options.identity) return error;
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  Identity const& identity = *settings.options.identity;
  context->use_certificate_chain(asio::buffer(identity.certificate), error);
  if (!error) context->use_private_key(asio::buffer(identity.key), asio::ssl::context::pem, error);
  settings.tls = std::move(context);
  return error;
}

}  // namespace

struct Server::Impl {
  Impl(asio::any_io_executor executor, ServerHandler handler, ServerOptions options,
       std::shared_ptr<LogSink> sink)
      : acceptor(executor),
        log(sink, "http.server"),
        settings(std::make_shared<ConnectionSettings>(std::move(handler), std::move(options), log)),
        scope(executor, std::move(sink)) {}

  static asio::awaitable<void> accept(std::shared_ptr<Impl> self);
  void request_stop();

  tcp::acceptor acceptor;
  base::Logger log;
  std::shared_ptr<ConnectionSettings> settings;
  async::TaskScope scope;
};

asio::awaitable<void> Server::Impl::accept(std::shared_ptr<Impl> self) {
  constexpr std::chrono::milliseconds kPauseAfterFailure{100};
  while (!self->scope.stop_requested()) {
    tcp::socket socket(self->acceptor.get_executor());
    error_code error;
    co_await self->acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (self->scope.stop_requested()) co_return;
    if (error) {
      // For example, there are no file descriptors left. The connection stays in the kernel's
      // queue, so wait a moment instead of spinning.
      std::string const text = error.message();
      self->log.warn("cannot accept a connection", {{"error", text}});
      co_await async::sleep_for(kPauseAfterFailure);
      continue;
    }
    close_on_exec(socket);
    // An answer is small and complete, so waiting for more to send with it would only delay it.
    socket.set_option(tcp::no_delay(true), error);
    self->scope.spawn(serve_connection(std::move(socket), self->settings));
  }
}

void Server::Impl::request_stop() {
  error_code ignored;
  acceptor.close(ignored);
  scope.request_stop();
}

Result<std::unique_ptr<Server>> Server::listen(asio::any_io_executor executor,
                                               std::string const& address, std::uint16_t port,
                                               ServerHandler handler, ServerOptions options,
                                               std::shared_ptr<LogSink> log) {
  std::string const cannot = "cannot listen on " + place(address, port) + ": ";
  error_code error;
  asio::ip::address const parsed = asio::ip::make_address(address, error);
  if (error) return fail(ErrorCode::io, cannot + "not an IP address such as 127.0.0.1 or ::1");
  auto impl = std::make_shared<Impl>(std::move(executor), std::move(handler), std::move(options),
                                     std::move(log));
  error = prepare_tls(*impl->settings);
  if (error) {
    return fail(ErrorCode::invalid_argument,
                "the server's certificate cannot be used: " + error.message());
  }
  error = open(impl->acceptor, tcp::endpoint(parsed, port));
  if (error) return fail(ErrorCode::io, cannot + explain(error));
  impl->scope.spawn(Impl::accept(impl));
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  if (!impl_->scope.stop_requested()) impl_->request_stop();
}

std::uint16_t Server::port() const noexcept {
  error_code error;
  tcp::endpoint const endpoint = impl_->acceptor.local_endpoint(error);
  return error ? std::uint16_t{0} : endpoint.port();
}

asio::awaitable<void> Server::stop() {
  // The server may be destroyed while this coroutine waits.
  std::shared_ptr<Impl> const kept = impl_;
  kept->request_stop();
  co_await kept->scope.join();
}

}  // namespace scaleset::http
