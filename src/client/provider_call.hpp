#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "scaleset/async/transport.hpp"
#include "scaleset/options.hpp"

namespace scaleset::client {

/// Asks the provider on a thread of its own and waits without blocking the executor. What the
/// provider throws is an error (network, so that it is tried again: the cause is unknown), and so
/// is an empty token. Cancelled: returns at once; the provider is left to finish by itself, and its
/// late answer is dropped; `provider` lives until then.
Task<ProvidedToken> call_provider(boost::asio::any_io_executor executor,
                                  std::shared_ptr<TokenProvider const> provider);

}  // namespace scaleset::client
