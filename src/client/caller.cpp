#include "client/caller.hpp"

#include <algorithm>

#include "client/guarded_task.hpp"
#include "protocol/wire/http_error.hpp"

namespace scaleset::client {
namespace {

/// For a request that could not be built: the error comes out where a response would, so that
/// callers have one path for both.
Task<HttpResponse> refuse(Error error) { co_return std::unexpected(std::move(error)); }

/// "GET /path". The query is left out, because it may hold credentials.
std::string target_of(HttpRequest const& request) {
  std::string_view url = request.url;
  url = url.substr(0, url.find('?'));
  auto const host = url.find("://");
  auto const path = host == std::string_view::npos ? host : url.find('/', host + 3);
  std::string target(to_string(request.method));
  return target.append(" ").append(path == std::string_view::npos ? "/" : url.substr(path));
}

}  // namespace

Task<HttpResponse> Caller::begin(Attempt& attempt, Result<HttpRequest> request,
                                 std::chrono::milliseconds timeout) const {
  attempt.begun = now().steady;
  if (!request) {
    request.error().request_sent = false;
    request.error().attempts = 0;
    return refuse(std::move(request.error()));
  }
  if (log_.enabled(LogLevel::debug))
    attempt.target = std::make_unique<std::string>(target_of(*request));
  // libcurl, too, repeats requests by itself unless it is told otherwise (ADR 15).
  request->may_repeat = protocol::traits(attempt.operation).may_repeat_after_send;
  request->timeout = timeout;
  if (!users_transport_) return transport_->send(*std::move(request));
  auto send = [transport = transport_, request = *std::move(request)]() mutable {
    return transport->send(std::move(request));
  };
  return guarded_task<HttpResponse>(ErrorCode::network, "HttpTransport::send", std::move(send));
}

Caller::Attempts Caller::start_attempts(protocol::Operation operation,
                                        std::optional<Steady> began) const {
  return {.current = {.operation = operation, .number = 0},
          .retries = {operation, options_->retry(), began.value_or(now().steady),
                      &options_->retry_budget()},
          .answer = nullptr,
          .last = nullptr,
          .sent = false};
}

Result<Task<HttpResponse>> Caller::next(Attempts& attempts, Builder const& build) const {
  auto const longest = options_->transport().request_timeout;
  auto const timeout = attempts.retries.attempt_timeout(longest, now().steady);
  // Before the attempt is counted, so that the error says how many were really made.
  if (timeout.count() == 0) return std::unexpected(out_of_time(attempts));
  auto request = build();
  if (!request) return std::unexpected(ended_early(attempts, std::move(request.error())));
  ++attempts.current.number;
  return begin(attempts.current, std::move(request), timeout);
}

std::optional<std::chrono::milliseconds> Caller::delay_after(Attempts& attempts,
                                                             Error& failure) const {
  attempts.sent = attempts.sent || failure.request_sent;
  // Not passed to the machine: its caller wants no further attempt, whatever the policy says.
  if (failure.code == ErrorCode::cancelled) {
    failure = ended_early(attempts, std::move(failure));
    return std::nullopt;
  }
  bool const refused = failure.attempts == 0;  // by the transport, before a request was made
  // Decided by what became of this attempt alone.
  auto const decision = attempts.retries.on_failure(failure, now().steady, random());
  if (refused) --failure.attempts;
  failure.request_sent = attempts.sent;
  auto what = std::make_unique<std::string>(failure.message);
  // An answer of the service says more than a network error that follows it, so it is kept.
  if (failure.http_status != 0) {
    attempts.answer = std::make_unique<Error>(failure);
  } else if (attempts.answer) {
    failure = protocol::with_earlier_answer(std::move(failure), *attempts.answer);
  } else if (failure.code == ErrorCode::timeout && attempts.last) {
    failure.message += "; before that " + *attempts.last;
  }
  attempts.last = std::move(what);
  return decision.retry ? std::optional(decision.delay) : std::nullopt;
}

void Caller::report(Attempt const& attempt, int status) const {
  ++counts_->requests;
  if (attempt.number > 1) ++counts_->retries;
  auto const elapsed =
      std::chrono::duration_cast<std::chrono::microseconds>(now().steady - attempt.begun);
  auto const name = protocol::traits(attempt.operation).name;
  if (attempt.target)
    log_.debug("call", {{"operation", name},
                        {"request", *attempt.target},
                        {"status", std::int64_t{status}},
                        {"ms", std::int64_t{elapsed.count() / 1000}},
                        {"attempt", std::int64_t{attempt.number}}});
  auto const& metrics = options_->hooks().metrics;
  if (!metrics) return;
  metrics->on_http_attempt({name, status, attempt.number, elapsed});
}

Error Caller::ended_early(Attempts const& attempts, Error error) {
  error.operation = protocol::traits(attempts.current.operation).name;
  error.attempts = attempts.current.number;
  error.request_sent = attempts.sent;
  if (attempts.answer) return protocol::with_earlier_answer(std::move(error), *attempts.answer);
  if (attempts.last) error.message += "; before that " + *attempts.last;
  return error;
}

Error Caller::out_of_time(Attempts const& attempts) const {
  std::string const limit = "RetryOptions::max_elapsed (" +
                            std::to_string(options_->retry().max_elapsed.count()) + " ms)";
  Error error(ErrorCode::timeout, attempts.current.number == 0
                                      ? "not sent: " + limit + " went by while waiting for a token"
                                      : "not sent again: " + limit + " went by");
  return ended_early(attempts, std::move(error));
}

Error Caller::cancelled_wait(Attempts const& attempts) {
  return ended_early(attempts, Error(ErrorCode::cancelled, "cancelled while waiting to try again"));
}

boost::asio::awaitable<bool> Caller::wait_to_retry(Error error,
                                                   std::chrono::milliseconds delay) const {
  std::string const text = error.to_string();
  if (progress_) progress_->last_failure = text;
  log_.debug("a call failed and is tried again",
             {{"error", text}, {"in_ms", std::int64_t{delay.count()}}});
  co_return co_await async::sleep_for(delay);
}

}  // namespace scaleset::client
