#include "protocol/machines/token_machine.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/backoff.hpp"

namespace scaleset::protocol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A token is kept at least this long, whatever its expiry and our clock say: with a wrong clock
// each call would renew it.
constexpr seconds kLeastLife{10};
// Taken where the expiry is not known, and the limit where it is claimed to be far off.
constexpr std::chrono::hours kUnknownLife{1};
constexpr std::chrono::hours kLongestLife{24};
// GitHub's client renews in the last minute, too (protocol.md 3.1).
constexpr seconds kRenewBeforeExpiry{60};
// A token that replaced a rejected one and is rejected itself within this time is not minted again:
// see rejected().
constexpr seconds kLeastAgeToReject{60};

milliseconds life_left(AdminConnection const& connection,
                       std::chrono::system_clock::time_point wall) {
  if (!connection.expires_at) return kUnknownLife;
  // In milliseconds: a far expiry does not fit the system clock's nanoseconds.
  auto const left = *connection.expires_at - std::chrono::floor<milliseconds>(wall);
  return std::min<milliseconds>(left, kLongestLife);
}

/// 70 to 80 % of the life, but at least a minute before its end. At random, so that clients that
/// started together do not renew together.
milliseconds time_to_renewal(milliseconds life, RandomSource& random) {
  double const part = 0.8 - 0.1 * random.uniform();
  milliseconds const early(static_cast<std::int64_t>(
      static_cast<double>(std::max(life, milliseconds(0)).count()) * part));
  return std::max<milliseconds>(std::min<milliseconds>(early, life - kRenewBeforeExpiry),
                                kLeastLife);
}

}  // namespace

bool TokenMachine::usable(Now const& now) const {
  if (!connection_ || rejected_) return false;
  bool const young = now.steady < minted_at_ + kLeastLife;
  return young || life_left(*connection_, now.wall) > milliseconds(0);
}

bool TokenMachine::due(Now const& now) const {
  bool const young = now.steady < minted_at_ + kLeastLife;
  // The steady clock stands still while a machine sleeps, so wall time is looked at as well.
  return now.steady >= renew_at_ ||
         (!young && life_left(*connection_, now.wall) <= kRenewBeforeExpiry);
}

TokenMachine::Answer TokenMachine::need(Now const& now) {
  bool const may_mint = !refreshing_ && now.steady >= next_attempt_;
  if (usable(now)) {
    if (!may_mint || !due(now)) return Answer::use;
    refreshing_ = true;
    return Answer::use_and_mint;
  }
  if (refreshing_) return Answer::wait;
  // Without this, each of thousands of waiting calls would walk the token chain and use up the rate
  // limit of the REST API (protocol.md 8).
  if (!may_mint) return Answer::fail;
  refreshing_ = true;
  return Answer::mint;
}

void TokenMachine::refreshed(AdminConnection connection, Now const& now, RandomSource& random) {
  // Before rejected_ is cleared: rejected() must know later why this token was made.
  minted_after_rejection_ = rejected_;
  connection_ = std::move(connection);
  // A new token that has already expired means that our clock is wrong. Its end is not known then:
  // a 401 will show it.
  if (life_left(*connection_, now.wall) <= milliseconds(0)) connection_->expires_at.reset();
  ++generation_;
  minted_at_ = now.steady;
  renew_at_ = now.steady + time_to_renewal(life_left(*connection_, now.wall), random);
  rejected_ = false;
  refreshing_ = false;
  failures_ = 0;
  next_attempt_ = now.steady;
  trouble_.reset();
}

void TokenMachine::refresh_failed(Error error, Now const& now, RandomSource& random) {
  auto delay = base::backoff_delay({}, failures_, random);
  if (error.retry_after) delay = std::max(delay, *error.retry_after);
  ++failures_;
  next_attempt_ = now.steady + delay;
  refreshing_ = false;
  // A refusal that follows an outage has not lasted as long as the outage.
  if (!trouble_ || trouble_->error.code != error.code) trouble_.emplace(error, now.steady);
  trouble_->error = std::move(error);
  ++trouble_->failures;
}

void TokenMachine::renew(Now const& now) noexcept {
  next_attempt_ = now.steady;
  renew_at_ = now.steady;
  failures_ = 0;
  refreshing_ = false;
}

bool TokenMachine::rejected(std::uint64_t generation, Now const& now) {
  // There is a newer token already, or one is being made.
  if (generation != generation_ || rejected_) return true;
  // The new token is refused like the old one, so the token is not what is wrong.
  if (minted_after_rejection_ && now.steady < minted_at_ + kLeastAgeToReject) return false;
  rejected_ = true;
  return true;
}

}  // namespace scaleset::protocol
