#include "client/caller.hpp"

#include "protocol/http_error.hpp"

namespace scaleset::client {

void Caller::report(protocol::Operation operation, int status, int number,
                    std::chrono::steady_clock::time_point since) const {
  ++counts_->requests;
  if (number > 1) ++counts_->retries;
  auto const& metrics = options_->hooks().metrics;
  if (!metrics) return;
  auto const elapsed = std::chrono::duration_cast<std::chrono::microseconds>(now().steady - since);
  metrics->on_http_attempt({protocol::traits(operation).name, status, number, elapsed});
}

Error Caller::out_of_time(protocol::Operation operation) const {
  Error error(ErrorCode::timeout, "not sent: RetryOptions::max_elapsed (" +
                                      std::to_string(options_->retry().max_elapsed.count()) +
                                      " ms) went by while waiting for a token");
  error.operation = protocol::traits(operation).name;
  error.request_sent = false;
  return error;
}

void Caller::remember(std::optional<Error>& answer, Error& failure) {
  if (failure.http_status != 0) {
    answer = failure;
  } else if (answer) {
    failure = protocol::with_earlier_answer(std::move(failure), *answer);
  }
}

Error Caller::cancelled_wait(std::optional<Error> const& answer, Error failure) {
  Error error(ErrorCode::cancelled, "cancelled while waiting to try again");
  error.operation = failure.operation;
  error.attempts = failure.attempts;
  return answer ? protocol::with_earlier_answer(std::move(error), *answer) : error;
}

boost::asio::awaitable<bool> Caller::wait_to_retry(Error error,
                                                   std::chrono::milliseconds delay) const {
  std::string const text = error.to_string();
  log_.warn("a call failed and is tried again",
            {{"error", text}, {"in_ms", std::int64_t{delay.count()}}});
  co_return co_await http::sleep_for(delay);
}

}  // namespace scaleset::client
