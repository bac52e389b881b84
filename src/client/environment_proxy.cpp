#include "client/environment_proxy.hpp"

#include <cstdlib>

namespace scaleset::client {
namespace {

std::string variable(char const* name) {
  char const* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The lower-case name wins even if it is set to nothing: that is how one says "no proxy here".
std::string variable(char const* lower, char const* upper) {
  return std::getenv(lower) != nullptr ? variable(lower) : variable(upper);
}

}  // namespace

std::string environment_proxy(std::string_view config_url) {
  // HTTP_PROXY is not looked at, because in a CGI program a request's header `Proxy:` sets it.
  auto proxy = config_url.starts_with("https:") ? variable("https_proxy", "HTTPS_PROXY")
                                                : variable("http_proxy");
  return proxy.empty() ? variable("all_proxy", "ALL_PROXY") : proxy;
}

std::string environment_no_proxy() { return variable("no_proxy", "NO_PROXY"); }

}  // namespace scaleset::client
