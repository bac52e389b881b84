#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <optional>

#include "client/caller.hpp"
#include "protocol/access.hpp"
#include "protocol/token_machine.hpp"
#include "scaleset/async/scope.hpp"

namespace scaleset::client {

/// The admin connection of one tenant, minted by walking the chain E1 to E3 (spec 3.1). Any number
/// of calls may ask; one walk is under way at a time, and it does not end with the call that began
/// it. One thread.
class TokenSource {
 public:
  struct Lease {
    Lease() = default;
    protocol::AdminConnection connection;
    std::uint64_t generation = 0;
  };

  TokenSource(boost::asio::any_io_executor executor, Caller& caller);

  Task<Lease> get();
  /// The service refused the token of that generation. True: get() again and repeat the call once.
  [[nodiscard]] bool rejected(std::uint64_t generation);
  /// How long ago the token in use was minted. No value: there is none.
  [[nodiscard]] std::optional<std::chrono::seconds> age() const;
  /// Ends a walk that is under way and waits for it.
  boost::asio::awaitable<void> shutdown();

 private:
  boost::asio::awaitable<void> refresh();
  Task<protocol::AdminConnection> walk_chain();
  Task<Secret> rest_api_token();
  void report(Result<protocol::AdminConnection> outcome);

  Caller& caller_;
  protocol::TokenMachine machine_;
  boost::asio::steady_timer refreshed_;  // cancelled at the end of a walk
  async::TaskScope tasks_;
};

}  // namespace scaleset::client
