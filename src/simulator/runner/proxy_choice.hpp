#pragma once

#include <optional>
#include <string>

#include "base/url.hpp"

namespace scaleset::simulator::pretend {

/// What the environment says about proxies. Like the real runner's, http_proxy counts before
/// HTTP_PROXY, and so on.
struct ProxyVariables {
  std::string http_proxy;
  std::string https_proxy;
  std::string no_proxy;
};
[[nodiscard]] ProxyVariables proxy_variables();

/// The proxy for a URL. None: it is called directly, as every loopback address is. A proxy that is
/// no http URL is ignored.
[[nodiscard]] std::optional<base::Url> proxy_for(ProxyVariables const& variables,
                                                 base::Url const& url);

/// The value of Proxy-Authorization for the credentials in the proxy's URL; empty if there are
/// none.
[[nodiscard]] std::string proxy_authorization(base::Url const& proxy);

}  // namespace scaleset::simulator::pretend
