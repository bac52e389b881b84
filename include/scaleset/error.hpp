#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Failures are values: every call of this library that can fail returns `Result<T>`. Exceptions
/// are left for broken contracts and for running out of memory.
namespace scaleset::inline v0 {

/// Why a call failed. Values are stable across releases: never renumbered, only appended, so that a
/// number in an old log can still be looked up.
enum class ErrorCode : std::uint16_t {
  invalid_argument = 1,     // a call or an argument that makes no sense; nothing was sent
  invalid_config_url = 2,   // names no enterprise, organization or repository (protocol.md 2.1)
  invalid_private_key = 3,  // not PEM, or not an RSA key (protocol.md 3.2)
  invalid_options = 4,      // finalize() refused it; the text names the option
  cancelled = 10,           // by a stop token, a cancellation signal or shutdown
  timeout = 11,             // of the attempt, of RetryOptions::max_elapsed or CallOptions::timeout
  network = 12,             // no usable HTTP response: DNS, TCP, TLS handshake, stream reset
  tls_verification = 13,    // the peer's certificate was refused; repeating does not help
  proxy_authentication = 14,  // 407: the proxy wants other credentials; repeating does not help
  unauthorized = 20,          // 401
  forbidden = 21,             // 403
  rate_limited = 22,          // 429, or 403 with rate limit headers
  not_found = 23,             // 404 without a more exact reason
  bad_request = 24,           // 400 without a more exact reason
  conflict = 25,              // 409 without a more exact reason
  runner_not_found = 30,      // AgentNotFoundException
  runner_exists = 31,         // AgentExistsException
  job_still_running = 32,     // JobStillRunningException
  message_queue_token_expired = 33,  // 401 of the queue, after a refresh as well
  session_conflict = 34,     // 409 on session creation: the scale set has another open session
  ambiguous_result = 35,     // more than one scale set, runner or group matched
  scale_set_not_found = 36,  // RunnerScaleSetNotFoundException
  scale_set_exists = 37,     // RunnerScaleSetExistsException
  session_lost = 38,         // the service no longer knows the session
  unexpected_status = 40,    // an HTTP status without a more exact code
  malformed_response = 41,   // undecodable, incomplete or too large
  server_error = 42,         // 5xx
  backend = 50,              // a runner backend reported it
  io = 51,                   // a file or an environment variable of this machine
};

/// The stable lower-case name of a code ("session_conflict"), for logs, JSON and metrics.
[[nodiscard]] std::string_view to_string(ErrorCode code) noexcept;

/// What the service said with a refusal besides the status. Empty where it said nothing.
struct ServiceReply {
  ServiceReply() = default;
  std::string activity_id;        // ActivityId response header (protocol.md 4.4)
  std::string github_request_id;  // X-GitHub-Request-Id response header (protocol.md 4.4)
  std::string server_exception;   // typeName of the exception, if it sent one (protocol.md 7.3)
  /// The beginning (1 KiB) of the body of the last answer with an error status, on one line, with
  /// whatever looks like a token blanked. For a support request, when Error::message is not enough;
  /// not part of Error::to_string(), whose lines go into logs.
  std::string response_body;
};

/// One failure, with what a support request needs to say. Copyable; holds no secret.
class Error {
 public:
  /// The other members keep their defaults until they are set. With a code below
  /// ErrorCode::cancelled nothing was sent: `request_sent` is false and `attempts` 0.
  Error(ErrorCode error_code, std::string text)
      : code(error_code),
        request_sent(error_code >= ErrorCode::cancelled),
        attempts(request_sent ? 1 : 0),
        message(std::move(text)) {}

  ErrorCode code;  // what a program decides by
  /// False: the service cannot have seen any request of the call (no connection was made, or none
  /// was tried).
  bool request_sent;
  int http_status = 0;  // of the last answer; 0 = there was none
  /// Requests made by the call, the first included; 0 if it was refused before one was made.
  int attempts;
  std::string message;  // one line, starts lower case
  /// The call to the service that failed: "GetMessage", "GenerateJitConfig", ... A literal, valid
  /// for ever. Empty if no call to the service was involved.
  std::string_view operation;
  /// The wait that the service asked for, by Retry-After or the rate limit's reset
  /// (protocol.md 4.4, 8). No value if it did not ask for one.
  std::optional<std::chrono::milliseconds> retry_after;

  /// What the service said in its last answer with an error status; empty if there was none.
  [[nodiscard]] ServiceReply const& reply() const noexcept;
  /// Replaces what reply() returns.
  void set_reply(ServiceReply reply) {
    reply_ = std::make_shared<ServiceReply const>(std::move(reply));
  }

  /// Whether the same call may succeed later: no response, 408, 429, 5xx but 501, rate limits, an
  /// undecodable body.
  [[nodiscard]] bool transient() const noexcept;
  /// One line: operation, message, status, request ids, attempts.
  [[nodiscard]] std::string to_string() const;

 private:
  // Shared between copies and on the heap, to keep Error small: the coroutine frame of every call
  // under way has room for a few Errors, and thousands of polls may be under way.
  std::shared_ptr<ServiceReply const> reply_;
};

/// A value or the Error that prevented it. `if (!result)` asks; `*result` takes the value,
/// `result.error()` the failure.
template <class T>
using Result = std::expected<T, Error>;

/// A failed Result, for `return fail(ErrorCode::x, "...")` in a function that returns a Result.
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected<Error>(std::in_place, code, std::move(message));
}

}  // namespace scaleset::inline v0
