#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scaleset/async/timer.hpp"
#include "scaleset/async/transport.hpp"

namespace scaleset::inline v0::testing {

/// A transport without a network: every request goes to a function that answers it, and is kept for
/// the test to look at. An answer with status 0 never comes: the request is held, as a long poll
/// is, until it is cancelled or its `timeout` is over (in virtual time, if the loop has
/// async::VirtualTime). Not thread-safe: it is used on the loop's thread. With a blocking
/// Client that is the runtime's thread, so a test may read `requests` only between its calls.
class FakeTransport final : public HttpTransport {
 public:
  /// Makes the answer to a request; called inside send(), on the loop.
  using Handler = std::function<Result<HttpResponse>(HttpRequest const&)>;
  /// `handler` must not be null.
  explicit FakeTransport(Handler handler) : handler_(std::move(handler)) {}

  Task<HttpResponse> send(HttpRequest request) override {
    requests.push_back(request);
    auto answer = handler_(request);
    if (!answer || answer->status != 0) co_return answer;
    bool const cancelled_before = co_await async::is_cancelled();
    if (cancelled_before) co_return fail(ErrorCode::cancelled, "cancelled before it was sent");
    bool const timed_out = co_await async::sleep_for(request.timeout);
    Error error(ErrorCode::cancelled, "the held request was cancelled");
    if (timed_out) error = Error(ErrorCode::timeout, "no answer came within the request's timeout");
    error.request_sent = true;
    co_return std::unexpected(std::move(error));
  }

  /// All requests that were sent, oldest first, with headers and credentials.
  std::vector<HttpRequest> requests;

 private:
  Handler handler_;
};

/// A response with that body; a body makes its type JSON.
[[nodiscard]] inline HttpResponse make_response(int status, std::string body = "",
                                                HeaderList headers = {}) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  if (!response.body.empty())
    response.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  return response;
}

/// What a service that takes any credentials answers to the requests for tokens (protocol.md E1 to
/// E3): a client then finds the rest of the service at "https://service/". No value if it is
/// another request.
[[nodiscard]] inline std::optional<HttpResponse> answer_token_request(HttpRequest const& request) {
  // {"alg":"none"} and {"exp":4102444800}: good until 2100.
  constexpr auto token = "eyJhbGciOiJub25lIn0.eyJleHAiOjQxMDI0NDQ4MDB9.c2ln";
  if (request.url.ends_with("/access_tokens"))
    return make_response(201, R"({"token":"installation","expires_at":"2100-01-01T00:00:00Z"})");
  if (request.url.ends_with("/registration-token"))
    return make_response(201, R"({"token":"registration","expires_at":"2100-01-01T00:00:00Z"})");
  if (request.url.ends_with("/runner-registration"))
    return make_response(200,
                         std::string(R"({"url":"https://service/","token":")") + token + "\"}");
  return std::nullopt;
}

/// Spawns a coroutine on a loop. Its result appears in what is returned, once it has ended.
template <class T>
std::shared_ptr<std::optional<Result<T>>> start_task(boost::asio::io_context& context,
                                                     Task<T> task) {
  auto outcome = std::make_shared<std::optional<Result<T>>>();
  boost::asio::co_spawn(context, std::move(task),
                        [outcome](std::exception_ptr error, Result<T> result) {
                          if (error) std::rethrow_exception(error);
                          *outcome = std::move(result);
                        });
  return outcome;
}

/// Runs a coroutine on a loop until it ends and gives back its result. Everything else on the loop
/// runs along. On a loop with async::VirtualTime use the other run_task(), because nobody would
/// move the time here.
template <class T>
Result<T> run_task(boost::asio::io_context& context, Task<T> task) {
  auto const outcome = start_task(context, std::move(task));
  context.restart();
  while (!*outcome && context.run_one() > 0) {
  }
  if (*outcome) return std::move(**outcome);
  return fail(ErrorCode::cancelled, "the loop ran out of work before the coroutine ended");
}

/// The same in virtual time: whenever nothing is ready, the time moves to the next moment that
/// something waits for. ErrorCode::cancelled if nothing waits for a moment and the coroutine has
/// not ended: it waits for something else, and may still end later.
template <class T>
Result<T> run_task(boost::asio::io_context& context, async::VirtualTime& time, Task<T> task) {
  auto const outcome = start_task(context, std::move(task));
  while (!*outcome && time.advance_to_next()) {
  }
  if (*outcome) return std::move(**outcome);
  return fail(ErrorCode::cancelled, "nothing moves the time on, and the coroutine has not ended");
}

}  // namespace scaleset::inline v0::testing
