#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scaleset/error.hpp"

namespace scaleset::base {

/// The parts of an absolute URL, still percent-encoded. `host` keeps the brackets of an IPv6
/// address and has no port.
struct Url {
  std::string scheme;  // lower case
  std::string userinfo;
  std::string host;
  std::string port;   // empty: the scheme's
  std::string path;   // empty or starting with '/'
  std::string query;  // without '?'
  std::string fragment;

  /// host[:port]
  [[nodiscard]] std::string authority() const;
  /// scheme://host[:port]
  [[nodiscard]] std::string origin() const;
  /// path[?query], at least "/"
  [[nodiscard]] std::string target() const;
  /// All of it but userinfo and fragment.
  [[nodiscard]] std::string to_string() const;
};

/// Errors (invalid_argument, text without the URL itself, since it may hold a password): no scheme,
/// no host, a bad port, an open bracket, control characters.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

/// Encodes everything but letters, digits and `-_.~`; a space becomes `+`. As Go's url.QueryEscape.
[[nodiscard]] std::string encode_query(std::string_view text);
/// Encodes a single path segment: everything but letters, digits and `-_.~$&+:=@` (as Go's
/// url.PathEscape).
[[nodiscard]] std::string encode_path_segment(std::string_view text);
/// Undoes percent-encoding; a `+` becomes a space where `plus_is_space`. No value: a broken escape.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

using QueryParameters = std::vector<std::pair<std::string, std::string>>;  // decoded, in order
/// Parameters with a broken escape are left out.
[[nodiscard]] QueryParameters parse_query(std::string_view query);
/// Encoded, keys sorted bytewise, values of one key in order (as Go's url.Values.Encode).
[[nodiscard]] std::string encode_query_parameters(QueryParameters parameters);

}  // namespace scaleset::base
