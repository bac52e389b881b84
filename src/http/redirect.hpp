#pragma once

#include <optional>
#include <string>

#include "scaleset/error.hpp"
#include "scaleset/http.hpp"

namespace scaleset::http {

/// The most redirects that are followed in one exchange.
inline constexpr int kMaxRedirects = 10;

/// Returns the URL that the service redirects the request to (protocol.md 4.6), for example after a
/// repository was renamed. No value means that the response is not a redirect to be followed, but
/// the answer. Pure.
///
/// 307 and 308 keep the method and the body. 301, 302 and 303 are followed for GET only, because
/// any other method would become a GET. Redirects must stay on the same scheme, host and port: the
/// request carries credentials, and only the configuration decides who gets them, not a response.
/// Errors (unexpected_status): the redirect leads elsewhere, or not to a URL, or kMaxRedirects were
/// followed `already`.
[[nodiscard]] Result<std::optional<std::string>> redirect_target(HttpMethod method,
                                                                 std::string const& url,
                                                                 HttpResponse const& response,
                                                                 int already);

}  // namespace scaleset::http
