#include "http/byte_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "base/loop_timer.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;
using TlsStream = asio::ssl::stream<Socket>;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

bool is_end(error_code const& error) {
  // Many servers close a connection without the end of the TLS conversation.
  return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

Error error_of(error_code const& error, std::string_view what) {
  if (error == asio::error::operation_aborted) return {ErrorCode::cancelled, "cancelled"};
  return {ErrorCode::network, std::string(what) + ": " + error.message()};
}

/// Asio ends only the operation during which a cancellation comes. One that begins later would wait
/// for the server, maybe for ever, so each asks first.
std::unexpected<Error> cancelled_error() { return fail(ErrorCode::cancelled, "cancelled"); }

Socket& socket_of(Socket& stream) { return stream; }
Socket& socket_of(TlsStream& stream) { return stream.next_layer(); }

/// `Stream` is Socket or TlsStream.
template <class Stream>
class Connected final : public ByteStream {
 public:
  template <class... Arguments>
  explicit Connected(std::shared_ptr<asio::ssl::context> context, Arguments&&... arguments)
      : context_(std::move(context)), stream_(std::forward<Arguments>(arguments)...) {}

  Task<std::size_t> read_some(std::span<char> room) override {
    bool const cancelled = co_await async::is_cancelled();
    if (cancelled) co_return cancelled_error();
    auto const buffer = asio::buffer(room.data(), room.size());
    auto [error, count] = co_await stream_.async_read_some(buffer, kNoThrow);
    if (is_end(error)) co_return std::size_t{0};
    if (error) co_return std::unexpected(error_of(error, "the connection broke"));
    co_return count;
  }

  Task<void> write(std::string_view text) override {
    bool const cancelled = co_await async::is_cancelled();
    if (cancelled) co_return cancelled_error();
    auto const buffer = asio::buffer(text.data(), text.size());
    auto [error, count] = co_await asio::async_write(stream_, buffer, kNoThrow);
    if (error) co_return std::unexpected(error_of(error, "the connection broke"));
    co_return Result<void>();
  }

  void close() override {
    error_code ignored;
    socket_of(stream_).close(ignored);
  }

  Stream& stream() noexcept { return stream_; }

 private:
  std::shared_ptr<asio::ssl::context> context_;  // null without TLS
  Stream stream_;
};

// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): it outlives the call
asio::awaitable<error_code> connect_to(Socket* socket, Socket::endpoint_type endpoint) {
  bool const cancelled = co_await async::is_cancelled();
  if (cancelled) co_return asio::error::operation_aborted;
  auto [error] = co_await socket->async_connect(endpoint, kNoThrow);
  co_return error;
}

Task<Socket::endpoint_type> unix_endpoint(std::string path) {
  try {
    co_return Socket::endpoint_type(asio::local::stream_protocol::endpoint(path));
  } catch (boost::system::system_error const& error) {
    co_return fail(ErrorCode::network, error.code().message());
  }
}

Task<std::vector<Socket::endpoint_type>> endpoints_of(ServerAddress address, Resolver* resolver,
                                                      std::chrono::milliseconds longest) {
  std::vector<Socket::endpoint_type> endpoints;
  if (!address.socket.empty()) {
    auto path = co_await unix_endpoint(address.socket);
    if (!path) co_return std::unexpected(path.error());
    endpoints.push_back(*path);
    co_return endpoints;
  }
  Addresses numbers{address.host};
  error_code not_a_number;
  asio::ip::make_address(address.host, not_a_number);
  if (not_a_number) {
    auto found = co_await resolver->find(address.host, longest, nullptr);
    if (!found) co_return std::unexpected(found.error());
    numbers = *std::move(found);
  }
  for (std::string const& number : numbers) {
    auto const parsed = asio::ip::make_address(number, not_a_number);
    if (!not_a_number) endpoints.emplace_back(asio::ip::tcp::endpoint(parsed, address.port));
  }
  co_return endpoints;
}

Result<std::shared_ptr<asio::ssl::context>> context_for(ClientTls const& tls) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  error_code error;
  std::string what = "the authorities";
  if (tls.authorities.empty())
    context->set_default_verify_paths(error);
  else
    context->add_certificate_authority(asio::buffer(tls.authorities), error);
  if (!error && !tls.certificate.empty()) {
    what = "the client certificate";
    context->use_certificate_chain(asio::buffer(tls.certificate), error);
    if (!error)
      context->use_private_key(asio::buffer(tls.key.reveal()), asio::ssl::context::pem, error);
  }
  if (error) return fail(ErrorCode::invalid_options, what + " cannot be used: " + error.message());
  return context;
}

Result<std::unique_ptr<Connected<TlsStream>>> secured(Socket socket, ServerAddress const& address) {
  auto context = context_for(*address.tls);
  if (!context) return std::unexpected(context.error());
  auto made = std::make_unique<Connected<TlsStream>>(*context, std::move(socket), **context);
  TlsStream& stream = made->stream();
  if (address.tls->verify) {
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification(address.host));
  } else {
    stream.set_verify_mode(asio::ssl::verify_none);
  }
  std::string host = address.host;
  // What the macro SSL_set_tlsext_host_name does, without its casts.
  SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           host.data());
  return made;
}

Task<std::unique_ptr<ByteStream>> shake_hands(std::unique_ptr<Connected<TlsStream>> made) {
  bool const cancelled = co_await async::is_cancelled();
  if (cancelled) co_return cancelled_error();
  auto [error] = co_await made->stream().async_handshake(asio::ssl::stream_base::client, kNoThrow);
  if (!error) co_return std::unique_ptr<ByteStream>(std::move(made));
  if (SSL_get_verify_result(made->stream().native_handle()) != X509_V_OK)
    co_return fail(ErrorCode::tls_verification,
                   "its certificate is not trusted: " + error.message());
  co_return std::unexpected(error_of(error, "the TLS handshake failed"));
}

Task<std::unique_ptr<ByteStream>> connect_now(asio::any_io_executor executor, ServerAddress address,
                                              Resolver* resolver, std::chrono::milliseconds longest,
                                              Socket** open) {
  auto endpoints = co_await endpoints_of(address, resolver, longest);
  if (!endpoints) co_return std::unexpected(endpoints.error());
  Socket socket(executor);
  error_code error = asio::error::host_not_found;
  for (auto const& endpoint : *endpoints) {
    *open = &socket;
    error = co_await connect_to(&socket, endpoint);
    *open = nullptr;
    if (!error || error == asio::error::operation_aborted) break;
    error_code ignored;
    socket.close(ignored);
  }
  if (error == asio::error::operation_aborted) co_return cancelled_error();
  if (error) co_return fail(ErrorCode::network, error.message());
  if (!address.tls)
    co_return std::unique_ptr<ByteStream>(
        std::make_unique<Connected<Socket>>(nullptr, std::move(socket)));
  auto made = secured(std::move(socket), address);
  if (!made) co_return std::unexpected(made.error());
  *open = &made->get()->stream().next_layer();
  auto shaken = co_await shake_hands(*std::move(made));
  *open = nullptr;
  co_return shaken;
}

}  // namespace

std::string ServerAddress::text() const {
  if (!socket.empty()) return "unix://" + socket;
  bool const is_ipv6 = host.contains(':');
  return "tcp://" + (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Task<std::unique_ptr<ByteStream>> connect(asio::any_io_executor executor, ServerAddress address,
                                          Resolver* resolver, std::chrono::milliseconds longest) {
  Socket* open = nullptr;
  bool late = false;
  base::LoopTimer deadline(executor);
  deadline.expires_after(longest);
  deadline.on_expiry([&open, &late] {
    late = true;
    error_code ignored;
    if (open != nullptr) open->cancel(ignored);
  });
  auto connected = co_await connect_now(executor, address, resolver, longest, &open);
  if (connected) co_return connected;
  Error error = connected.error();
  if (late) error = Error(ErrorCode::timeout, "it does not answer");
  if (error.code != ErrorCode::cancelled)
    error.message = "cannot connect to " + address.text() + ": " + error.message;
  co_return std::unexpected(std::move(error));
}

}  // namespace scaleset::http
