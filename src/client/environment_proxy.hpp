#pragma once

#include <string>
#include <string_view>

#include "scaleset/error.hpp"

namespace scaleset::client {

/// What the environment says about proxies, in the form of TransportOptions. Made by
/// environment_proxy(), because an aggregate must not go into a coroutine.
struct EnvironmentProxy {
  EnvironmentProxy() = default;
  std::string proxy;     // "": there is none
  std::string no_proxy;  // with this machine, which is never asked through such a proxy
};

/// The proxy for calls to `config_url`, by the rules of Go's http.ProxyFromEnvironment: HTTPS_PROXY
/// or HTTP_PROXY by the scheme of the URL, NO_PROXY, each in capitals or in lower case, the first
/// that is not empty. If there is none, ALL_PROXY counts, which Go does not know. Errors:
/// invalid_options if HTTP_PROXY is set in a CGI program (REQUEST_METHOD is set), where it may be
/// the header `Proxy` of a request.
[[nodiscard]] Result<EnvironmentProxy> environment_proxy(std::string_view config_url);

}  // namespace scaleset::client
