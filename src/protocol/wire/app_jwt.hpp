#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"
#include "scaleset/types.hpp"

namespace scaleset::protocol {

/// What is signed of a GitHub App's own credential (protocol.md 3.2), `HEADER.PAYLOAD`: RS256,
/// valid from a minute before `now`, so that a clock that is slightly fast does no harm, until
/// eight minutes after it. Made anew for each E1.
[[nodiscard]] std::string app_jwt_to_sign(std::string_view client_id,
                                          std::chrono::system_clock::time_point now);

/// The credential: `to_sign` with its signature, which is given as raw bytes.
[[nodiscard]] Secret signed_app_jwt(std::string_view to_sign, std::string_view signature);

/// The `exp` claim of a token; the signature is not looked at (protocol.md 3.4). Fractions are cut
/// off, a quoted number is taken, years beyond 9999 become 9999. Errors: malformed_response,
/// without any of the token.
[[nodiscard]] Result<Timestamp> jwt_expiry(std::string_view token);

/// What the token allows: the words of its `scp` claim. Empty: it has no such claim, or it is not a
/// JWT.
[[nodiscard]] std::vector<std::string> jwt_scopes(std::string_view token);

}  // namespace scaleset::protocol
