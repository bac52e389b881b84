#include "simulator/front/rest_api.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

#include "base/rfc3339.hpp"
#include "base/url.hpp"
#include "simulator/front/access.hpp"
#include "simulator/front/fields.hpp"
#include "simulator/front/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::chrono::milliseconds kInstallationTokenTtl = std::chrono::hours(1);

http::ServerResponse answer_installation_token(Service& service, Call const& call) {
  // Against the machine's time even where ours is virtual: the client cannot know another.
  std::string_view const token = call.credential("Bearer");
  std::string const problem = service.apps.jwt_problem(token, TimeKeeper::machine_time());
  if (!problem.empty()) return rest_error(401, problem);
  if (!service.apps.may_use(token, call.number(0))) return rest_error(404, "Not Found");
  json::object permissions;
  permissions["organization_self_hosted_runners"] = "write";
  json::object body;
  body["token"] = "ghs_" + service.passing_hex(36);
  body["expires_at"] = base::format_rfc3339(service.now() + kInstallationTokenTtl);
  body["permissions"] = std::move(permissions);
  body["repository_selection"] = "selected";
  return json_reply(201, body);
}

/// Nothing else is a name at GitHub.
bool is_tenant(std::string_view path) {
  return std::ranges::all_of(path, [](char letter) { return letter >= ' ' && letter <= '~'; });
}

http::ServerResponse answer_registration_token(Service& service, Call const& call) {
  if (!has_user_credential(call)) return rest_error(401, "Bad credentials");
  if (!is_tenant(call.route.parameters.front())) return rest_error(404, "Not Found");
  TokenClaims claims;
  claims.kind = TokenKind::registration;
  claims.tenant = service.model.open_tenant(call.route.parameters.front());
  claims.expires = service.now() + service.model.options().registration_token_ttl;
  json::object body;
  body["expires_at"] = base::format_rfc3339(claims.expires);
  body["token"] = service.issue(std::move(claims));
  return json_reply(201, body);
}

/// The key of the tenant that a config URL names; empty: it names none.
std::string tenant_of_url(std::string const& text) {
  Result<base::Url> const url = base::parse_url(text);
  if (!url) return "";
  std::string_view path = url->path;
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  std::optional<std::string> const decoded = base::percent_decode(path, false);
  return decoded ? Model::key(*decoded) : "";
}

http::ServerResponse answer_admin_connection(Service& service, Call const& call) {
  std::optional<TokenClaims> const registration =
      service.tokens.verify(call.credential("RemoteAuth"), TokenKind::registration, service.now());
  if (!registration || service.model.find_tenant(registration->tenant) == nullptr)
    return rest_error(401, "Bad credentials");
  Fields fields(call.body);
  std::string const url = fields.text("url").value_or("");
  if (!fields.problem().empty()) return rest_error(400, fields.problem());
  if (tenant_of_url(url) != registration->tenant) return rest_error(404, "Not Found");
  TokenClaims claims;
  claims.kind = TokenKind::admin;
  claims.tenant = registration->tenant;
  claims.expires = service.now() + service.model.options().admin_token_ttl;
  json::object body;
  body["url"] = service.service_url(call, *service.model.find_tenant(claims.tenant));
  body["token"] = service.issue(std::move(claims));
  body["token_schema"] = "OAuthAccessToken";
  body["use_v2_flow"] = true;
  return json_reply(200, body);
}

}  // namespace

http::ServerResponse answer_rest_call(Service& service, Call const& call) {
  switch (call.route.operation) {
    case Operation::installation_token: return answer_installation_token(service, call);
    case Operation::registration_token: return answer_registration_token(service, call);
    default: return answer_admin_connection(service, call);
  }
}

}  // namespace scaleset::simulator
