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

/// Makes of what builds a request and what reads its answer one call: sends it, as often as the
/// operation and the retry budget allow (protocol::RetryMachine), and reports each attempt to the
/// hooks. Copies share the transport and the counts. One thread: the transport's.
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
  /// Called once for each attempt, so that one that is repeated is made with the token as it is
  /// then.
  using Builder = std::function<Result<HttpRequest>()>;

  /// `began`: when the whole began, if it had to wait for a token before; RetryOptions::max_elapsed
  /// counts from there. Errors: those of the builder, of the transport and of the reader;
  /// cancelled; timeout (nothing was left of max_elapsed).
  template <class T>
  Task<T> call(protocol::Operation operation, Builder build, Reader<T> read,
               std::optional<Steady> began = std::nullopt);

  /// The two halves of one attempt, for a coroutine of its own: call() is for what may be repeated,
  /// and its frame would exist once for every held poll. The hooks hear of it at the end.
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

  /// A wait between two attempts, told to the log. False: cancelled.
  boost::asio::awaitable<bool> wait_to_retry(Error error, std::chrono::milliseconds delay) const;

  /// Since the client was made, copies included.
  struct Counts {
    std::int64_t requests = 0;
    std::int64_t retries = 0;  // of these
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
    /// The last answer of the service, kept for a failure that has none (W-7). Apart, since there
    /// seldom is one.
    std::unique_ptr<Error> answer;
  };
  [[nodiscard]] Attempts no_attempt_yet(protocol::Operation operation,
                                        std::optional<Steady> began) const;
  /// The next attempt under way, or why there can be none.
  [[nodiscard]] Result<Task<HttpResponse>> next(Attempts& attempts, Builder const& build) const;
  /// The attempt has failed. No value: it was the last. Completes `failure`.
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
  Attempts attempts = no_attempt_yet(operation, began);
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
