#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/wire/operations.hpp"
#include "scaleset/error.hpp"
#include "scaleset/http.hpp"

namespace scaleset::protocol {

/// Makes an Error of an answer that is not a success (protocol.md 7, 8): code, text, ids,
/// retry_after, and the beginning of the body for a support request (W-7, W-15).
[[nodiscard]] Error error_of(Operation operation, HttpResponse const& response,
                             std::chrono::system_clock::time_point now);

/// Puts operation, status and request ids into an error found in the body of a successful answer.
[[nodiscard]] Error with_response(Error error, Operation operation, HttpResponse const& response);

/// The error of a call that was tried several times. If its last failure did not come from the
/// service (a network error, a cancelled wait), the service's last answer is kept in it: status,
/// request ids, exception, body, and a clause in the text (W-7).
[[nodiscard]] Error with_earlier_answer(Error last, Error const& earlier);

/// At most 200 characters of the text, on one line, for a message to people. Nothing of it if it
/// may hold a credential.
[[nodiscard]] std::string excerpt(std::string_view text);

/// How long the service asks us to stay away: Retry-After in seconds or as an HTTP date, else
/// x-ratelimit-reset if no requests remain. At least 0, at most five minutes (W-13). No value: it
/// does not ask.
[[nodiscard]] std::optional<std::chrono::milliseconds> requested_delay(
    HttpResponse const& response, std::chrono::system_clock::time_point now);

/// `Sun, 06 Nov 1994 08:49:37 GMT`. No value: it is not such a date.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace scaleset::protocol
