#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

namespace scaleset::http {

/// TransportOptions::proxy in parts. libcurl may repeat the URL in an error text, so the URL does
/// not contain the password.
struct Proxy {
  Proxy() = default;
  /// Whether this machine finds the address of the host behind it.
  [[nodiscard]] bool wants_addresses() const noexcept { return url.starts_with("socks5:"); }
  std::string url;   // scheme://host:port
  std::string host;  // an IPv6 address is in brackets
  std::string port;
  std::string place;  // host:port
  std::string user;   // decoded; empty if there are no credentials
  Secret password;
};

/// Returns no value for "". The schemes are http, https, socks5 (this machine resolves host names)
/// and socks5h (the proxy does); without a scheme it is http. The default ports are 80, 443 and
/// 1080. Errors: invalid_options; the text does not repeat `text`, which may contain a password.
[[nodiscard]] Result<std::optional<Proxy>> parse_proxy(std::string_view text);

}  // namespace scaleset::http
