#include "simulator/front/loopback_transport.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/signal.hpp"
#include "base/url.hpp"
#include "scaleset/async/timer.hpp"
#include "simulator/front/dispatch.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace asio = boost::asio;
namespace {

constexpr std::string_view kCancelled = "the call to the simulator was cancelled";

/// One request at the dispatcher, shared by the caller and the dispatch.
struct Exchange {
  std::optional<http::ServerResponse> response;  // has a value once the dispatch has ended
  base::Signal ended;
  asio::cancellation_signal cancel;
};

/// Errors: invalid_argument.
Result<http::ServerRequest> to_server_request(HttpRequest request) {
  Result<base::Url> const url = base::parse_url(request.url);
  if (!url) return std::unexpected(url.error());
  http::ServerRequest made;
  made.method = to_string(request.method);
  made.target = url->target();
  made.headers = std::move(request.headers);
  made.headers.emplace_back("Host", url->authority());
  made.body = std::move(request.body);
  return made;
}

asio::awaitable<http::ServerResponse> answer(Front* front, http::ServerRequest request) {
  co_await asio::this_coro::throw_if_cancelled(false);
  http::ServerResponse response = co_await dispatch(front, std::move(request));
  if (response.body_takes.count() == 0) co_return response;
  bool const whole = co_await async::sleep_for(response.body_takes);
  response.drop_connection = !whole;
  co_return response;
}

void start(asio::any_io_executor const& executor, Front* front, http::ServerRequest request,
           std::shared_ptr<Exchange> const& exchange) {
  auto on_end = [exchange](std::exception_ptr failure, http::ServerResponse response) {
    // This is what the HTTP server does as well.
    exchange->response =
        failure ? text_reply(500, "internal error of the simulator\n") : std::move(response);
    exchange->ended.notify_all();
  };
  asio::co_spawn(executor, answer(front, std::move(request)),
                 asio::bind_cancellation_slot(exchange->cancel.slot(), std::move(on_end)));
}

Error not_sent(Error error) {
  error.request_sent = false;
  return error;
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

}  // namespace

Task<HttpResponse> LoopbackTransport::send(HttpRequest request) {
  bool const cancelled_before = co_await async::is_cancelled();
  if (cancelled_before)
    co_return std::unexpected(not_sent(Error(ErrorCode::cancelled, std::string(kCancelled))));
  std::chrono::milliseconds const timeout = request.timeout;
  Result<http::ServerRequest> made = to_server_request(std::move(request));
  if (!made) co_return std::unexpected(not_sent(made.error()));
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto exchange = std::make_shared<Exchange>();
  start(executor, front_, std::move(*made), exchange);
  bool const wanted = co_await exchange->ended.wait_for(timeout);
  if (exchange->response) co_return to_client_response(std::move(*exchange->response));
  exchange->cancel.emit(asio::cancellation_type::terminal);
  while (!exchange->response) {
    co_await exchange->ended.wait_despite_cancellation();
  }
  if (!wanted) co_return fail(ErrorCode::cancelled, std::string(kCancelled));
  co_return fail(ErrorCode::timeout,
                 "no answer from the simulator within " + std::to_string(timeout.count()) + " ms");
}

}  // namespace scaleset::simulator
