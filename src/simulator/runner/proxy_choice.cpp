#include "simulator/runner/proxy_choice.hpp"

#include "base/base64.hpp"
#include "base/no_proxy.hpp"
#include "simulator/runner/process_start.hpp"

namespace scaleset::simulator::pretend {
namespace {

std::string either(char const* lower, char const* upper) {
  std::string value = variable(lower);
  return value.empty() ? variable(upper) : value;
}

bool is_loopback(std::string const& host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

}  // namespace

ProxyVariables proxy_variables() {
  ProxyVariables read;
  read.http_proxy = either("http_proxy", "HTTP_PROXY");
  read.https_proxy = either("https_proxy", "HTTPS_PROXY");
  read.no_proxy = either("no_proxy", "NO_PROXY");
  return read;
}

std::optional<base::Url> proxy_for(ProxyVariables const& variables, base::Url const& url) {
  std::string const& text = url.scheme == "https" ? variables.https_proxy : variables.http_proxy;
  if (text.empty() || is_loopback(url.host)) return std::nullopt;
  if (base::bypasses_proxy(variables.no_proxy, url)) return std::nullopt;
  Result<base::Url> proxy = base::parse_url(text);
  if (!proxy || proxy->scheme != "http") return std::nullopt;
  return std::move(*proxy);
}

std::string proxy_authorization(base::Url const& proxy) {
  if (proxy.userinfo.empty()) return "";
  std::optional<std::string> const credentials = base::percent_decode(proxy.userinfo, false);
  return "Basic " + base::base64_encode(credentials.value_or(proxy.userinfo));
}

}  // namespace scaleset::simulator::pretend
