#include "protocol/machines/token_machine.hpp"

#include <gtest/gtest.h>

#include "scaleset/testing/fake_clock.hpp"

namespace scaleset::protocol {
namespace {

using Answer = TokenMachine::Answer;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class TokenMachineTest : public ::testing::Test {
 protected:
  [[nodiscard]] AdminConnection connection(std::chrono::milliseconds life) const {
    AdminConnection result;
    result.url = "https://b/rest";
    result.expires_at = std::chrono::floor<std::chrono::milliseconds>(clock.now().wall) + life;
    return result;
  }
  void mint(std::chrono::milliseconds life) {
    EXPECT_EQ(need(), Answer::mint);
    machine.refreshed(connection(life), clock.now(), random);
  }
  [[nodiscard]] Answer need() { return machine.need(clock.now()); }
  void fail_refresh(ErrorCode code = ErrorCode::network) {
    machine.refresh_failed(Error(code, "no"), clock.now(), random);
  }
  [[nodiscard]] bool rejected(std::uint64_t generation) {
    return machine.rejected(generation, clock.now());
  }

  testing::FakeClock clock;
  testing::FixedRandom random{0.0};  // renewal at exactly 80 %
  TokenMachine machine;
};

TEST_F(TokenMachineTest, IsMintedByTheFirstWhileTheOthersWait) {
  EXPECT_EQ(need(), Answer::mint);
  EXPECT_EQ(need(), Answer::wait);
  EXPECT_EQ(need(), Answer::wait);
  machine.refreshed(connection(hours(1)), clock.now(), random);
  EXPECT_EQ(need(), Answer::use);
  EXPECT_EQ(machine.connection().url, "https://b/rest");
  EXPECT_EQ(machine.generation(), 1U);
}

TEST_F(TokenMachineTest, IsRenewedInTheBackgroundAtEightyPercent) {
  mint(hours(1));
  clock.advance(minutes(48) - seconds(1));
  EXPECT_EQ(need(), Answer::use);
  clock.advance(seconds(1));
  EXPECT_EQ(need(), Answer::use_and_mint);
  EXPECT_EQ(need(), Answer::use);  // single flight
  machine.refreshed(connection(hours(1)), clock.now(), random);
  EXPECT_EQ(need(), Answer::use);
  EXPECT_EQ(machine.generation(), 2U);
}

TEST_F(TokenMachineTest, IsRenewedUpToATenthEarlierAtRandom) {
  random = testing::FixedRandom(0.999999);
  mint(hours(1));
  clock.advance(minutes(42) - seconds(1));
  EXPECT_EQ(need(), Answer::use);
  clock.advance(seconds(2));
  EXPECT_EQ(need(), Answer::use_and_mint);
}

TEST_F(TokenMachineTest, IsRenewedAMinuteBeforeItsEndAtTheLatest) {
  mint(seconds(200));  // 80 % would be 160 s
  clock.advance(seconds(139));
  EXPECT_EQ(need(), Answer::use);
  clock.advance(seconds(1));
  EXPECT_EQ(need(), Answer::use_and_mint);
}

TEST_F(TokenMachineTest, IsUsedUntilItReallyExpires) {
  mint(hours(1));
  clock.advance(minutes(50));
  EXPECT_EQ(need(), Answer::use_and_mint);
  clock.advance(minutes(10) - seconds(1));
  EXPECT_EQ(need(), Answer::use);
  clock.advance(seconds(1));
  EXPECT_EQ(need(), Answer::wait);  // the refresh of ten minutes ago is still under way
  fail_refresh();
  EXPECT_EQ(need(), Answer::fail);
}

TEST_F(TokenMachineTest, BacksOffAfterAFailedRenewalAndUsesTheOldOne) {
  mint(hours(1));
  clock.advance(minutes(48));
  for (int wait : {1, 2, 4, 8, 16, 32, 60, 60}) {
    EXPECT_EQ(need(), Answer::use_and_mint) << wait;
    fail_refresh();
    EXPECT_EQ(need(), Answer::use);
    clock.advance(seconds(wait) - std::chrono::milliseconds(1));
    EXPECT_EQ(need(), Answer::use) << wait;
    clock.advance(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(need(), Answer::use_and_mint);
}

TEST_F(TokenMachineTest, FailsFastBetweenAttemptsWithoutAToken) {
  EXPECT_EQ(need(), Answer::mint);
  fail_refresh(ErrorCode::unauthorized);
  EXPECT_EQ(need(), Answer::fail);
  EXPECT_EQ(machine.last_error().code, ErrorCode::unauthorized);
  clock.advance(seconds(1));
  EXPECT_EQ(need(), Answer::mint);
  EXPECT_EQ(need(), Answer::wait);
  machine.refreshed(connection(hours(1)), clock.now(), random);
  EXPECT_EQ(need(), Answer::use);
}

TEST_F(TokenMachineTest, HonoursARetryAfter) {
  EXPECT_EQ(need(), Answer::mint);
  Error limited(ErrorCode::rate_limited, "no");
  limited.retry_after = minutes(2);
  machine.refresh_failed(limited, clock.now(), random);
  clock.advance(minutes(2) - seconds(1));
  EXPECT_EQ(need(), Answer::fail);
  clock.advance(seconds(1));
  EXPECT_EQ(need(), Answer::mint);
}

TEST_F(TokenMachineTest, ACancelledRefreshIsTakenOverAtOnce) {
  EXPECT_EQ(need(), Answer::mint);
  machine.refresh_abandoned();
  EXPECT_EQ(need(), Answer::mint);
}

TEST_F(TokenMachineTest, ARejectedTokenIsMintedAnewOnce) {
  mint(hours(1));
  EXPECT_TRUE(rejected(1));
  EXPECT_TRUE(rejected(1));  // a second call with the same token
  EXPECT_EQ(need(), Answer::mint);
  EXPECT_EQ(need(), Answer::wait);
  EXPECT_TRUE(rejected(1));
  machine.refreshed(connection(hours(1)), clock.now(), random);
  EXPECT_EQ(need(), Answer::use);
  EXPECT_TRUE(rejected(1));  // a late one: the newer token is there already
  EXPECT_EQ(need(), Answer::use);
  EXPECT_FALSE(rejected(2));  // the new one, too: then the token is not what is wrong
  EXPECT_EQ(need(), Answer::use);
  clock.advance(minutes(1));
  EXPECT_TRUE(rejected(2));
  EXPECT_EQ(need(), Answer::mint);
}

TEST_F(TokenMachineTest, ARejectionDuringARenewalWaitsForIt) {
  mint(hours(1));
  clock.advance(minutes(48));
  EXPECT_EQ(need(), Answer::use_and_mint);
  EXPECT_TRUE(rejected(1));
  EXPECT_EQ(need(), Answer::wait);
  machine.refreshed(connection(hours(1)), clock.now(), random);
  EXPECT_EQ(need(), Answer::use);
}

TEST_F(TokenMachineTest, AShortLivedTokenIsNotMintedForEveryCall) {
  mint(seconds(30));  // the reference would walk the chain for each request
  clock.advance(seconds(9));
  EXPECT_EQ(need(), Answer::use);
  clock.advance(seconds(1));
  EXPECT_EQ(need(), Answer::use_and_mint);
}

TEST_F(TokenMachineTest, AWrongClockDoesNotSpendTheBudget) {
  mint(-hours(2));  // our clock is two hours ahead
  clock.advance(minutes(47));
  EXPECT_EQ(need(), Answer::use);
  clock.advance(minutes(1));
  EXPECT_EQ(need(), Answer::use_and_mint);
  machine.refreshed(connection(-hours(2)), clock.now(), random);
  EXPECT_EQ(need(), Answer::use);
}

TEST_F(TokenMachineTest, AnAbsurdExpiryIsRenewedAfterADay) {
  AdminConnection forever = connection(hours(1));
  forever.expires_at = Timestamp(seconds(253402300799));  // the end of 9999
  EXPECT_EQ(need(), Answer::mint);
  machine.refreshed(forever, clock.now(), random);
  clock.advance(hours(19));
  EXPECT_EQ(need(), Answer::use);
  clock.advance(hours(1));
  EXPECT_EQ(need(), Answer::use_and_mint);
}

TEST_F(TokenMachineTest, AnUnknownExpiryIsTakenForAnHour) {
  AdminConnection unknown = connection(hours(1));
  unknown.expires_at.reset();
  EXPECT_EQ(need(), Answer::mint);
  machine.refreshed(unknown, clock.now(), random);
  clock.advance(minutes(47));
  EXPECT_EQ(need(), Answer::use);
  clock.advance(minutes(1));
  EXPECT_EQ(need(), Answer::use_and_mint);
}

/// A suspended machine: the wall clock went on, the steady one did not.
TEST_F(TokenMachineTest, SeesAnExpiryThatWasSlept) {
  mint(hours(1));
  clock.advance(minutes(1));
  Now now = clock.now();
  now.wall += hours(3);
  EXPECT_EQ(machine.need(now), Answer::mint);
}

TEST_F(TokenMachineTest, ARenewalThatIsAskedForKeepsTheOldTokenInUse) {
  mint(hours(1));
  machine.renew(clock.now());
  EXPECT_EQ(need(), Answer::use_and_mint);
  fail_refresh();
  EXPECT_EQ(need(), Answer::use) << "it is as good as before";
  clock.advance(seconds(1));
  EXPECT_EQ(need(), Answer::use_and_mint) << "the new one is still wanted";
  machine.refreshed(connection(hours(1)), clock.now(), random);
  EXPECT_EQ(need(), Answer::use);
  EXPECT_EQ(machine.generation(), 2U);
}

TEST_F(TokenMachineTest, ARenewalThatIsAskedForEndsTheWaitAfterARefusal) {
  for (int i = 0; i < 10; ++i) {
    machine.renew(clock.now());
    EXPECT_EQ(need(), Answer::mint);
    fail_refresh(ErrorCode::unauthorized);
    EXPECT_EQ(need(), Answer::fail);
  }
  clock.advance(seconds(1));
  EXPECT_EQ(need(), Answer::mint) << "and the next wait is a short one";
}

TEST_F(TokenMachineTest, TellsSinceWhenItFailsAlthoughTheOldOneIsInUse) {
  mint(hours(1));
  EXPECT_FALSE(machine.trouble());
  auto const began = clock.now().steady;
  for (int i = 0; i < 3; ++i) {
    machine.renew(clock.now());
    EXPECT_EQ(need(), Answer::use_and_mint);
    fail_refresh(ErrorCode::unauthorized);
    clock.advance(seconds(5));
  }
  ASSERT_TRUE(machine.trouble());
  EXPECT_EQ(machine.trouble()->error.code, ErrorCode::unauthorized);
  EXPECT_EQ(machine.trouble()->since, began);
  EXPECT_EQ(machine.trouble()->failures, 3);
  machine.renew(clock.now());
  EXPECT_TRUE(machine.trouble()) << "whether the new ones are better is not known yet";
  EXPECT_EQ(need(), Answer::use_and_mint);
  machine.refreshed(connection(hours(1)), clock.now(), random);
  EXPECT_FALSE(machine.trouble());
}

TEST_F(TokenMachineTest, ARefusalAfterAnOutageHasBegunWithTheRefusal) {
  EXPECT_EQ(need(), Answer::mint);
  fail_refresh(ErrorCode::network);
  clock.advance(hours(1));
  EXPECT_EQ(need(), Answer::mint);
  fail_refresh(ErrorCode::unauthorized);
  EXPECT_EQ(machine.trouble()->since, clock.now().steady);
  EXPECT_EQ(machine.trouble()->failures, 1);
}

TEST_F(TokenMachineTest, ARefreshThatBeganWithTheOldCredentialsIsNotWaitedFor) {
  EXPECT_EQ(need(), Answer::mint);
  machine.renew(clock.now());
  EXPECT_EQ(need(), Answer::mint) << "at once, since the first one may hang";
  EXPECT_EQ(need(), Answer::wait);
  machine.refreshed(connection(hours(1)), clock.now(), random);
  EXPECT_EQ(need(), Answer::use);
  EXPECT_EQ(machine.generation(), 1U);
}

}  // namespace
}  // namespace scaleset::protocol
