#pragma once

#include <string>

#include "scaleset/options.hpp"

namespace scaleset::client {

/// A text that is equal for options that get the same tokens in the same way: same credentials (the
/// secret's text as it is now), config URL, proxy and certificates, and the very same hook objects
/// (as given: finalize() has not replaced null ones yet). It is a SHA-256 digest, so that no secret
/// is kept for it. Empty if the secret cannot be read or comes from a TokenProvider: such options
/// cannot be compared, and count as different from all others.
[[nodiscard]] std::string fingerprint(ClientOptions const& options);

}  // namespace scaleset::client
