#include "simulator/model/deadlines.hpp"
#include "simulator/model/model.hpp"
#include "simulator/model/operation_log.hpp"

/// Sessions of scale sets (protocol.md 10.5): a scale set has at most one, and whoever asks for
/// a second is refused.
namespace scaleset::simulator {
namespace {

std::string not_valid(std::string_view session) {
  return "The session identifier " + std::string(session) + " is not valid.";
}

}  // namespace

Session* Model::live_session(std::string_view tenant, ScaleSetId id, std::string_view session) {
  ScaleSet* set = find_set(tenant, id);
  if (set == nullptr || !set->session || set->session->id != session) return nullptr;
  return &*set->session;
}

Outcome<std::string> Model::create_session(Timestamp now, std::string_view tenant, ScaleSetId id,
                                           std::string owner) {
  record("create_session", seen(now), tenant, id, owner);
  enter(now);
  Outcome<ScaleSet*> const found = require_set(tenant, id);
  if (!found) return std::unexpected(found.error());
  ScaleSet& set = **found;
  // Whoever asks, the same owner included (protocol.md E10). The text is the service's (protocol.md
  // 7.3).
  if (set.session) {
    return refuse(RefusalKind::session_conflict, "The runner scale set " + set.name +
                                                     " already has an active session for owner " +
                                                     set.session->owner + ".");
  }
  Session session;
  session.id = random_uuid();
  session.owner = std::move(owner);
  session.created_on = world_.now;
  session.last_activity = world_.now;
  set.session = std::move(session);
  set.last_seen = world_.now;
  ++world_.counters.sessions_created;
  // In the acquire profile, jobs are offered to a scale set as soon as it has a session. In the
  // broker profile nothing happens before the first poll, which brings the capacity.
  assign_jobs(tenant_of(tenant));
  changed_world();
  return set.session->id;
}

Outcome<void> Model::refresh_session(Timestamp now, std::string_view tenant, ScaleSetId id,
                                     std::string_view session) {
  record("refresh_session", seen(now), tenant, id, session);
  enter(now);
  Outcome<ScaleSet*> const set = require_set(tenant, id);
  if (!set) return std::unexpected(set.error());
  Session* const live = live_session(tenant, id, session);
  // The two profiles answer differently to a session that is gone (protocol.md 9, 10.5).
  if (live == nullptr && options_.profile == Profile::broker) {
    return refuse(RefusalKind::session_evicted,
                  "runner referenced a session ID that doesn't exist in redis");
  }
  if (live == nullptr) return refuse(RefusalKind::session_expired, not_valid(session));
  live->last_activity = world_.now;
  (*set)->last_seen = world_.now;
  changed_world();
  return {};
}

Outcome<void> Model::delete_session(Timestamp now, std::string_view tenant, ScaleSetId id,
                                    std::string_view session) {
  record("delete_session", seen(now), tenant, id, session);
  enter(now);
  Outcome<ScaleSet*> const set = require_set(tenant, id);
  if (!set) return std::unexpected(set.error());
  // Unlike a refresh, this is a 400 in both profiles (protocol.md E12).
  if (live_session(tenant, id, session) == nullptr) {
    return refuse(RefusalKind::session_expired, not_valid(session));
  }
  (*set)->last_seen = world_.now;
  end_session(**set);
  changed_world();
  return {};
}

void Model::end_session(ScaleSet& set) {
  // A session that expires was last active before now, and dormancy counts from there.
  if (set.session) set.last_seen = std::max(set.last_seen, set.session->last_activity);
  set.session.reset();
  // Without a session nothing is assigned (protocol.md 10.3). What was assigned stays so.
  set.advertised_capacity = 0;
  // A held poll finds out that its session has ended, and is answered 401.
  wake(set);
}

void Model::expire_sessions(Tenant& tenant) {
  for (auto& [id, set] : tenant.scale_sets) {
    std::optional<Timestamp> const due = session_deadline(options_, set);
    if (due && *due <= world_.now) end_session(set);
  }
}

}  // namespace scaleset::simulator
