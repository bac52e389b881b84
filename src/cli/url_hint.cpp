#include "cli/url_hint.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/url.hpp"

namespace scaleset::cli {
namespace {

using Scope = protocol::ConfigUrl::Scope;

/// First parts of pages and of API calls, which no user or organization can have as a name.
bool is_reserved(std::string const& owner) {
  constexpr auto kReserved =
      std::to_array<std::string_view>({"api", "apps", "enterprises", "login", "marketplace",
                                       "organizations", "orgs", "repos", "settings", "users"});
  return std::ranges::find(kReserved, base::ascii_lower(owner)) != kReserved.end();
}

/// Whether it serves something of github.com's besides its pages: api.github.com, gist.github.com.
bool is_other_service(std::string const& host) {
  bool const hosted_api = host.starts_with("api.") && host.ends_with(".ghe.com");
  return hosted_api || (host.ends_with(".github.com") && host != "www.github.com") ||
         host == "raw.githubusercontent.com";
}

std::string origin_of_pages(std::string const& host) {
  return host.ends_with(".ghe.com") ? "https://" + host.substr(host.find('.') + 1)
                                    : "https://github.com";
}

}  // namespace

std::string url_hint(protocol::ConfigUrl const& url) {
  auto const parsed = base::parse_url(url.text);
  if (!parsed) return "";
  std::string const host = base::ascii_lower(parsed->host);
  if (is_other_service(host))
    return host + " has no pages of organizations; give a URL such as " + origin_of_pages(host) +
           "/my-org";
  std::string const origin = parsed->origin();
  if (url.scope == Scope::organization && is_reserved(url.organization))
    return "there can be no organization named \"" + url.organization + "\"; give a URL such as " +
           origin + "/my-org";
  if (url.scope != Scope::repository) return "";
  if (is_reserved(url.organization))
    return "there can be no owner named \"" + url.organization + "\"; if the organization " +
           url.repository + " is meant, give " + origin + "/" + url.repository;
  if (url.repository.ends_with(".git"))
    return "this is the address of a clone; give " + origin + "/" + url.organization + "/" +
           url.repository.substr(0, url.repository.size() - 4);
  return "";
}

}  // namespace scaleset::cli
