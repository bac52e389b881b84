#include "client/environment_proxy.hpp"

#include <cstdlib>

#include "base/no_proxy.hpp"

namespace scaleset::client {
namespace {

std::string variable(char const* name) {
  char const* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string variable(char const* upper, char const* lower) {
  std::string value = variable(upper);
  return value.empty() ? variable(lower) : value;
}

}  // namespace

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
  // Go leaves this machine out as well. A proxy that is given explicitly is asked for it.
  found.no_proxy += base::kThisMachine;
  return found;
}

}  // namespace scaleset::client
