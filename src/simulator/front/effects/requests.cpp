#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>
#include <utility>

#include "simulator/front/effects/fault_kinds.hpp"
#include "simulator/front/effects/scene.hpp"
#include "simulator/front/github/visits.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

/// The job requests that the call lists. None: it is not a list.
std::optional<json::array> requests_of(Call const& call) {
  boost::system::error_code error;
  json::value parsed = json::parse(call.body, error);
  if (error || !parsed.is_array()) return std::nullopt;
  return std::move(parsed.as_array());
}

bool acquire_subset(Scene const& scene) {
  std::optional<json::array> requests = requests_of(scene.call);
  // Of a single job no part could be acquired; that is acquire_nothing.
  if (!requests || requests->size() < 2) return false;
  requests->pop_back();
  scene.call.body = json::serialize(*requests);
  return true;
}

bool acquire_nothing(Scene const& scene) {
  std::optional<json::array> const requests = requests_of(scene.call);
  if (!requests || requests->empty()) return false;
  scene.call.body = "[]";
  return true;
}

/// The session that the call is about.
struct SessionName {
  std::string tenant;
  ScaleSetId set;
  std::string session;
};

/// The calls with an admin token name it in their path; for all others it is the queue token's.
std::optional<SessionName> session_of(Scene const& scene) {
  Call const& call = scene.call;
  if (call.segments.size() == 2) {
    std::optional<std::string> tenant = admin_tenant(scene.live, scene.credentials, call);
    if (!tenant) return std::nullopt;
    return SessionName{std::move(*tenant), ScaleSetId{call.number(0)}, call.segments[1]};
  }
  std::optional<TokenClaims> claims = queue_claims(scene.live, scene.credentials, call);
  if (!claims) return std::nullopt;
  return SessionName{std::move(claims->tenant), ScaleSetId{claims->id}, std::move(claims->session)};
}

bool session_eviction(Scene const& scene) {
  std::optional<SessionName> const name = session_of(scene);
  if (!name) return false;
  LiveModel& live = scene.live;
  // The service then finds no session, whatever call this is (protocol.md 10.5).
  return live.model.delete_session(live.now(), name->tenant, name->set, name->session).has_value();
}

bool sequence_restart(Scene const& scene) {
  std::optional<SessionName> const name = session_of(scene);
  if (!name) return false;
  LiveModel& live = scene.live;
  return live.model.restart_sequence(live.now(), name->tenant, name->set).has_value();
}

constexpr auto kKinds = std::to_array<FaultKind>({
    {"acquire_subset", "acquire_jobs", "the last of several requested jobs is not acquired",
     acquire_subset},
    {"acquire_nothing", "acquire_jobs", "none of the requested jobs is acquired", acquire_nothing},
    {"session_eviction", "get_message delete_message acquire_jobs refresh_session delete_session",
     "the caller's session is ended first, as if by the service", session_eviction},
    {"sequence_restart", "get_message",
     "the message ids of the scale set start again first; what is undeleted is numbered anew",
     sequence_restart},
});

}  // namespace

std::span<FaultKind const> kinds_that_change_requests() noexcept { return kKinds; }

}  // namespace scaleset::simulator
