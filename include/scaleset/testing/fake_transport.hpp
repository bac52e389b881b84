#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scaleset/async/timer.hpp"
#include "scaleset/async/transport.hpp"

namespace scaleset::inline v0::testing {

/// A transport without a network: every request goes to a function that answers it, and is kept for
/// the test to look at. An answer with status 0 never comes: the request is held, as a long poll
/// is, until it is cancelled. Not thread-safe: it is used on the loop's thread. With a blocking
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
    co_await async::sleep_for(std::chrono::steady_clock::duration::max());
    co_return fail(ErrorCode::cancelled, "the held request was cancelled");
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

/// Runs a coroutine on a loop until it ends and gives back its result. Everything else on the loop
/// runs along.
template <class T>
Result<T> run_task(boost::asio::io_context& context, Task<T> task) {
  std::optional<Result<T>> outcome;
  boost::asio::co_spawn(context, std::move(task),
                        [&outcome](std::exception_ptr error, Result<T> result) {
                          if (error) std::rethrow_exception(error);
                          outcome = std::move(result);
                        });
  context.restart();
  while (!outcome && context.run_one() > 0) {
  }
  return outcome ? *std::move(outcome)
                 : Result<T>(std::unexpect, ErrorCode::cancelled,
                             "the loop ran out of work before the coroutine ended");
}

}  // namespace scaleset::inline v0::testing
