#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "scaleset/async/transport.hpp"
#include "scaleset/options.hpp"

namespace scaleset::client {

/// Asks the provider on a thread of its own and waits without blocking the executor. An exception
/// of the provider becomes an error (`network`, so that it is tried again: its cause is not known),
/// and an empty token is one as well. When cancelled, returns at once; the provider is left to
/// finish, its late answer is dropped, and `provider` lives until then.
Task<ProvidedToken> call_provider(boost::asio::any_io_executor executor,
                                  std::shared_ptr<TokenProvider const> provider);

}  // namespace scaleset::client
