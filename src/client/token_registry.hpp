#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "client/token_source.hpp"

namespace scaleset::client {

/// The token source that this client shares with others, made if there is none. Clients share one
/// if they run on the same executor, have the same FinalizedClientOptions::fingerprint() (or, where
/// it is empty, the very same options object), and use the same transport object if it was given to
/// them (`users_transport`). The sources of a loop are found through a service of its execution
/// context, and live as long as their clients.
[[nodiscard]] std::shared_ptr<TokenSource> shared_token_source(
    boost::asio::any_io_executor executor, Caller const& caller, bool users_transport);

}  // namespace scaleset::client
