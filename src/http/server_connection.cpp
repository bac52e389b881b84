#include "http/server_connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>

#include "base/condition.hpp"
#include "http/server_messages.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::http {
namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
namespace {

constexpr std::uint32_t kMaxHeaderBytes = 64U << 10U;
// At most this much of the next request is read while the handler runs.
constexpr std::size_t kMaxBytesReadAhead = 64U << 10U;
// See linger().
constexpr std::chrono::seconds kLinger{1};

/// One request that the handler answers. Shared by the connection and the handler's coroutine,
/// which sets `done` when it ends.
struct Exchange {
  explicit Exchange(ServerRequest what) : request(std::move(what)) {}

  ServerRequest request;
  ServerResponse response;
  asio::cancellation_signal cancel;
  base::Condition ended;
  bool done = false;
};

ServerResponse internal_error() {
  ServerResponse response;
  response.status = 500;
  response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  response.body = "internal error; see the server's log\n";
  return response;
}

using PlainStream = beast::tcp_stream;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

/// `Stream` is PlainStream or TlsStream.
template <class Stream>
class Connection {
 public:
  /// `arguments` are those of Stream's constructor.
  template <class... Arguments>
  explicit Connection(std::shared_ptr<ConnectionSettings const> settings, Arguments&&... arguments)
      : stream_(std::forward<Arguments>(arguments)...), settings_(std::move(settings)) {}

  /// For TLS only. Returns false if the handshake failed.
  asio::awaitable<bool> shake_hands();
  asio::awaitable<void> serve();

 private:
  using Parser = beast::http::request_parser<beast::http::string_body>;

  asio::awaitable<bool> serve_one();
  asio::awaitable<error_code> read();
  asio::awaitable<void> refuse(error_code error);
  asio::awaitable<bool> run_handler(std::shared_ptr<Exchange> exchange);
  asio::awaitable<void> watch_peer(std::shared_ptr<Exchange> exchange);
  asio::awaitable<error_code> write(WireResponse response);
  asio::awaitable<error_code> write_slowly(WireResponse response, std::chrono::milliseconds over);
  asio::awaitable<void> linger();

  /// The TCP stream below TLS, which has the timers.
  beast::tcp_stream& link() noexcept { return beast::get_lowest_layer(stream_); }

  Stream stream_;
  std::shared_ptr<ConnectionSettings const> settings_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;  // of the request that is being read
};

template <class Stream>
asio::awaitable<bool> Connection<Stream>::shake_hands() {
  error_code error;
  // A peer that connects and says nothing must not hold a connection for ever.
  link().expires_after(settings_->options.idle_timeout);
  co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                   asio::redirect_error(asio::use_awaitable, error));
  link().expires_never();
  co_return !error;
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::serve() {
  bool alive = true;
  while (alive) {
    alive = co_await serve_one();
  }
  error_code ignored;
  link().socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
}

/// Returns false if the connection has to be closed.
template <class Stream>
asio::awaitable<bool> Connection<Stream>::serve_one() {
  error_code const read_error = co_await read();
  bool const cancelled = co_await async::is_cancelled();
  if (cancelled) co_return false;
  if (read_error) {
    co_await refuse(read_error);
    co_return false;
  }
  ReplyContext const context{.version = parser_->get().version(),
                             .keep_alive = parser_->get().keep_alive(),
                             .head = parser_->get().method() == beast::http::verb::head};
  auto exchange = std::make_shared<Exchange>(from_wire(parser_->release()));
  bool const peer_is_there = co_await run_handler(exchange);
  if (!peer_is_there || exchange->response.drop_connection) co_return false;
  std::chrono::milliseconds const over = exchange->response.body_takes;
  WireResponse response = to_wire(std::move(exchange->response), context);
  error_code write_error;
  if (over.count() > 0) {
    write_error = co_await write_slowly(std::move(response), over);
  } else {
    write_error = co_await write(std::move(response));
  }
  co_return !write_error && context.keep_alive;
}

template <class Stream>
asio::awaitable<error_code> Connection<Stream>::read() {
  // A parser reads one message only.
  parser_.emplace();
  parser_->body_limit(settings_->options.max_body_bytes);
  parser_->header_limit(kMaxHeaderBytes);
  error_code error;
  link().expires_after(settings_->options.idle_timeout);
  co_await beast::http::async_read(stream_, buffer_, *parser_,
                                   asio::redirect_error(asio::use_awaitable, error));
  // The handler takes as long as it needs: a poll is held for 50 s.
  link().expires_never();
  co_return error;
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::refuse(error_code error) {
  std::optional<ServerResponse> answer = answer_to_bad_request(error);
  if (!answer) co_return;
  ReplyContext const context{.version = 11, .keep_alive = false, .head = false};
  WireResponse response = to_wire(std::move(*answer), context);
  error_code const write_error = co_await write(std::move(response));
  if (!write_error) {
    co_await linger();
  }
}

asio::awaitable<void> call_handler(std::shared_ptr<ConnectionSettings const> settings,
                                   std::shared_ptr<Exchange> exchange) {
  co_await asio::this_coro::throw_if_cancelled(false);
  std::string failure;
  try {
    ServerResponse response = co_await settings->handler(std::move(exchange->request));
    exchange->response = std::move(response);
    co_return;
  } catch (std::exception const& error) {
    failure = error.what();
  } catch (...) {
    failure = "not a std::exception";
  }
  settings->log.error("a request handler ended with an exception", {{"error", failure}});
  exchange->response = internal_error();
}

/// Returns false if the peer went away or the server stops, because then there is nobody to answer.
/// The handler has a coroutine of its own, so that this one can watch the peer and cancel the
/// handler.
template <class Stream>
asio::awaitable<bool> Connection<Stream>::run_handler(std::shared_ptr<Exchange> exchange) {
  auto on_end = [exchange, &socket = link().socket()](std::exception_ptr) {
    exchange->done = true;
    exchange->ended.notify_all();
    error_code ignored;
    socket.cancel(ignored);  // ends watch_peer()
  };
  asio::co_spawn(link().get_executor(), call_handler(settings_, exchange),
                 asio::bind_cancellation_slot(exchange->cancel.slot(), std::move(on_end)));
  co_await watch_peer(exchange);
  bool const cancelled = co_await async::is_cancelled();
  if (exchange->done) co_return !cancelled;
  // The handler is still running. Wait for its end even if this coroutine is cancelled too: it may
  // use objects that exist only as long as the server.
  exchange->cancel.emit(asio::cancellation_type::terminal);
  while (!exchange->done) {
    co_await exchange->ended.wait_despite_cancellation();
  }
  co_return false;
}

/// Returns when the handler is done, the peer is gone or the connection's coroutine is cancelled.
/// The bytes that the peer sends meanwhile belong to its next request and are kept.
template <class Stream>
asio::awaitable<void> Connection<Stream>::watch_peer(std::shared_ptr<Exchange> exchange) {
  constexpr std::size_t kChunk = 4096;
  while (!exchange->done) {
    error_code error;
    if (buffer_.size() < kMaxBytesReadAhead) {
      std::size_t const count = co_await stream_.async_read_some(
          buffer_.prepare(kChunk), asio::redirect_error(asio::use_awaitable, error));
      buffer_.commit(count);
    } else {
      // The buffer is full. Leave the rest to the kernel, and only notice when the peer is gone.
      co_await link().socket().async_wait(asio::ip::tcp::socket::wait_error,
                                          asio::redirect_error(asio::use_awaitable, error));
    }
    if (error) co_return;
  }
}

template <class Stream>
asio::awaitable<error_code> Connection<Stream>::write(WireResponse response) {
  error_code error;
  link().expires_after(settings_->options.idle_timeout);
  co_await beast::http::async_write(stream_, response,
                                    asio::redirect_error(asio::use_awaitable, error));
  link().expires_never();
  co_return error;
}

template <class Stream>
asio::awaitable<error_code> Connection<Stream>::write_slowly(WireResponse response,
                                                             std::chrono::milliseconds over) {
  // The fault slow_body promises ten pieces.
  constexpr std::size_t kPieces = 10;
  beast::http::response_serializer<beast::http::string_body> serializer(response);
  std::size_t const piece = std::max<std::size_t>(1, response.body().size() / kPieces);
  auto const pause = over / kPieces;
  error_code error;
  link().expires_after(settings_->options.idle_timeout);
  co_await beast::http::async_write_header(stream_, serializer,
                                           asio::redirect_error(asio::use_awaitable, error));
  std::string_view rest = response.body();
  while (!error && !rest.empty()) {
    bool const waited = co_await async::sleep_for(pause);
    if (!waited) co_return asio::error::operation_aborted;
    asio::const_buffer const next(rest.data(), std::min(piece, rest.size()));
    link().expires_after(settings_->options.idle_timeout);
    co_await asio::async_write(stream_, next, asio::redirect_error(asio::use_awaitable, error));
    rest.remove_prefix(next.size());
  }
  link().expires_never();
  co_return error;
}

/// Closing a socket with unread bytes makes the kernel send a reset, which may destroy the answer
/// before the peer has read it. So read and ignore what still comes, for a moment.
template <class Stream>
asio::awaitable<void> Connection<Stream>::linger() {
  error_code error;
  link().socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  std::array<char, 4096> ignored{};
  link().expires_after(kLinger);
  while (!error) {
    co_await link().async_read_some(asio::buffer(ignored),
                                    asio::redirect_error(asio::use_awaitable, error));
  }
}

}  // namespace

asio::awaitable<void> serve_connection(asio::ip::tcp::socket socket,
                                       std::shared_ptr<ConnectionSettings const> settings) {
  if (!settings->tls) {
    Connection<PlainStream> plain(settings, std::move(socket));
    co_await plain.serve();
    co_return;
  }
  Connection<TlsStream> secure(settings, std::move(socket), *settings->tls);
  bool const welcome = co_await secure.shake_hands();
  if (welcome) {
    co_await secure.serve();
  }
}

}  // namespace scaleset::http
