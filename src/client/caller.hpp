#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "client/finalized_options.hpp"
#include "http/sleep.hpp"
#include "protocol/operations.hpp"
#include "protocol/responses.hpp"
#include "protocol/retry_machine.hpp"
#include "scaleset/async/transport.hpp"

namespace scaleset::client {

/// Makes of a request and a reader one call: sends it, as often as the operation allows
/// (protocol::RetryMachine), and reports each attempt to the hooks.
class Caller {
 public:
  Caller(std::shared_ptr<FinalizedClientOptions const> options,
         std::shared_ptr<HttpTransport> transport)
      : options_(std::move(options)),
        transport_(std::move(transport)),
        log_(options_->hooks().log, "client") {}

  template <class T>
  using Reader = std::function<Result<T>(HttpResponse const&, protocol::WallTime)>;

  /// Errors: those of the transport and of the reader; cancelled.
  template <class T>
  Task<T> call(protocol::Operation operation, HttpRequest request, Reader<T> read);

  /// Since the client was made.
  struct Counts {
    std::int64_t requests = 0;
    std::int64_t retries = 0;  // of these
  };
  [[nodiscard]] Counts const& counts() const noexcept { return counts_; }

  [[nodiscard]] FinalizedClientOptions const& options() const noexcept { return *options_; }
  [[nodiscard]] base::Logger const& log() const noexcept { return log_; }
  [[nodiscard]] Now now() const noexcept { return options_->hooks().clock->now(); }
  [[nodiscard]] RandomSource& random() const noexcept { return *options_->hooks().random; }

 private:
  template <class T>
  Task<T> attempt(protocol::Operation operation, HttpRequest request, Reader<T> read, int number);
  void report(protocol::Operation operation, int status, int number,
              std::chrono::steady_clock::time_point since);
  void log_retry(Error const& error, std::chrono::milliseconds delay) const;

  std::shared_ptr<FinalizedClientOptions const> options_;
  std::shared_ptr<HttpTransport> transport_;
  base::Logger log_;
  Counts counts_;
};

template <class T>
Task<T> Caller::call(protocol::Operation operation, HttpRequest request, Reader<T> read) {
  auto const& transport = options_->transport();
  request.timeout = request.traffic == TrafficClass::long_poll ? transport.poll_timeout
                                                               : transport.request_timeout;
  request.may_repeat = protocol::traits(operation).may_repeat_after_send;
  protocol::RetryMachine retries(operation, options_->retry(), now().steady);
  for (int number = 1;; ++number) {
    auto result = co_await attempt<T>(operation, request, read, number);
    if (result || result.error().code == ErrorCode::cancelled) co_return result;
    auto const decision = retries.on_failure(result.error(), now().steady, random());
    if (!decision.retry) co_return result;
    log_retry(result.error(), decision.delay);
    bool const slept = co_await http::sleep_for(decision.delay);
    if (!slept) co_return fail(ErrorCode::cancelled, "cancelled while waiting to try again");
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
