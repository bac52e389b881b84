#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scaleset/async/transport.hpp"

namespace scaleset::testing {

/// A transport without a network: every request goes to a function that answers it, and is kept for
/// the test to look at.
class FakeTransport final : public HttpTransport {
 public:
  using Handler = std::function<Result<HttpResponse>(HttpRequest const&)>;
  explicit FakeTransport(Handler handler) : handler_(std::move(handler)) {}

  Task<HttpResponse> send(HttpRequest request) override {
    requests.push_back(request);
    co_return handler_(request);
  }

  std::vector<HttpRequest> requests;

 private:
  Handler handler_;
};

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

}  // namespace scaleset::testing
