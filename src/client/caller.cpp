#include "client/caller.hpp"

#include <algorithm>

#include "protocol/wire/http_error.hpp"

namespace scaleset::client {
namespace {

/// For a request that could not be built: the error comes out where a response would, so that
/// callers have one path for both.
Task<HttpResponse> refuse(Error error) { co_return std::unexpected(std::move(error)); }

}  // namespace

Task<HttpResponse> Caller::begin(Attempt& attempt, Result<HttpRequest> request,
                                 std::chrono::milliseconds timeout) const {
  attempt.begun = now().steady;
  if (!request) return refuse(std::move(request.error()));
  // libcurl, too, repeats requests by itself unless it is told otherwise (ADR 15).
  request->may_repeat = protocol::traits(attempt.operation).may_repeat_after_send;
  request->timeout = timeout;
  return transport_->send(*std::move(request));
}

Caller::Attempts Caller::start_attempts(protocol::Operation operation,
                                        std::optional<Steady> began) const {
  return {.current = {.operation = operation, .number = 0},
          .retries = {operation, options_->retry(), began.value_or(now().steady),
                      &options_->retry_budget()},
          .answer = nullptr};
}

Result<Task<HttpResponse>> Caller::next(Attempts& attempts, Builder const& build) const {
  auto const longest = options_->transport().request_timeout;
  auto const timeout = attempts.retries.attempt_timeout(longest, now().steady);
  // Before the attempt is counted, so that the error says how many were really made.
  if (timeout.count() == 0) return std::unexpected(out_of_time(attempts));
  ++attempts.current.number;
  return begin(attempts.current, build(), timeout);
}

std::optional<std::chrono::milliseconds> Caller::delay_after(Attempts& attempts,
                                                             Error& failure) const {
  // An answer of the service says more than a network error that follows it, so it is kept.
  if (failure.http_status != 0) {
    attempts.answer = std::make_unique<Error>(failure);
  } else if (attempts.answer) {
    failure = protocol::with_earlier_answer(std::move(failure), *attempts.answer);
  }
  // Not passed to the machine: its caller wants no further attempt, whatever the policy says.
  if (failure.code == ErrorCode::cancelled) return std::nullopt;
  auto const decision = attempts.retries.on_failure(failure, now().steady, random());
  return decision.retry ? std::optional(decision.delay) : std::nullopt;
}

void Caller::report(Attempt const& attempt, int status) const {
  ++counts_->requests;
  if (attempt.number > 1) ++counts_->retries;
  auto const& metrics = options_->hooks().metrics;
  if (!metrics) return;
  auto const elapsed =
      std::chrono::duration_cast<std::chrono::microseconds>(now().steady - attempt.begun);
  auto const name = protocol::traits(attempt.operation).name;
  metrics->on_http_attempt({name, status, attempt.number, elapsed});
}

Error Caller::out_of_time(Attempts const& attempts) const {
  std::string const limit = "RetryOptions::max_elapsed (" +
                            std::to_string(options_->retry().max_elapsed.count()) + " ms)";
  Error error(ErrorCode::timeout, attempts.current.number == 0
                                      ? "not sent: " + limit + " went by while waiting for a token"
                                      : "not sent again: " + limit + " went by");
  error.operation = protocol::traits(attempts.current.operation).name;
  error.attempts = std::max(attempts.current.number, 1);
  // An earlier attempt may have reached the service, so its caller must not take the call for
  // unsent.
  error.request_sent = attempts.current.number > 0;
  return attempts.answer ? protocol::with_earlier_answer(std::move(error), *attempts.answer)
                         : error;
}

Error Caller::cancelled_wait(Attempts const& attempts, Error const& failure) {
  Error error(ErrorCode::cancelled, "cancelled while waiting to try again");
  error.operation = failure.operation;
  error.attempts = failure.attempts;
  return attempts.answer ? protocol::with_earlier_answer(std::move(error), *attempts.answer)
                         : error;
}

boost::asio::awaitable<bool> Caller::wait_to_retry(Error error,
                                                   std::chrono::milliseconds delay) const {
  std::string const text = error.to_string();
  log_.warn("a call failed and is tried again",
            {{"error", text}, {"in_ms", std::int64_t{delay.count()}}});
  co_return co_await async::sleep_for(delay);
}

}  // namespace scaleset::client
