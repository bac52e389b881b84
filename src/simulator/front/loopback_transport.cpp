#include "simulator/front/loopback_transport.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "base/loop_timer.hpp"
#include "base/url.hpp"
#include "scaleset/async/timer.hpp"
#include "simulator/front/exchange.hpp"

namespace scaleset::simulator {
namespace asio = boost::asio;
namespace {

/// Errors: invalid_argument.
Result<http::ServerRequest> to_server_request(HttpRequest request) {
  Result<base::Url> const url = base::parse_url(request.url);
  if (!url) return std::unexpected(url.error());
  http::ServerRequest made;
  made.method = to_string(request.method);
  made.target = url->target();
  made.headers = std::move(request.headers);
  // The URLs in the simulator's answers are made of it.
  made.headers.emplace_back("Host", url->authority());
  made.body = std::move(request.body);
  return made;
}

Result<HttpResponse> to_client_response(http::ServerResponse response) {
  if (response.drop_connection)
    return fail(ErrorCode::network, "the simulator closed the connection without an answer");
  HttpResponse made;
  made.status = response.status;
  made.headers = std::move(response.headers);
  made.body = std::move(response.body);
  return made;
}

Error not_sent(Error error) {
  error.request_sent = false;
  return error;
}

Error cancelled() { return Error(ErrorCode::cancelled, "the call to the simulator was cancelled"); }

Error out_of_time(std::chrono::milliseconds timeout) {
  return Error(ErrorCode::timeout, "no complete response from the simulator within " +
                                       std::to_string(timeout.count()) + " ms");
}

/// The answer within that time. Cancels the dispatch otherwise, and waits for its end.
asio::awaitable<Result<http::ServerResponse>> answer_of(std::shared_ptr<Exchange> exchange,
                                                        std::chrono::milliseconds timeout) {
  bool const wanted = co_await exchange->ended.wait_for(timeout);
  if (exchange->response) co_return std::move(*exchange->response);
  exchange->cancel.emit(asio::cancellation_type::terminal);
  // The dispatch uses the front, which must not be gone before it has ended.
  while (!exchange->response) {
    co_await exchange->ended.wait_despite_cancellation();
  }
  // `wanted` is false if the caller was cancelled; true here means that the time is up.
  co_return std::unexpected(wanted ? out_of_time(timeout) : cancelled());
}

}  // namespace

Task<HttpResponse> LoopbackTransport::send(HttpRequest request) {
  bool const cancelled_before = co_await async::is_cancelled();
  if (cancelled_before) co_return std::unexpected(not_sent(cancelled()));
  std::chrono::milliseconds const timeout = request.timeout;
  Result<http::ServerRequest> made = to_server_request(std::move(request));
  if (!made) co_return std::unexpected(not_sent(made.error()));
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto const deadline = base::loop_now(executor).steady + timeout;
  std::shared_ptr<Exchange> const exchange = begin_exchange(executor, front_, std::move(*made));
  Result<http::ServerResponse> response = co_await answer_of(exchange, timeout);
  if (!response) co_return std::unexpected(response.error());
  // The fault slow_body: the server would write the body in pieces. Here only the time passes.
  if (response->body_takes.count() > 0) {
    auto const left = deadline - base::loop_now(executor).steady;
    bool const in_time = response->body_takes <= left;
    auto const rest = in_time ? response->body_takes : left;
    bool const waited = co_await async::sleep_for(rest);
    if (!waited) co_return std::unexpected(cancelled());
    if (!in_time) co_return std::unexpected(out_of_time(timeout));
  }
  co_return to_client_response(std::move(*response));
}

}  // namespace scaleset::simulator
