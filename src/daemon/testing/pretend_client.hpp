#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <utility>

#include "scaleset/async/client.hpp"

namespace scaleset::daemon::testing {

/// A client with a token, which reaches a pretended service through `transport`. `hooks.clock` is
/// that of the executor's virtual time. Errors: those of finalize().
inline Result<std::unique_ptr<async::Client>> pretend_client(
    boost::asio::any_io_executor executor, std::string const& url,
    std::shared_ptr<HttpTransport> transport, Hooks hooks, int max_retries) {
  ClientOptions options;
  options.config_url = url;
  options.credentials = PersonalAccessToken{constant_secret(Secret("ghp_x"))};
  options.retry.max_retries = max_retries;
  options.hooks = std::move(hooks);
  auto finalized = finalize(std::move(options));
  if (!finalized) return std::unexpected(finalized.error());
  return std::make_unique<async::Client>(std::move(executor), *std::move(finalized),
                                         std::move(transport));
}

}  // namespace scaleset::daemon::testing
