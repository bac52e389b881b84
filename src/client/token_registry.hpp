#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "client/token_source.hpp"

namespace scaleset::client {

/// The token source for clients like this one, made if there is none. Clients are alike if they run
/// on the same executor, have equal FinalizedClientOptions::fingerprint()s, or the very same
/// options where there is none, and the same transport if it is `own_transport`.
/// The sources of a loop are known to a service of its execution context, and live as long as their
/// clients.
[[nodiscard]] std::shared_ptr<TokenSource> shared_token_source(
    boost::asio::any_io_executor executor, Caller const& caller, bool own_transport);

}  // namespace scaleset::client
