#include "http/redirect.hpp"

#include "base/ascii.hpp"
#include "base/url.hpp"
#include "http/curl_failure.hpp"

namespace scaleset::http {
namespace {

std::unexpected<Error> refuse(HttpResponse const& response, std::string message) {
  Error error(ErrorCode::unexpected_status, std::move(message));
  error.http_status = response.status;
  return std::unexpected(std::move(error));
}

/// 307 and 308 repeat the request as it is. The others turn it into a GET, which would lose the
/// body of any other method.
bool may_follow(HttpMethod method, int status) {
  if (status == 307 || status == 308) return true;
  return (status == 301 || status == 302 || status == 303) && method == HttpMethod::get;
}

/// In lower case, with the port spelled out, so that two spellings of one origin are equal.
std::string origin_of(base::Url const& url) {
  return base::ascii_lower(url.scheme + "://" + place_of(url));
}

}  // namespace

Result<std::optional<std::string>> redirect_target(HttpMethod method, std::string const& url,
                                                   HttpResponse const& response, int already) {
  std::string_view const location = response.header("Location");
  if (location.empty() || !may_follow(method, response.status)) return std::nullopt;
  Result<base::Url> const from = base::parse_url(url);
  Result<base::Url> const target = from ? base::resolve_url(*from, location) : from;
  if (!target)
    return refuse(response, "the service redirects the request, but its Location is not a URL");
  std::string const here = origin_of(*from);
  std::string const there = origin_of(*target);
  // Before the count: where a redirect leads is what the user can act upon.
  if (here != there)
    return refuse(response, here + " redirects the request to " + there +
                                ", which is not followed because the request carries credentials; "
                                "if the service has moved there, change the configured URL");
  if (already >= kMaxRedirects)
    return refuse(response, here + " redirects the request again and again; gave up after " +
                                std::to_string(kMaxRedirects) + " redirects");
  return target->to_string();
}

}  // namespace scaleset::http
