#include "protocol/wire/url_problem.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/url.hpp"
#include "protocol/wire/config_url.hpp"
#include "protocol/wire/name_problem.hpp"

namespace scaleset::protocol {
namespace {

using Parts = std::span<std::string const>;

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

std::string origin_of_pages(base::Url const& url, std::string const& host) {
  if (!is_other_service(host)) return url.origin();
  return host.ends_with(".ghe.com") ? "https://" + host.substr(host.find('.') + 1)
                                    : "https://github.com";
}

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    auto const slash = std::min(path.find('/'), path.size());
    if (slash > 0) parts.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

/// "/a/b" of the first ones.
std::string path_of(Parts parts, std::size_t most) {
  std::string path;
  for (std::string const& part : parts.first(std::min(most, parts.size())))
    path += "/" + base::encode_path_segment(part);
  return path;
}

/// The path that the one of a page, of an API call or of a clone belongs to; empty if it belongs to
/// none.
std::string meant_path(Parts parts) {
  if (parts.size() > 2 && base::ascii_lower(parts[0]) == "api") parts = parts.subspan(2);
  std::string const first = parts.empty() ? "" : base::ascii_lower(parts[0]);
  if (parts.size() > 1 && first == "enterprises") return path_of(parts, 2);
  if (parts.size() > 2 && first == "repos") return path_of(parts.subspan(1), 2);
  if (parts.size() > 1 && (first == "orgs" || first == "organizations" || first == "users"))
    return path_of(parts.subspan(1), 1);
  if (parts.empty() || is_reserved(first)) return "";
  std::string path = path_of(parts, 2);
  if (parts.size() > 1 && path.ends_with(".git")) path.resize(path.size() - 4);
  return path;
}

std::string reason_for(base::Url const& url, std::string const& host, Parts parts) {
  if (is_other_service(host)) return host + " has no pages of organizations";
  bool const is_enterprise = parts.size() > 1 && base::ascii_lower(parts.front()) == "enterprises";
  if (!parts.empty() && is_reserved(parts.front()) && !is_enterprise)
    return "there can be no owner named \"" + parts.front() + "\"";
  if (parts.size() == 2 && parts[1].ends_with(".git")) return "this is the address of a clone";
  bool const is_page = parts.size() > 2 || !url.query.empty() || !url.fragment.empty();
  return is_page ? "this is the address of a page" : "";
}

/// What else of GitHub's it is the address of.
std::string hint(std::string_view text) {
  auto const url = base::parse_url(text);
  bool const is_web = url && (url->scheme == "http" || url->scheme == "https");
  if (!is_web || !url->userinfo.empty()) return "";
  auto const path = base::percent_decode(url->path, false);
  if (!path) return "";
  std::string const host = base::ascii_lower(url->host);
  auto const parts = parts_of(*path);
  std::string const reason = reason_for(*url, host, parts);
  if (reason.empty()) return "";
  std::string const meant = meant_path(parts);
  std::string const origin = origin_of_pages(*url, host);
  return reason + "; give " +
         (meant.empty() ? "a URL such as " + origin + "/my-org" : origin + meant);
}

/// Of git@HOST:OWNER/REPO.git, which is no URL.
std::string hint_of_ssh(std::string_view text) {
  constexpr std::string_view kUser = "git@";
  if (text.starts_with("ssh://")) text.remove_prefix(std::string_view("ssh://").size());
  if (!text.starts_with(kUser)) return "";
  std::string address(text.substr(kUser.size()));
  std::ranges::replace(address, ':', '/');
  auto const url = base::parse_url("https://" + address);
  if (!url) return "";
  return "this is the address of a clone; give " + url->origin() + meant_path(parts_of(url->path));
}

}  // namespace

std::string url_problem(std::string_view text) {
  std::string found = hint_of_ssh(text);
  if (found.empty()) found = hint(text);
  if (!found.empty()) return found;
  auto const named = parse_config_url(text, false);
  if (!named) return named.error().message;
  for (std::string const* name : {&named->organization, &named->repository, &named->enterprise})
    if (auto problem = name_problem(*name); !problem.empty())
      return "a name in the URL " + std::move(problem);
  // A slash before it is left out by the reading above, and by nobody else.
  auto const whole = base::parse_url(text);
  return whole ? "" : "the URL cannot be used: " + whole.error().message;
}

}  // namespace scaleset::protocol
