#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "client/finalized_options.hpp"
#include "protocol/machines/retry_machine.hpp"
#include "protocol/wire/operations.hpp"
#include "protocol/wire/responses.hpp"
#include "scaleset/async/timer.hpp"
#include "scaleset/async/transport.hpp"

namespace scaleset::client {

/// Makes calls to the service. A call is a function that builds the request and one that reads the
/// answer; Caller sends it as often as the operation and the retry budget allow
/// (protocol::RetryMachine), and reports each attempt to the hooks. Copies share the transport and
/// the counts. Not thread-safe: use it only on the transport's thread.
class Caller {
 public:
  Caller(std::shared_ptr<FinalizedClientOptions const> options,
         std::shared_ptr<HttpTransport> transport)
      : options_(std::move(options)),
        transport_(std::move(transport)),
        log_(options_->hooks().log, "client") {}

  template <class T>
  using Reader = std::function<Result<T>(HttpResponse const&, protocol::WallTime)>;

  using Steady = std::chrono::steady_clock::time_point;
  /// Called once for each attempt, so that a repeated one is made with the token of that moment.
  using Builder = std::function<Result<HttpRequest>()>;

  /// Makes a call. `began` is when it began, if it had to wait for a token first:
  /// RetryOptions::max_elapsed counts from there. Errors: those of the builder, of the transport
  /// and of the reader; cancelled; timeout (nothing was left of max_elapsed).
  template <class T>
  Task<T> call(protocol::Operation operation, Builder build, Reader<T> read,
               std::optional<Steady> began = std::nullopt);

  /// One attempt in two halves, for polls. They are never repeated, and thousands may be held at a
  /// time, so they do without the large frame of call(). end() reports the attempt to the hooks.
  struct Attempt {
    protocol::Operation operation;
    int number = 1;
    Steady begun{};
  };
  [[nodiscard]] Task<HttpResponse> begin(Attempt& attempt, Result<HttpRequest> request,
                                         std::chrono::milliseconds timeout) const;
  template <class T>
  [[nodiscard]] Result<T> end(Attempt const& attempt, Result<HttpResponse> response,
                              Reader<T> const& read) const;

  /// Logs that the call is tried again after `delay`, and waits for it. False: cancelled.
  boost::asio::awaitable<bool> wait_to_retry(Error error, std::chrono::milliseconds delay) const;

  /// Counted since the client was made, by all copies together.
  struct Counts {
    std::int64_t requests = 0;
    std::int64_t retries = 0;  // those among them that repeated another
  };
  [[nodiscard]] Counts const& counts() const noexcept { return *counts_; }

  [[nodiscard]] FinalizedClientOptions const& options() const noexcept { return *options_; }
  [[nodiscard]] std::shared_ptr<FinalizedClientOptions const> const& shared_options()
      const noexcept {
    return options_;
  }
  [[nodiscard]] std::shared_ptr<HttpTransport> const& transport() const noexcept {
    return transport_;
  }
  [[nodiscard]] base::Logger const& log() const noexcept { return log_; }
  [[nodiscard]] Now now() const noexcept { return options_->hooks().clock->now(); }
  [[nodiscard]] RandomSource& random() const noexcept { return *options_->hooks().random; }

 private:
  /// What is kept from one attempt of a call to the next.
  struct Attempts {
    Attempt current;
    protocol::RetryMachine retries;
    /// The last error that the service answered, for when a later attempt fails without an answer
    /// (W-7). On the heap, since there seldom is one.
    std::unique_ptr<Error> answer;
  };
  [[nodiscard]] Attempts start_attempts(protocol::Operation operation,
                                        std::optional<Steady> began) const;
  /// Starts the next attempt. Errors: timeout, if no time is left for it.
  [[nodiscard]] Result<Task<HttpResponse>> next(Attempts& attempts, Builder const& build) const;
  /// The wait after a failed attempt, before the next. No value: it was the last one. Completes
  /// `failure`.
  [[nodiscard]] std::optional<std::chrono::milliseconds> delay_after(Attempts& attempts,
                                                                     Error& failure) const;
  void report(Attempt const& attempt, int status) const;
  [[nodiscard]] Error out_of_time(Attempts const& attempts) const;
  [[nodiscard]] static Error cancelled_wait(Attempts const& attempts, Error const& failure);

  std::shared_ptr<FinalizedClientOptions const> options_;
  std::shared_ptr<HttpTransport> transport_;
  base::Logger log_;
  std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

template <class T>
Task<T> Caller::call(protocol::Operation operation, Builder build, Reader<T> read,
                     std::optional<Steady> began) {
  Attempts attempts = start_attempts(operation, began);
  for (;;) {
    auto sending = next(attempts, build);
    if (!sending) co_return std::unexpected(std::move(sending.error()));
    auto response = co_await *std::move(sending);
    Result<T> result = end(attempts.current, std::move(response), read);
    if (result) attempts.retries.on_success();
    if (result) co_return result;
    auto const delay = delay_after(attempts, result.error());
    if (!delay) co_return result;
    bool const slept = co_await wait_to_retry(result.error(), *delay);
    if (!slept) co_return std::unexpected(cancelled_wait(attempts, result.error()));
  }
}

template <class T>
Result<T> Caller::end(Attempt const& attempt, Result<HttpResponse> response,
                      Reader<T> const& read) const {
  report(attempt, response ? response->status : 0);
  if (response) return read(*response, now().wall);
  response.error().operation = protocol::traits(attempt.operation).name;
  return std::unexpected(std::move(response.error()));
}

}  // namespace scaleset::client
