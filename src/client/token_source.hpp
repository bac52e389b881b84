#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/condition.hpp"
#include "client/caller.hpp"
#include "protocol/machines/token_machine.hpp"
#include "protocol/wire/access.hpp"
#include "scaleset/async/scope.hpp"

namespace scaleset::client {

/// An admin connection, and the number by which rejected() knows it.
struct TokenLease {
  TokenLease() = default;
  protocol::AdminConnection connection;
  std::uint64_t generation = 0;
};

/// The admin connection of one tenant, minted by walking the chain E1 to E3 (protocol.md 3.1) with
/// the options of the client that came first. Any number of clients and calls may ask. Only one
/// walk is under way at a time, and it goes on even if the call or the client that began it ends.
/// Not thread-safe: use it only on the executor's thread.
class TokenSource : public std::enable_shared_from_this<TokenSource> {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  TokenSource(boost::asio::any_io_executor executor, Caller caller);

  /// Returns a connection, waiting for it until `deadline` at most. Errors: those of the walk;
  /// timeout; cancelled (returns at once).
  Task<TokenLease> get(Steady deadline);
  /// The service refused the token of that generation. True: get() again and repeat the call once.
  [[nodiscard]] bool rejected(std::uint64_t generation);
  /// The credentials have changed: gets a new connection now, without the wait that follows a
  /// failure. The old one is used until it is there. What becomes of a walk that is under way is
  /// dropped.
  void renew();
  /// How long ago the present token was made. No value: there is none.
  [[nodiscard]] std::optional<std::chrono::seconds> age() const;
  [[nodiscard]] std::optional<TokenTrouble> const& trouble() const noexcept {
    return machine_.trouble();
  }

  void add_user() noexcept { ++users_; }
  /// When the last user leaves, a walk under way is cancelled, and nobody can join any more.
  void leave_user() noexcept;
  [[nodiscard]] bool stopped() const noexcept { return tasks_.stop_requested(); }
  /// Waits for the end of a walk under way, if no user is left.
  boost::asio::awaitable<void> wait_for_walk();

  [[nodiscard]] Caller const& caller() const noexcept { return caller_; }

 private:
  /// `waited_for`: calls wait for it, and say themselves why it failed.
  void begin_walk(bool waited_for);
  static boost::asio::awaitable<void> refresh(std::shared_ptr<TokenSource> self, Caller caller,
                                              std::uint64_t number, bool waited_for);
  void report(Result<protocol::AdminConnection> outcome, bool waited_for);
  /// The error for a call that does not get its token in time; it names what the walk under way has
  /// met last.
  [[nodiscard]] Error without_token(ErrorCode code, std::string text) const;
  [[nodiscard]] Error no_token_in_time() const;

  boost::asio::any_io_executor executor_;
  Caller caller_;
  protocol::TokenMachine machine_;
  base::Condition refreshed_;
  async::TaskScope tasks_;
  std::shared_ptr<Caller::Progress> progress_;  // of the last walk that was begun
  std::uint64_t walks_ = 0;                     // how many were begun
  int users_ = 0;
};

/// One client's part in the TokenSource that it shares with every other client of its executor
/// whose credentials, config URL, connections and hooks are the same (ADR 19).
class SharedTokens {
 public:
  /// `users_transport`: the transport was given to the client. Only clients that were given the
  /// same one share then.
  SharedTokens(boost::asio::any_io_executor executor, Caller const& caller, bool users_transport);
  /// One more user of the same tokens.
  SharedTokens(SharedTokens const& other);
  SharedTokens& operator=(SharedTokens const&) = delete;
  ~SharedTokens();

  /// `began`: when the call began that needs the token. RetryOptions::max_elapsed counts from
  /// there.
  Task<TokenLease> get(std::optional<TokenSource::Steady> began = std::nullopt);
  [[nodiscard]] bool rejected(std::uint64_t generation) { return source_->rejected(generation); }
  void renew() { source_->renew(); }
  [[nodiscard]] std::optional<std::chrono::seconds> age() const { return source_->age(); }
  [[nodiscard]] std::optional<TokenTrouble> const& trouble() const noexcept {
    return source_->trouble();
  }
  /// No call may be under way, and none may follow. Cancels a walk that nobody else needs, and
  /// waits for its end.
  boost::asio::awaitable<void> shutdown();

 private:
  void leave() noexcept;

  std::shared_ptr<FinalizedClientOptions const> options_;
  std::shared_ptr<TokenSource> source_;
  bool left_ = false;
};

}  // namespace scaleset::client
