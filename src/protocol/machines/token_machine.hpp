#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "protocol/wire/access.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/token_trouble.hpp"

namespace scaleset::protocol {

/// The admin token of one tenant, shared by all its calls (protocol.md 3.1, W-21, field problems D2
/// and D4). The first call that needs it gets it ("mints" it) while the others wait; it is renewed
/// early in the background, and used until it really expires.
///
///                      need() = mint                refreshed()
///     empty, expired ────────────────> refreshing ─────────────> fresh ─70 to 80 % of life─> due
///       or rejected  <──refresh_failed()──┘                        ^  need() = use_and_mint   │
///                                                                  └──────refreshed()─────────┘
///
/// After a failed renewal the old token stays in use and the next attempt waits (1 s, doubling to
/// 60 s, or the service's Retry-After). Without a usable token calls made during that wait fail at
/// once with the last error, so that ten thousand callers with wrong credentials do not use up the
/// service's rate limit.
class TokenMachine {
 public:
  enum class Answer : std::uint8_t {
    use,           // connection() is good
    use_and_mint,  // connection() is good; the caller also starts a refresh in the background
    mint,          // the caller refreshes, reports how it went, and asks again
    wait,          // a refresh is under way: wait for its end, then ask again
    fail,          // last_error(): too early for another attempt
  };

  /// What to do for a call. `mint` and `use_and_mint` are given to one caller only, until that one
  /// reports.
  [[nodiscard]] Answer need(Now const& now);
  void refreshed(AdminConnection connection, Now const& now, RandomSource& random);
  void refresh_failed(Error error, Now const& now, RandomSource& random);
  /// The caller that was to refresh was cancelled: the next one is asked to, without a wait.
  void refresh_abandoned() noexcept { refreshing_ = false; }

  /// The credentials have changed: the next call is to get a new token at once, without the wait
  /// that follows a failure. The old token is used until then. A refresh under way may have begun
  /// with the old credentials, or hang because of them: what becomes of it must not be reported any
  /// more.
  void renew(Now const& now) noexcept;

  /// The service answered 401 to a call made with the token of `generation`. True: ask again and
  /// repeat the call once. False: the token has just been minted because of another 401, so the 401
  /// is the answer.
  [[nodiscard]] bool rejected(std::uint64_t generation, Now const& now);

  /// Only after `use` or `use_and_mint`.
  [[nodiscard]] AdminConnection const& connection() const { return connection_.value(); }
  /// Counts the tokens; belongs to connection().
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
  /// No value: there has been no token yet.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> minted_at() const {
    return connection_ ? std::optional(minted_at_) : std::nullopt;
  }
  /// Only after `fail`, or after a refresh that was waited for has failed.
  [[nodiscard]] Error const& last_error() const { return trouble_.value().error; }
  /// No value: the last attempt worked, or there was none.
  [[nodiscard]] std::optional<TokenTrouble> const& trouble() const noexcept { return trouble_; }

 private:
  [[nodiscard]] bool usable(Now const& now) const;
  [[nodiscard]] bool due(Now const& now) const;

  using Steady = std::chrono::steady_clock::time_point;
  std::optional<AdminConnection> connection_;
  std::uint64_t generation_ = 0;
  Steady minted_at_{};
  Steady renew_at_{};
  bool rejected_ = false;                // connection_ was answered with 401
  bool minted_after_rejection_ = false;  // connection_ replaced one that was
  bool refreshing_ = false;
  int failures_ = 0;  // in a row
  Steady next_attempt_{};
  std::optional<TokenTrouble> trouble_;
};

}  // namespace scaleset::protocol
