#pragma once

#include <string>
#include <string_view>

namespace scaleset::protocol {

/// The text with "***" in place of everything that looks like a credential: JWTs, GitHub's tokens
/// by their prefixes, private keys, what follows "Bearer ", the value of anything called token,
/// secret, password, authorization, private key or JIT config (in JSON, in JSON inside of JSON, in
/// a query), and any other run of 24 letters and digits. Too much is blanked rather than too
/// little.
[[nodiscard]] std::string redact(std::string_view text);

/// The beginning of an answer's body for a support request: at most 1 KiB on one line, redacted,
/// with "..." at the end if there was more.
[[nodiscard]] std::string redacted_beginning(std::string_view body);

}  // namespace scaleset::protocol
