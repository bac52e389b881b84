#pragma once

#include <string>

#include "scaleset/options.hpp"

namespace scaleset::client {

/// Equal for options that yield the same tokens by the same way: credentials (their text as it is
/// now), config URL, proxy, certificates, and the very same hooks (null before they were filled
/// in). A SHA-256 digest, so that no secret is kept for it. Empty: nothing can be said, since the
/// secret cannot be read or a TokenProvider makes it; such options are like nothing but themselves.
[[nodiscard]] std::string fingerprint(ClientOptions const& options);

}  // namespace scaleset::client
