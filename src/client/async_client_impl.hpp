#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "client/caller.hpp"
#include "client/token_source.hpp"
#include "scaleset/async/client.hpp"

namespace scaleset::inline v0::async {

/// What a client and its sessions share.
struct Client::Impl {
  Impl(boost::asio::any_io_executor loop, std::shared_ptr<FinalizedClientOptions const> options,
       std::shared_ptr<HttpTransport> transport, bool users_transport)
      : executor(std::move(loop)),
        caller(std::move(options), std::move(transport), users_transport),
        tokens(executor, caller, users_transport),
        system_info(caller.options().system_info()) {}

  using BuildRequest = std::function<Result<HttpRequest>(protocol::AdminConnection const&,
                                                         std::string_view user_agent)>;
  /// A call with the admin token. A 401 is answered with one fresh token and one repetition. The
  /// wait for a token counts towards RetryOptions::max_elapsed.
  template <class T>
  Task<T> admin_call(protocol::Operation operation, BuildRequest build,
                     client::Caller::Reader<T> read);

  void set_system_info(SystemInfo info);
  /// What a session with these options calls through: `self`, or a copy of it with another
  /// User-Agent or connections of its own, and the same tokens. Errors: invalid_options.
  [[nodiscard]] static Result<std::shared_ptr<Impl>> for_session(std::shared_ptr<Impl> const& self,
                                                                 SessionOptions const& options);

  boost::asio::any_io_executor executor;
  client::Caller caller;
  client::SharedTokens tokens;
  SystemInfo system_info;  // what the caller's User-Agent was made of
};

template <class T>
Task<T> Client::Impl::admin_call(protocol::Operation operation, BuildRequest build,
                                 client::Caller::Reader<T> read) {
  auto const began = caller.now().steady;
  int refused = 0;  // requests that were answered with 401 before the token was renewed
  for (bool repeated = false;; repeated = true) {
    auto lease = co_await tokens.get(began);
    if (!lease) co_return std::unexpected(lease.error());
    client::Caller::Builder const request = [this, &build, &lease] {
      return build(lease->connection, caller.user_agent());
    };
    auto result = co_await caller.call<T>(operation, request, read, began);
    if (!result && refused > 0) {
      result.error().attempts += refused;
      result.error().request_sent = true;
    }
    if (result || result.error().code != ErrorCode::unauthorized || repeated) co_return result;
    if (!tokens.rejected(lease->generation)) co_return result;
    refused = result.error().attempts;
    caller.log().warn("the service refused the admin token before its time; getting a new one",
                      {{"operation", protocol::traits(operation).name}});
  }
}

}  // namespace scaleset::inline v0::async
