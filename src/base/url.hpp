#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scaleset/error.hpp"

namespace scaleset::base {

/// The parts of an absolute URL, percent-encoded. `host` keeps the brackets of an IPv6 address and
/// has no port.
struct Url {
  std::string scheme;  // in lower case
  std::string userinfo;
  std::string host;
  std::string port;   // empty if the URL has none; then the port of the scheme applies
  std::string path;   // empty, or begins with '/'
  std::string query;  // without '?'
  std::string fragment;

  /// host[:port]
  [[nodiscard]] std::string authority() const;
  /// scheme://host[:port]
  [[nodiscard]] std::string origin() const;
  /// path[?query], at least "/"
  [[nodiscard]] std::string target() const;
  /// The URL without userinfo and fragment.
  [[nodiscard]] std::string to_string() const;
};

/// The one reading of a URL (RFC 3986, Boost.URL): what it says decides about the proxy, TLS and
/// the connection. Characters behind the host that must be escaped are, as Go does. Errors:
/// invalid_argument if there is no scheme or no host, if the port is not 1 to 65535, if an escape
/// is broken, or if there are control characters. The message does not have the URL in it, because
/// that may hold a password.
[[nodiscard]] Result<Url> parse_url(std::string_view text);
/// What `reference`, such as the Location of a redirect, means in an answer from `base` (RFC 3986
/// 5.2). Errors as those of parse_url().
[[nodiscard]] Result<Url> resolve_url(Url const& base, std::string_view reference);

/// Encodes everything except letters, digits and `-_.~`; a space becomes `+` (as Go's
/// url.QueryEscape).
[[nodiscard]] std::string encode_query(std::string_view text);
/// Encodes a single path segment: everything except letters, digits and `-_.~$&+:=@` (as Go's
/// url.PathEscape).
[[nodiscard]] std::string encode_path_segment(std::string_view text);
/// Decodes percent-encoding; a `+` becomes a space if `plus_is_space` is set. No value if an escape
/// is broken.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

using QueryParameters = std::vector<std::pair<std::string, std::string>>;  // decoded, in order
/// Parameters with a broken escape are left out.
[[nodiscard]] QueryParameters parse_query(std::string_view query);
/// Encodes the parameters, sorted by their keys' bytes, with the values of a key in their order (as
/// Go's url.Values.Encode).
[[nodiscard]] std::string encode_query_parameters(QueryParameters parameters);

}  // namespace scaleset::base
