#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/url.hpp"
#include "scaleset/error.hpp"

/// Makes the error for an exchange that got no response. Pure. No error text contains more of the
/// URL than its host and port, because the rest may be secret.
namespace scaleset::http {

/// Returns host:port, with the scheme's default port if the URL names none.
[[nodiscard]] std::string place_of(base::Url const& url);

/// What libcurl says of a transfer that failed.
struct CurlFailure {
  CURLcode code = CURLE_OK;
  std::string_view text;  // curl's own message; may be empty
  /// OpenSSL's judgement of the certificate (X509_V_ERR_...). 0 if it was not about the chain.
  long certificate_problem = 0;
  /// What base::descriptors_exhausted() returned: curl does not say why it could not open a socket.
  int limit_reached = 0;
};

/// The error for a failed transfer. The code is network, timeout (while connecting) or
/// tls_verification, which a retry cannot fix.
[[nodiscard]] Error curl_error(CurlFailure const& failure, std::string_view place,
                               bool request_sent);

/// The error for an attempt that was not complete within `timeout`.
[[nodiscard]] Error deadline_error(std::string_view place, std::chrono::milliseconds timeout,
                                   bool request_sent);
[[nodiscard]] Error cancelled_error(std::string_view place, bool request_sent);
/// The proxy requires a user and password, or rejected the ones it was given. `status` is its HTTP
/// status, usually 407, or 0 for a SOCKS proxy, which has none. The request did not reach the
/// service. The error is not transient, because repeated attempts with a wrong password might lock
/// the account.
[[nodiscard]] Error proxy_authentication_error(std::string_view place, long status);
[[nodiscard]] Error too_large_error(std::string_view place, std::size_t limit);

}  // namespace scaleset::http
