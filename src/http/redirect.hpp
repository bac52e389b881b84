#pragma once

#include <optional>
#include <string>

#include "scaleset/error.hpp"
#include "scaleset/http.hpp"

namespace scaleset::http {

/// Redirects followed in one exchange.
inline constexpr int kMaxRedirects = 10;

/// Where the service sends the request on to (spec 4.6), such as after a repository was renamed.
/// Nothing: the response is the answer. Pure.
///
/// 307 and 308 keep method and body; 301, 302 and 303 are followed for GET only, since anything
/// else would become a GET. Only within one scheme, host and port: the request carries credentials,
/// and whoever they were meant for is named by the configuration, not by an answer. Errors
/// (unexpected_status): to elsewhere, to no URL, or more than kMaxRedirects `already`.
[[nodiscard]] Result<std::optional<std::string>> redirect_target(HttpMethod method,
                                                                 std::string const& url,
                                                                 HttpResponse const& response,
                                                                 int already);

}  // namespace scaleset::http
