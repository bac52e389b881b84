#include "protocol/wire/config_url.hpp"

#include <algorithm>
#include <vector>

#include "base/ascii.hpp"
#include "base/url.hpp"
#include "protocol/wire/url_join.hpp"

namespace scaleset::protocol {
namespace {

constexpr std::string_view kExpected =
    "expected https://github.com/ORG, https://github.com/OWNER/REPO or "
    "https://github.com/enterprises/NAME (or the same on your own server)";

std::unexpected<Error> refuse(std::string const& what) {
  return fail(ErrorCode::invalid_config_url, what + "; " + std::string(kExpected));
}

std::string_view trim_slashes(std::string_view text) {
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  while (true) {
    auto const slash = path.find('/');
    parts.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

bool usable_name(std::string const& name) { return !name.empty() && name != "." && name != ".."; }

/// False: the path does not name an organization, repository or enterprise.
bool read_scope(std::vector<std::string> const& parts, ConfigUrl& url) {
  if (parts.size() > 2 || !std::all_of(parts.begin(), parts.end(), usable_name)) return false;
  if (parts.size() == 1) {
    url.scope = ConfigUrl::Scope::organization;
    url.organization = parts[0];
  } else if (base::ascii_lower(parts[0]) == "enterprises") {
    url.scope = ConfigUrl::Scope::enterprise;
    url.enterprise = parts[1];
  } else {
    url.scope = ConfigUrl::Scope::repository;
    url.organization = parts[0];
    url.repository = parts[1];
  }
  return true;
}

/// Whether GitHub itself serves this host. It does so over TLS only.
bool is_githubs(std::string const& host) {
  return host == "github.com" || host == "www.github.com" || host.ends_with(".ghe.com");
}

/// Hosts of GitHub's that no configuration should name, too.
bool is_in_githubs_domain(std::string const& host) {
  return is_githubs(host) || host.ends_with(".github.com") || host == "ghe.com";
}

bool is_hosted(base::Url const& url) {
  std::string const host = base::ascii_lower(url.host);
  return (is_githubs(host) || host == "github.localhost") && url.port.empty();
}

std::string api_base(base::Url const& url, bool hosted) {
  if (!hosted) return url.origin() + "/api/v3";
  if (base::ascii_lower(url.host) == "www.github.com") return url.scheme + "://api.github.com";
  return url.scheme + "://api." + url.host;
}

/// The URL for messages. It may be anything, so a password must not show and the length is limited.
std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 200;
  std::string const cut(text.substr(0, longest));
  return "config URL \"" + cut + (text.size() > longest ? "..." : "") + "\"";
}

}  // namespace

std::string ConfigUrl::display() const {
  switch (scope) {
    case Scope::organization: return "organization " + organization;
    case Scope::repository: return "repository " + organization + "/" + repository;
    case Scope::enterprise: return "enterprise " + enterprise;
  }
  return {};
}

Result<ConfigUrl> parse_config_url(std::string_view text, bool force_ghes) {
  std::string_view const trimmed = trim_slashes(text);
  if (trimmed.empty()) return refuse("the config URL is empty");
  auto parsed = base::parse_url(trimmed);
  if (!parsed) return refuse("the config URL cannot be used: " + parsed.error().message);
  if (!parsed->userinfo.empty()) {
    return refuse("the config URL contains a user name or password: give credentials separately");
  }
  std::string const whole = quoted(trimmed);
  if (parsed->scheme != "http" && parsed->scheme != "https") {
    return refuse(whole + " does not start with https:// or http://");
  }
  // A name that ends in a dot is the same host.
  while (parsed->host.size() > 1 && parsed->host.ends_with('.')) parsed->host.pop_back();
  if (parsed->scheme == "http" && is_in_githubs_domain(base::ascii_lower(parsed->host))) {
    return refuse(whole + " would send the credentials without encryption; use https://");
  }
  auto const path = base::percent_decode(parsed->path, false);
  ConfigUrl url;
  if (!path || !read_scope(split_path(trim_slashes(*path)), url)) {
    return refuse(whole + " does not name an organization, repository or enterprise");
  }
  url.hosted = !force_ghes && is_hosted(*parsed);
  url.api_base = api_base(*parsed, url.hosted);
  url.text = parsed->to_string() + (parsed->fragment.empty() ? "" : "#" + parsed->fragment);
  return url;
}

std::string runners_path(ConfigUrl const& url) {
  constexpr std::string_view tail = "/actions/runners";
  std::string path;
  switch (url.scope) {
    case ConfigUrl::Scope::organization:
      path = "/orgs/" + base::encode_path_segment(url.organization);
      break;
    case ConfigUrl::Scope::repository:
      path = "/repos/" + base::encode_path_segment(url.organization) + "/" +
             base::encode_path_segment(url.repository);
      break;
    case ConfigUrl::Scope::enterprise:
      path = "/enterprises/" + base::encode_path_segment(url.enterprise);
      break;
  }
  return path.append(tail);
}

std::string registration_path(ConfigUrl const& url) {
  return runners_path(url) + "/registration-token";
}

}  // namespace scaleset::protocol
