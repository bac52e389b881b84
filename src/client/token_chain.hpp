#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "client/caller.hpp"
#include "protocol/wire/access.hpp"

namespace scaleset::client {

/// Gets the token that the REST API is called with: the credentials' own, or for a GitHub App a
/// fresh installation token (E1). Errors: those of the credentials and of E1.
Task<protocol::IssuedToken> rest_api_token(boost::asio::any_io_executor executor, Caller caller);

/// Walks the chain E1 to E3 (protocol.md 3.1) once: credentials, registration token, admin
/// connection. Secrets are read, and a TokenProvider is asked, anew each time. The connection
/// expires no later than the provider's token does. Errors: those of the calls, of the SecretReader
/// and of the provider.
Task<protocol::AdminConnection> walk_token_chain(boost::asio::any_io_executor executor,
                                                 Caller caller);

}  // namespace scaleset::client
