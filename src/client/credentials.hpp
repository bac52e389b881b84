#pragma once

#include "base/jwt.hpp"
#include "scaleset/options.hpp"

/// What users give the client to authenticate with, checked before any of it is sent.
namespace scaleset::client {

/// The token of a reader, without white space and a byte order mark around it. Errors: those of the
/// reader; invalid_options, if it is no token. The text names the reader's source.
[[nodiscard]] Result<Secret> read_token(SecretReader const& reader);

/// The token that a TokenProvider returned. Errors: as read_token().
[[nodiscard]] Result<ProvidedToken> checked_token(ProvidedToken provided);

/// The App's key. Errors: those of the reader; invalid_private_key, naming the reader's source.
[[nodiscard]] Result<base::RsaPrivateKey> read_app_key(SecretReader const& reader);

/// Whether the credentials are complete and each SecretReader returns what can be used. A
/// TokenProvider and a signer are not called: they may take long. Errors: invalid_options,
/// invalid_private_key, those of the readers.
[[nodiscard]] Result<void> check_credentials(Credentials const& credentials);

}  // namespace scaleset::client
