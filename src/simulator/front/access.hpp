#pragma once

#include <optional>
#include <string>

#include "simulator/front/service.hpp"

/// Who is calling. None of these says why a token is not good: the caller gets 401 either way.
namespace scaleset::simulator {

/// Whether there is any credential of a user or an installation at all (E2, E19).
[[nodiscard]] bool has_user_credential(Call const& call) noexcept;
/// The tenant of the admin token, if it is good and the URL is that tenant's.
[[nodiscard]] std::optional<std::string> admin_tenant(Service const& service, Call const& call);
/// Of a queue token. Whether its session still lives is the model's business.
[[nodiscard]] std::optional<TokenClaims> queue_claims(Service const& service, Call const& call);
/// Of a runner's OAuth token. Whether the runner is still registered is the model's business.
[[nodiscard]] std::optional<TokenClaims> runner_claims(Service const& service, Call const& call);

}  // namespace scaleset::simulator
