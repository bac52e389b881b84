#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

namespace scaleset::http {

/// TransportOptions::proxy, taken apart so that the part libcurl may repeat in an error text holds
/// no password.
struct Proxy {
  Proxy() = default;
  std::string url;    // scheme://host:port
  std::string place;  // host:port
  std::string user;   // decoded; empty: no credentials
  Secret password;
};

/// Nothing for "". Schemes: http, https, socks5 (this machine resolves names), socks5h (the proxy
/// does); none means http. Ports unless given: 80, 443, 1080. Errors: invalid_options, in a text
/// that does not repeat what it was given.
[[nodiscard]] Result<std::optional<Proxy>> parse_proxy(std::string_view text);

}  // namespace scaleset::http
