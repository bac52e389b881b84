#pragma once

#include <string>

#include "protocol/wire/config_url.hpp"
#include "protocol/wire/operations.hpp"
#include "scaleset/error.hpp"

namespace scaleset::protocol {

/// The right that a token needs to register runners (protocol.md 3.5): `the admin:org scope
/// (classic) or "Self-hosted runners: read and write" (fine-grained or GitHub App)`.
[[nodiscard]] std::string needed_permission(ConfigUrl::Scope scope);

/// Turns a 401, 403 or 404 of E1 to E3 into one line that says what is probably wrong and which
/// right is needed (field problem D3). Other errors are returned as they are.
[[nodiscard]] Error explain_refusal(Error error, Operation operation, ConfigUrl const& url,
                                    std::string const& github_says);

}  // namespace scaleset::protocol
