#include "simulator/front/access.hpp"

namespace scaleset::simulator {
namespace {

std::optional<TokenClaims> bearer_claims(Service const& service, Call const& call, TokenKind kind) {
  std::optional<TokenClaims> claims =
      service.tokens.verify(call.credential("Bearer"), kind, service.now());
  if (claims && service.model.find_tenant(claims->tenant) == nullptr) return std::nullopt;
  return claims;
}

bool is_place_of(Service const& service, Call const& call, std::string const& tenant) {
  if (service.model.options().profile == Profile::broker) return call.route.service_id.empty();
  return call.route.service_id == service.model.find_tenant(tenant)->service_id;
}

}  // namespace

bool has_user_credential(Call const& call) noexcept {
  return !call.credential("Bearer").empty() || !call.credential("token").empty() ||
         !call.credential("Basic").empty();
}

std::optional<std::string> admin_tenant(Service const& service, Call const& call) {
  std::optional<TokenClaims> const claims = bearer_claims(service, call, TokenKind::admin);
  if (!claims || !is_place_of(service, call, claims->tenant)) return std::nullopt;
  return claims->tenant;
}

std::optional<TokenClaims> queue_claims(Service const& service, Call const& call) {
  std::optional<TokenClaims> claims = bearer_claims(service, call, TokenKind::queue);
  if (!claims || !is_place_of(service, call, claims->tenant)) return std::nullopt;
  return claims;
}

std::optional<TokenClaims> runner_claims(Service const& service, Call const& call) {
  return bearer_claims(service, call, TokenKind::runner);
}

}  // namespace scaleset::simulator
