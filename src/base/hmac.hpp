#pragma once

#include <string>
#include <string_view>

#include "scaleset/secret.hpp"

namespace scaleset::base {

/// HMAC-SHA256 (RFC 2104): 32 bytes that only somebody who has the key can compute from `bytes`.
[[nodiscard]] std::string hmac_sha256(Secret const& key, std::string_view bytes);

}  // namespace scaleset::base
