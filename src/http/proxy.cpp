#include "http/proxy.hpp"

#include "base/url.hpp"

namespace scaleset::http {
namespace {

std::unexpected<Error> refuse(std::string const& problem) {
  return fail(
      ErrorCode::invalid_options,
      "the proxy setting " + problem + "; it must have the form http://user:password@host:port");
}

std::string_view default_port(std::string_view scheme) {
  if (scheme == "http") return "80";
  if (scheme == "https") return "443";
  if (scheme == "socks5" || scheme == "socks5h") return "1080";
  return {};
}

}  // namespace

Result<std::optional<Proxy>> parse_proxy(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::string const full =
      // As curl and Go do, a proxy without a scheme is taken for an HTTP proxy.
      text.find("://") == text.npos ? "http://" + std::string(text) : std::string(text);
  Result<base::Url> const url = base::parse_url(full);
  if (!url) return refuse("is not a URL (" + url.error().message + ")");
  std::string_view const standard_port = default_port(url->scheme);
  if (standard_port.empty())
    return refuse("has the scheme '" + url->scheme + "' instead of http, https, socks5 or socks5h");
  Proxy proxy;
  proxy.host = url->host;
  proxy.port = url->port.empty() ? std::string(standard_port) : url->port;
  proxy.place = proxy.host + ":" + proxy.port;
  // Without user and password, since this text may appear in errors and logs.
  proxy.url = url->scheme + "://" + proxy.place;
  std::size_t const colon = std::min(url->userinfo.find(':'), url->userinfo.size());
  auto user = base::percent_decode(std::string_view(url->userinfo).substr(0, colon), false);
  std::string_view const rest = std::string_view(url->userinfo).substr(colon);
  auto password = base::percent_decode(rest.empty() ? rest : rest.substr(1), false);
  if (!user || !password)
    return refuse("has a % in its user or password that must be written as %25");
  if ((*user + *password).find('\0') != std::string::npos)
    return refuse("has a zero byte in its user or password");
  proxy.user = *std::move(user);
  proxy.password = Secret(*std::move(password));
  return proxy;
}

}  // namespace scaleset::http
