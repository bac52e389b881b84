#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "client/finalized_options.hpp"
#include "http/sleep.hpp"
#include "protocol/operations.hpp"
#include "protocol/responses.hpp"
#include "protocol/retry_machine.hpp"
#include "scaleset/async/transport.hpp"

namespace scaleset::client {

/// Makes of a request and a reader one call: sends it, as often as the operation and the retry
/// budget allow (protocol::RetryMachine), and reports each attempt to the hooks. Copies share the
/// transport and the counts. One thread: the transport's.
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

  /// `began`: when the whole began, if it had to wait for a token before; RetryOptions::max_elapsed
  /// counts from there. Errors: those of the transport and of the reader; cancelled; timeout
  /// (nothing was left of max_elapsed).
  template <class T>
  Task<T> call(protocol::Operation operation, HttpRequest request, Reader<T> read,
               std::optional<Steady> began = std::nullopt);
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
  template <class T>
  Task<T> attempt(protocol::Operation operation, HttpRequest request, Reader<T> read, int number);
  void report(protocol::Operation operation, int status, int number,
              std::chrono::steady_clock::time_point since) const;
  [[nodiscard]] Error out_of_time(protocol::Operation operation) const;
  /// Keeps the last answer of the service among the failures of a call, and puts it into a failure
  /// that is none (W-7).
  static void remember(std::optional<Error>& answer, Error& failure);
  [[nodiscard]] static Error cancelled_wait(std::optional<Error> const& answer, Error failure);

  std::shared_ptr<FinalizedClientOptions const> options_;
  std::shared_ptr<HttpTransport> transport_;
  base::Logger log_;
  std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

template <class T>
Task<T> Caller::call(protocol::Operation operation, HttpRequest request, Reader<T> read,
                     std::optional<Steady> began) {
  auto const& transport = options_->transport();
  auto const longest = request.traffic == TrafficClass::long_poll ? transport.poll_timeout
                                                                  : transport.request_timeout;
  request.may_repeat = protocol::traits(operation).may_repeat_after_send;
  protocol::RetryMachine retries(operation, options_->retry(), began.value_or(now().steady),
                                 &options_->retry_budget());
  Result<T> result = std::unexpected(out_of_time(operation));
  std::optional<Error> answer;
  for (int number = 1;; ++number) {
    request.timeout = retries.attempt_timeout(longest, now().steady);
    if (request.timeout.count() == 0) co_return result;
    result = co_await attempt<T>(operation, request, read, number);
    if (result) retries.on_success();
    if (!result) remember(answer, result.error());
    if (result || result.error().code == ErrorCode::cancelled) co_return result;
    auto const decision = retries.on_failure(result.error(), now().steady, random());
    if (!decision.retry) co_return result;
    bool const slept = co_await wait_to_retry(result.error(), decision.delay);
    if (!slept) co_return std::unexpected(cancelled_wait(answer, std::move(result.error())));
  }
}

template <class T>
Task<T> Caller::attempt(protocol::Operation operation, HttpRequest request, Reader<T> read,
                        int number) {
  auto const begun = now().steady;
  auto response = co_await transport_->send(std::move(request));
  report(operation, response ? response->status : 0, number, begun);
  if (!response) {
    response.error().operation = protocol::traits(operation).name;
    co_return std::unexpected(std::move(response.error()));
  }
  co_return read(*response, now().wall);
}

}  // namespace scaleset::client
