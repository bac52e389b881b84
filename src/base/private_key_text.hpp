#pragma once

#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

namespace scaleset::base {

/// Makes PEM text in its usual form (lines of 64 characters) of a private key as people paste it:
/// with `\n` written out, indented, with CR as the only line end, on one line, in quotation marks,
/// with a byte order mark, or as base64 of the whole file. A PEM block that is no private key, or
/// that needs a password, is refused with what it is and how to convert it. Whether an accepted
/// text is a key, and an RSA key, is for the caller to find out. Errors: invalid_private_key, a
/// clause that follows the name of the key, without any of the text.
[[nodiscard]] Result<Secret> usual_pem(Secret const& pasted);

}  // namespace scaleset::base
