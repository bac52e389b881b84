#pragma once

#include <expected>
#include <optional>
#include <string>

#include "http/server.hpp"
#include "simulator/front/parts/call.hpp"
#include "simulator/front/parts/credentials.hpp"
#include "simulator/front/parts/live_model.hpp"

/// Who is calling. A handler names the visit it wants as its first parameter; the call is answered
/// with 401 before it gets there if its token is not good. The 401 never says why.
namespace scaleset::simulator {

template <class Visit>
using Admission = std::expected<Visit, http::ServerResponse>;

/// A call of the REST API with any credential of a user or an installation (E2, E19).
struct UserVisit {
  static Admission<UserVisit> admit(LiveModel& live, Credentials const& credentials,
                                    Call const& call);
  LiveModel& live;
  Call const& call;
};

/// A call with an admin token (E4 to E15), for the tenant that the token is of.
struct AdminVisit {
  static Admission<AdminVisit> admit(LiveModel& live, Credentials const& credentials,
                                     Call const& call);
  LiveModel& live;
  Call const& call;
  std::string tenant;  // key

  [[nodiscard]] Tenant const& owner() const { return *live.model.find_tenant(tenant); }
  /// The first variable segment of the path as an id.
  [[nodiscard]] ScaleSetId scale_set() const { return ScaleSetId{call.number(0)}; }
  [[nodiscard]] RunnerId runner() const { return RunnerId{call.number(0)}; }
};

/// A call with a runner's OAuth token (protocol.md 11.4). Whether the runner is still registered is
/// for the model to say.
struct RunnerVisit {
  LiveModel& live;
  Call const& call;
  std::string tenant;  // key
  RunnerId id;
};
/// Such a call to the broker, and one to the run service (which is acquirejob): they say 401
/// differently.
struct BrokerVisit : RunnerVisit {
  static Admission<BrokerVisit> admit(LiveModel& live, Credentials const& credentials,
                                      Call const& call);
};
struct RunServiceVisit : RunnerVisit {
  static Admission<RunServiceVisit> admit(LiveModel& live, Credentials const& credentials,
                                          Call const& call);
};

/// A call with the token of a job, which the runner found in the job: renewjob, completejob and the
/// Results service. The runner's own token is not good for these (protocol.md D.3, item 8).
struct JobVisit {
  static Admission<JobVisit> admit(LiveModel& live, Credentials const& credentials,
                                   Call const& call);
  LiveModel& live;
  Call const& call;
  std::string tenant;  // key
  RunnerId runner;
  std::string job_id;
};

/// The tenant of the admin token, if the token is good and the URL is that tenant's.
[[nodiscard]] std::optional<std::string> admin_tenant(LiveModel const& live,
                                                      Credentials const& credentials,
                                                      Call const& call);
/// What a queue token says. Whether its session still lives is for the model to say.
[[nodiscard]] std::optional<TokenClaims> queue_claims(LiveModel const& live,
                                                      Credentials const& credentials,
                                                      Call const& call);

}  // namespace scaleset::simulator
