#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "client/caller.hpp"
#include "protocol/wire/access.hpp"

namespace scaleset::client {

/// Walks the chain E1 to E3 (protocol.md 3.1) once: credentials, registration token, admin
/// connection. Secrets are read, and a TokenProvider is asked, anew each time. The connection
/// expires no later than the provider's token does. Errors: those of the calls, of the SecretReader
/// and of the provider.
Task<protocol::AdminConnection> walk_token_chain(boost::asio::any_io_executor executor,
                                                 Caller caller);

}  // namespace scaleset::client
