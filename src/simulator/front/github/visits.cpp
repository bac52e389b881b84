#include "simulator/front/github/visits.hpp"

#include <utility>

#include "simulator/front/github/errors.hpp"

namespace scaleset::simulator {
namespace {

std::optional<TokenClaims> bearer_claims(LiveModel const& live, Credentials const& credentials,
                                         Call const& call, TokenKind kind) {
  std::optional<TokenClaims> claims =
      credentials.tokens.verify(call.credential("Bearer"), kind, live.now());
  if (claims && live.model.find_tenant(claims->tenant) == nullptr) return std::nullopt;
  return claims;
}

/// In the acquire profile the URL names the tenant, and a token of another one must not be accepted
/// there. In the broker profile only the token names it (protocol.md 1).
bool is_place_of(LiveModel const& live, Call const& call, std::string const& tenant) {
  if (live.profile() == Profile::broker) return call.service_id.empty();
  return call.service_id == live.model.find_tenant(tenant)->service_id;
}

/// Any token or password will do: who may do what at GitHub is not simulated.
bool has_user_credential(Call const& call) noexcept {
  return !call.credential("Bearer").empty() || !call.credential("token").empty() ||
         !call.credential("Basic").empty();
}

std::optional<RunnerVisit> runner_visit(LiveModel& live, Credentials const& credentials,
                                        Call const& call) {
  std::optional<TokenClaims> claims = bearer_claims(live, credentials, call, TokenKind::runner);
  if (!claims) return std::nullopt;
  // Before the handler looks at the world. What is due by now has to have happened.
  live.catch_up();
  return RunnerVisit{live, call, std::move(claims->tenant), RunnerId{claims->id}};
}

/// GitHub Apps cannot be installed on an enterprise (protocol.md 3.5), so no installation token is
/// good for one.
bool is_app_on_enterprise(Call const& call) {
  bool const is_enterprise =
      !call.segments.empty() && call.segments.front().starts_with("enterprises/");
  return is_enterprise && (call.credential("Bearer").starts_with("ghs_") ||
                           call.credential("token").starts_with("ghs_"));
}

constexpr std::string_view kBadRunnerToken = "The token is invalid or has expired.";

}  // namespace

Admission<UserVisit> UserVisit::admit(LiveModel& live, Credentials const&, Call const& call) {
  if (!has_user_credential(call)) return std::unexpected(rest_error(401, "Bad credentials"));
  if (is_app_on_enterprise(call))
    return std::unexpected(rest_error(403, "Resource not accessible by integration"));
  live.catch_up();
  return UserVisit{live, call};
}

Admission<AdminVisit> AdminVisit::admit(LiveModel& live, Credentials const& credentials,
                                        Call const& call) {
  std::optional<std::string> tenant = admin_tenant(live, credentials, call);
  if (!tenant) return std::unexpected(invalid_token());
  live.catch_up();
  return AdminVisit{live, call, std::move(*tenant)};
}

Admission<BrokerVisit> BrokerVisit::admit(LiveModel& live, Credentials const& credentials,
                                          Call const& call) {
  std::optional<RunnerVisit> visit = runner_visit(live, credentials, call);
  if (!visit) return std::unexpected(broker_error(401, "Unauthorized", kBadRunnerToken));
  return BrokerVisit{std::move(*visit)};
}

Admission<RunServiceVisit> RunServiceVisit::admit(LiveModel& live, Credentials const& credentials,
                                                  Call const& call) {
  std::optional<RunnerVisit> visit = runner_visit(live, credentials, call);
  if (!visit) return std::unexpected(run_service_error(401, kBadRunnerToken));
  return RunServiceVisit{std::move(*visit)};
}

Admission<JobVisit> JobVisit::admit(LiveModel& live, Credentials const& credentials,
                                    Call const& call) {
  std::optional<TokenClaims> claims = bearer_claims(live, credentials, call, TokenKind::job);
  if (!claims) return std::unexpected(not_authorized_for_job());
  live.catch_up();
  return JobVisit{live, call, std::move(claims->tenant), RunnerId{claims->id},
                  std::move(claims->session)};
}

std::optional<std::string> admin_tenant(LiveModel const& live, Credentials const& credentials,
                                        Call const& call) {
  std::optional<TokenClaims> claims = bearer_claims(live, credentials, call, TokenKind::admin);
  if (!claims || !is_place_of(live, call, claims->tenant)) return std::nullopt;
  return std::move(claims->tenant);
}

std::optional<TokenClaims> queue_claims(LiveModel const& live, Credentials const& credentials,
                                        Call const& call) {
  std::optional<TokenClaims> claims = bearer_claims(live, credentials, call, TokenKind::queue);
  if (!claims || !is_place_of(live, call, claims->tenant)) return std::nullopt;
  return claims;
}

}  // namespace scaleset::simulator
