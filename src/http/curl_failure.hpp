#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/url.hpp"
#include "scaleset/error.hpp"

/// Why an exchange has no response, in words and codes. Pure. No text holds more of the URL than
/// its host and port: the rest may be secret.
namespace scaleset::http {

/// host:port, the scheme's port if the URL names none.
[[nodiscard]] std::string place_of(base::Url const& url);

/// A failed transfer: network, timeout (of the connection), or tls_verification, which repeating
/// does not mend. `text`: curl's own words.
[[nodiscard]] Error curl_error(CURLcode code, std::string_view place, std::string_view text,
                               bool request_sent);

/// The time of the whole attempt is up.
[[nodiscard]] Error deadline_error(std::string_view place, std::chrono::milliseconds timeout,
                                   bool request_sent);
[[nodiscard]] Error cancelled_error(std::string_view place, bool request_sent);
/// The proxy wants a user and password, or others than it was given. `status`: its answer, mostly
/// 407; 0: SOCKS, which has none. Nothing reached the service, and repeating would only lock the
/// account.
[[nodiscard]] Error proxy_authentication_error(std::string_view place, long status);
[[nodiscard]] Error too_large_error(std::string_view place, std::size_t limit);

}  // namespace scaleset::http
