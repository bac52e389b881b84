#include "simulator/front/github/token_chain.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/rfc3339.hpp"
#include "base/url.hpp"
#include "simulator/front/github/errors.hpp"
#include "simulator/front/github/urls.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::chrono::milliseconds kInstallationTokenTtl = std::chrono::hours(1);

/// "ghs_<app id>_<JWT>", about 520 characters, as GitHub has made them since 2026-10-02
/// (protocol.md D.2).
std::string installation_token_text(std::string_view assertion, std::int64_t installation,
                                    Timestamp now, Credentials& credentials) {
  auto const seconds = [](Timestamp time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  };
  std::optional<ForeignJwt> const jwt = read_jwt(assertion);
  std::string const app = jwt ? jwt->issuer : "";
  json::object claims;
  claims["iss"] = app;
  claims["installation_id"] = installation;
  claims["iat"] = seconds(now);
  claims["exp"] = seconds(now + kInstallationTokenTtl);
  claims["jti"] = credentials.passing_hex(16);
  return "ghs_" + app + "_" + credentials.tokens.sign(json::serialize(claims));
}

/// GitHub has no names with other letters.
bool is_tenant(std::string_view path) {
  return std::ranges::all_of(path, [](char letter) { return letter >= ' ' && letter <= '~'; });
}

/// The key of the tenant that a config URL names; empty if it names none.
std::string tenant_of_url(std::string const& text) {
  Result<base::Url> const url = base::parse_url(text);
  if (!url) return "";
  std::string_view path = url->path;
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  std::optional<std::string> const decoded = base::percent_decode(path, false);
  return decoded ? Model::key(*decoded) : "";
}

}  // namespace

http::ServerResponse installation_token(Call const& call, LiveModel& live,
                                        Credentials& credentials) {
  // The loop's time even if ours stands still: the client has no way to know ours.
  std::string_view const token = call.credential("Bearer");
  std::string const problem = credentials.apps.jwt_problem(token, live.time.loop_now());
  if (!problem.empty()) return rest_error(401, problem);
  // The App does not have that installation (protocol.md E1).
  if (!credentials.apps.may_use(token, call.number(0))) return rest_error(404, "Not Found");
  json::object permissions;
  permissions["organization_self_hosted_runners"] = "write";
  json::object body;
  // Not remembered: any Bearer token is accepted as a user's credential (see UserVisit).
  body["token"] = installation_token_text(token, call.number(0), live.now(), credentials);
  body["expires_at"] = base::format_rfc3339(live.now() + kInstallationTokenTtl);
  body["permissions"] = std::move(permissions);
  body["repository_selection"] = "selected";
  return json_reply(201, body);
}

http::ServerResponse registration_token(UserVisit const& visit, Credentials& credentials) {
  LiveModel& live = visit.live;
  std::string const& path = visit.call.segments.front();
  if (!is_tenant(path)) return rest_error(404, "Not Found");
  TokenClaims claims;
  claims.kind = TokenKind::registration;
  // A tenant begins to exist when somebody first asks for its registration token.
  claims.tenant = live.model.open_tenant(path);
  claims.expires = live.now() + live.model.options().registration_token_ttl;
  json::object body;
  body["expires_at"] = base::format_rfc3339(claims.expires);
  body["token"] = credentials.issue(std::move(claims), live.now());
  return json_reply(201, body);
}

http::ServerResponse admin_connection(Call const& call, LiveModel& live, Credentials& credentials) {
  std::optional<TokenClaims> const registration =
      credentials.tokens.verify(call.credential("RemoteAuth"), TokenKind::registration, live.now());
  if (!registration || live.model.find_tenant(registration->tenant) == nullptr)
    return rest_error(401, "Bad credentials");
  Fields fields(call.body);
  std::string const url = fields.text("url").value_or("");
  if (!fields.problem().empty()) return rest_error(400, fields.problem());
  // A token of another scope is answered like a wrong URL (protocol.md E3).
  if (tenant_of_url(url) != registration->tenant) return rest_error(404, "Not Found");
  TokenClaims claims;
  claims.kind = TokenKind::admin;
  claims.tenant = registration->tenant;
  claims.expires = live.now() + live.model.options().admin_token_ttl;
  json::object body;
  body["url"] = service_url(live.profile(), call, *live.model.find_tenant(claims.tenant));
  body["token"] = credentials.issue(std::move(claims), live.now());
  body["token_schema"] = "OAuthAccessToken";
  body["use_v2_flow"] = true;
  return json_reply(200, body);
}

}  // namespace scaleset::simulator
