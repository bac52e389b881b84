#include "client/environment_proxy.hpp"

#include <cstdlib>

namespace scaleset::client {
namespace {

/// What Go leaves out when the proxy comes from the environment. A proxy that is given explicitly
/// is asked for this machine as well.
constexpr std::string_view kThisMachine = "localhost,127.0.0.0/8,[::1]";

std::string variable(char const* name) {
  char const* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string variable(char const* upper, char const* lower) {
  std::string value = variable(upper);
  return value.empty() ? variable(lower) : value;
}

}  // namespace

<<<<<<< HEAD
Result<EnvironmentProxy> environment_proxy(std::string_view config_url) {
  EnvironmentProxy found;
  if (config_url.starts_with("https:")) {
    found.proxy = variable("HTTPS_PROXY", "https_proxy");
  } else {
    found.proxy = variable("HTTP_PROXY", "http_proxy");
    if (!found.proxy.empty() && std::getenv("REQUEST_METHOD") != nullptr) {
      return fail(ErrorCode::invalid_options,
                  "HTTP_PROXY is not used in a CGI program (REQUEST_METHOD is set), because a "
                  "request can set it; set TransportOptions::proxy instead");
    }
  }
  if (found.proxy.empty()) found.proxy = variable("ALL_PROXY", "all_proxy");
  found.no_proxy = variable("NO_PROXY", "no_proxy");
  if (!found.no_proxy.empty()) found.no_proxy += ',';
  found.no_proxy += kThisMachine;
  return found;
=======
std::string environment_proxy(std::string_view config_url) {
  // HTTP_PROXY is not looked at, because in a CGI program a request's header `Proxy:` sets it.
  auto proxy = config_url.starts_with("https:") ? variable("https_proxy", "HTTPS_PROXY")
                                                : variable("http_proxy");
  return proxy.empty() ? variable("all_proxy", "ALL_PROXY") : proxy;
>>>>>>> main
}

}  // namespace scaleset::client
