#include "simulator/front/github/sessions.hpp"

#include <utility>

#include "simulator/front/github/errors.hpp"
#include "simulator/front/github/urls.hpp"
#include "simulator/front/github/wire_json.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

/// The whole session, with a token of its own.
http::ServerResponse show_session(AdminVisit const& visit, Credentials& credentials) {
  LiveModel& live = visit.live;
  Profile const profile = live.profile();
  Tenant const& owner = visit.owner();
  ScaleSetId const id = visit.scale_set();
  ScaleSet const& set = **live.model.scale_set(visit.tenant, id);
  TokenClaims claims;
  claims.kind = TokenKind::queue;
  claims.tenant = visit.tenant;
  claims.id = id.value;
  claims.session = set.session->id;
  claims.expires = live.now() + live.model.options().queue_token_ttl;
  json::object body;
  body["sessionId"] = set.session->id;
  body["ownerName"] = set.session->owner;
  body["runnerScaleSet"] = scale_set_json(owner, set, service_url(profile, visit.call, owner));
  body["messageQueueUrl"] = queue_url(profile, visit.call, owner, set.session->id);
  // A new token for each refresh, and the old one stays good until it expires.
  body["messageQueueAccessToken"] = credentials.issue(std::move(claims), live.now());
  body["statistics"] = statistics_json(live.model.statistics(visit.tenant, id));
  return json_reply(200, body);
}

}  // namespace

http::ServerResponse create_session(AdminVisit const& visit, Credentials& credentials) {
  Fields fields(visit.call.body);
  // The session id in the body is zeros and is ignored (protocol.md E10).
  std::string owner = fields.text("ownerName").value_or("");
  if (!fields.problem().empty()) return bad_request(fields.problem());
  Outcome<std::string> const session = visit.live.model.create_session(
      visit.live.now(), visit.tenant, visit.scale_set(), std::move(owner));
  if (!session) return service_refusal(session.error());
  return show_session(visit, credentials);
}

http::ServerResponse refresh_session(AdminVisit const& visit, Credentials& credentials) {
  Outcome<void> const done = visit.live.model.refresh_session(
      visit.live.now(), visit.tenant, visit.scale_set(), visit.call.segments[1]);
  if (!done) return service_refusal(done.error());
  return show_session(visit, credentials);
}

http::ServerResponse delete_session(AdminVisit const& visit) {
  Outcome<void> const done = visit.live.model.delete_session(
      visit.live.now(), visit.tenant, visit.scale_set(), visit.call.segments[1]);
  return done ? empty_reply(204) : service_refusal(done.error());
}

}  // namespace scaleset::simulator
