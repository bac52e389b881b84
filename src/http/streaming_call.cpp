#include "http/streaming_call.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <sstream>
#include <utility>

#include "base/loop_timer.hpp"

namespace scaleset::http {
namespace {

namespace asio = boost::asio;
namespace wire = boost::beast::http;
using boost::system::error_code;
using Parser = wire::response_parser<wire::buffer_body>;

constexpr std::size_t kPiece = 16U << 10U;
constexpr std::uint32_t kMostHeader = 64U << 10U;

std::string text_of(StreamingCall::Request const& request, std::string const& host) {
  wire::request<wire::string_body> message;
  message.method_string(request.method);
  message.target(request.target);
  message.set(wire::field::host, host);
  if (request.upgrade.empty()) {
    message.set(wire::field::connection, "close");
  } else {
    message.set(wire::field::connection, "Upgrade");
    message.set(wire::field::upgrade, request.upgrade);
  }
  for (auto const& [name, value] : request.headers) message.set(name, value);
  message.body() = request.body;
  message.prepare_payload();
  std::ostringstream text;
  text << message;
  return std::move(text).str();
}

Error bad_answer(error_code const& error) {
  return {ErrorCode::malformed_response, "the answer is not HTTP: " + error.message()};
}

}  // namespace

struct StreamingCall::Impl {
  Impl(asio::any_io_executor its_executor, std::unique_ptr<ByteStream> its_stream)
      : executor(std::move(its_executor)), stream(std::move(its_stream)) {
    parser.header_limit(kMostHeader);
    parser.body_limit(boost::none);
  }

  Task<void> read_head(Duration longest);
  Task<bool> fill(Duration longest);
  std::string take_buffered();
  Result<std::string> parse_piece();
  template <class T>
  Task<T> in_time(Task<T> step, Duration longest);

  asio::any_io_executor executor;
  std::unique_ptr<ByteStream> stream;
  boost::beast::flat_buffer buffer;  // received, not yet parsed
  Parser parser;
  bool upgraded = false;
  bool ended = false;  // the server sends nothing more
};

/// The error of what takes longer is timeout, and the connection is closed.
template <class T>
Task<T> StreamingCall::Impl::in_time(Task<T> step, Duration longest) {
  bool late = false;
  base::LoopTimer deadline(executor);
  deadline.expires_after(longest);
  deadline.on_expiry([this, &late] {
    late = true;
    stream->close();
  });
  auto result = co_await std::move(step);
  if (late) co_return fail(ErrorCode::timeout, "the server does not go on");
  co_return result;
}

/// Receives more. False at the end.
Task<bool> StreamingCall::Impl::fill(Duration longest) {
  auto const room = buffer.prepare(kPiece);
  std::span<char> const bytes(static_cast<char*>(room.data()), room.size());
  auto count = co_await in_time<std::size_t>(stream->read_some(bytes), longest);
  if (!count) co_return std::unexpected(count.error());
  buffer.commit(*count);
  ended = *count == 0;
  co_return !ended;
}

Task<void> StreamingCall::Impl::read_head(Duration longest) {
  while (!parser.is_header_done()) {
    error_code error = wire::error::need_more;
    if (buffer.size() > 0) buffer.consume(parser.put(buffer.data(), error));
    if (parser.is_header_done()) break;
    if (error && error != wire::error::need_more) co_return std::unexpected(bad_answer(error));
    auto filled = co_await fill(longest);
    if (!filled) co_return std::unexpected(filled.error());
    if (!*filled)
      co_return fail(ErrorCode::network, "the connection ended before there was an answer");
  }
  upgraded = parser.get().result() == wire::status::switching_protocols;
  co_return Result<void>();
}

std::string StreamingCall::Impl::take_buffered() {
  auto const bytes = buffer.data();
  std::string text(static_cast<char const*>(bytes.data()), bytes.size());
  buffer.consume(text.size());
  return text;
}

/// What of the body is in the buffer. An empty text: more has to be received, or it is over.
Result<std::string> StreamingCall::Impl::parse_piece() {
  std::array<char, kPiece> room{};
  auto& body = parser.get().body();
  body.data = room.data();
  body.size = room.size();
  body.more = true;
  error_code error;
  // A chunk's head is a step of its own, in which nothing of the body comes.
  while (body.size == room.size() && !parser.is_done() && !error && buffer.size() > 0)
    buffer.consume(parser.put(buffer.data(), error));
  std::string piece(room.data(), room.size() - body.size);
  body.data = nullptr;
  body.size = 0;
  bool const fine = !error || error == wire::error::need_more || error == wire::error::need_buffer;
  if (!fine && piece.empty()) return std::unexpected(bad_answer(error));
  return piece;
}

StreamingCall::StreamingCall(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StreamingCall::~StreamingCall() = default;

Task<std::unique_ptr<StreamingCall>> StreamingCall::begin(asio::any_io_executor executor,
                                                          ServerAddress address, Resolver* resolver,
                                                          Request request, Duration longest) {
  std::string const host = address.socket.empty() ? address.host : "localhost";
  auto stream = co_await connect(executor, std::move(address), resolver, longest);
  if (!stream) co_return std::unexpected(stream.error());
  std::unique_ptr<StreamingCall> call(
      new StreamingCall(std::make_unique<Impl>(std::move(executor), *std::move(stream))));
  Impl& impl = *call->impl_;
  if (request.method == "HEAD") impl.parser.skip(true);
  std::string const text = text_of(request, host);
  auto sent = co_await impl.in_time<void>(impl.stream->write(text), longest);
  if (!sent) co_return std::unexpected(sent.error());
  auto read = co_await impl.read_head(longest);
  if (!read) co_return std::unexpected(read.error());
  co_return call;
}

int StreamingCall::status() const noexcept {
  return static_cast<int>(impl_->parser.get().result_int());
}

std::string StreamingCall::header(std::string_view name) const {
  auto const found = impl_->parser.get().find(boost::beast::string_view(name.data(), name.size()));
  if (found == impl_->parser.get().end()) return {};
  return std::string(found->value());
}

bool StreamingCall::is_upgraded() const noexcept { return impl_->upgraded; }

Task<std::string> StreamingCall::read_some(Duration longest) {
  Impl& impl = *impl_;
  for (;;) {
    if (impl.upgraded && impl.buffer.size() > 0) co_return impl.take_buffered();
    if (!impl.upgraded) {
      if (impl.parser.is_done()) co_return std::string();
      auto piece = impl.parse_piece();
      if (!piece || !piece->empty()) co_return piece;
      if (impl.parser.is_done()) co_return std::string();
    }
    if (impl.ended) break;
    auto filled = co_await impl.fill(longest);
    if (!filled) co_return std::unexpected(filled.error());
  }
  if (impl.upgraded) co_return std::string();
  error_code incomplete;
  impl.parser.put_eof(incomplete);
  if (incomplete)
    co_return fail(ErrorCode::network, "the connection ended before the answer was complete");
  co_return std::string();
}

Task<std::string> StreamingCall::read_rest(std::size_t most, Duration longest) {
  std::string all;
  for (;;) {
    auto piece = co_await read_some(longest);
    if (!piece) co_return piece;
    if (piece->empty()) co_return all;
    if (all.size() + piece->size() > most)
      co_return fail(ErrorCode::malformed_response,
                     "the answer is longer than " + std::to_string(most) + " bytes");
    all += *piece;
  }
}

Task<void> StreamingCall::write(std::string_view text, Duration longest) {
  auto written = co_await impl_->in_time<void>(impl_->stream->write(text), longest);
  co_return written;
}

}  // namespace scaleset::http
