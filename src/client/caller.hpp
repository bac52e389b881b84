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
  /// `users_transport`: the transport was given to the client, and may throw.
  Caller(std::shared_ptr<FinalizedClientOptions const> options,
         std::shared_ptr<HttpTransport> transport, bool users_transport)
      : options_(std::move(options)),
        transport_(std::move(transport)),
        users_transport_(users_transport),
        user_agent_(options_->user_agent()),
        log_(options_->hooks().log, "client") {}

  template <class T>
  using Reader = std::function<Result<T>(HttpResponse const&, protocol::WallTime)>;

  using Steady = std::chrono::steady_clock::time_point;
  /// Called once for each attempt, so that a repeated one is made with the token of that moment.
  using Builder = std::function<Result<HttpRequest>()>;

  /// For those who wait for the end of a call, or of a chain of calls.
  struct Progress {
    std::string last_failure;  // of a call that is tried again
    std::string_view asking;   // whose answer is waited for, if that is not the service
  };
  /// Keeps this in `place`. Copies made afterwards do the same.
  void report_progress(std::shared_ptr<Progress> place) { progress_ = std::move(place); }
  /// `who` must live as long as the options do. Empty: the service again.
  void asks(std::string_view who) const {
    if (progress_) progress_->asking = who;
  }

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
    std::unique_ptr<std::string> target = nullptr;  // for the log; null if it shows no calls
  };
  [[nodiscard]] Task<HttpResponse> begin(Attempt& attempt, Result<HttpRequest> request,
                                         std::chrono::milliseconds timeout) const;
  template <class T>
  [[nodiscard]] Result<T> end(Attempt const& attempt, Result<HttpResponse> response,
                              Reader<T> const& read) const;

  /// Logs that the call is tried again after `delay`, and waits for it. That is no warning: if no
  /// attempt succeeds, whoever made the call gets the error. False: cancelled.
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
  /// From now on calls go over this transport, which is one of the library's.
  void set_transport(std::shared_ptr<HttpTransport> transport) {
    transport_ = std::move(transport);
    users_transport_ = false;
  }
  [[nodiscard]] std::string const& user_agent() const noexcept { return user_agent_; }
  void set_user_agent(std::string user_agent) { user_agent_ = std::move(user_agent); }
  [[nodiscard]] base::Logger const& log() const noexcept { return log_; }
  [[nodiscard]] Now now() const noexcept { return options_->hooks().clock->now(); }
  [[nodiscard]] RandomSource& random() const noexcept { return *options_->hooks().random; }

 private:
  /// What is kept from one attempt of a call to the next.
  struct Attempts {
    Attempt current;
    protocol::RetryMachine retries;
    /// The last error that the service answered, for when a later attempt fails without an answer
    /// (W-7), and the text of the last failure of any kind. On the heap, since there seldom is one.
    std::unique_ptr<Error> answer;
    std::unique_ptr<std::string> last;
    bool sent = false;  // the service may have seen one of the requests
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
  /// The error for a call that ends before its next request: with what the earlier ones came to.
  [[nodiscard]] static Error ended_early(Attempts const& attempts, Error error);
  [[nodiscard]] Error out_of_time(Attempts const& attempts) const;
  [[nodiscard]] static Error cancelled_wait(Attempts const& attempts);

  std::shared_ptr<FinalizedClientOptions const> options_;
  std::shared_ptr<HttpTransport> transport_;
  bool users_transport_;
  std::string user_agent_;
  base::Logger log_;
  std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
  std::shared_ptr<Progress> progress_;  // null: nobody wants to know
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
    if (!slept) co_return std::unexpected(cancelled_wait(attempts));
  }
}

template <class T>
Result<T> Caller::end(Attempt const& attempt, Result<HttpResponse> response,
                      Reader<T> const& read) const {
  bool const made = response || response.error().attempts > 0;  // not refused before it was made
  if (made) report(attempt, response ? response->status : 0);
  if (response) return read(*response, now().wall);
  response.error().operation = protocol::traits(attempt.operation).name;
  return std::unexpected(std::move(response.error()));
}

}  // namespace scaleset::client
