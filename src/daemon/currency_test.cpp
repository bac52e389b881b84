#include "daemon/currency.hpp"

#include <gtest/gtest.h>

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

class CurrencyTest : public ::testing::Test {
 protected:
  static RunnerDeprecation ends(std::optional<Timestamp> registration,
                                std::optional<Timestamp> runtime) {
    RunnerDeprecation made;
    made.version = "2.336.0";
    made.registration_deprecates_at = registration;
    made.runtime_deprecates_at = runtime;
    return made;
  }
  void learn(std::optional<RunnerDeprecation> const& answer) {
    ASSERT_TRUE(currency.saw(version, now));
    currency.learn(version, answer, now);
  }
  /// "8", "2!" for an alarm, or "" if there is nothing to say.
  std::string left() const {
    auto const end = currency.end_of(version, now);
    return end ? std::to_string(end->days_left) + (end->is_alarm ? "!" : "") : "";
  }

  Currency::Version version{"https://github.com", "2.336.0"};
  Timestamp now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 1);
  Currency currency;
};

TEST_F(CurrencyTest, AVersionIsAskedForOnceADay) {
  EXPECT_TRUE(currency.saw(version, now));
  EXPECT_FALSE(currency.saw(version, now)) << "by one scale set";
  EXPECT_TRUE(currency.saw({"https://ghes.test", "2.336.0"}, now)) << "of each service";
  EXPECT_TRUE(currency.saw({"https://github.com", "2.337.0"}, now));
  currency.learn(version, ends({}, now + days(40)), now);
  EXPECT_FALSE(currency.saw(version, now + 23h));
  EXPECT_TRUE(currency.saw(version, now + 24h));
}

TEST_F(CurrencyTest, AfterAFailureItIsAskedForAnHourLater) {
  EXPECT_TRUE(currency.saw(version, now));
  currency.failed(version, now);
  EXPECT_FALSE(currency.saw(version, now + 59min));
  EXPECT_TRUE(currency.saw(version, now + 1h));
  // Nobody has told of the outcome.
  EXPECT_TRUE(currency.saw(version, now + 1h + 5min));
}

TEST_F(CurrencyTest, WhatIsKnownOutlivesAFailure) {
  learn(ends({}, now + days(10)));
  now += 24h;
  EXPECT_TRUE(currency.saw(version, now));
  currency.failed(version, now);
  EXPECT_EQ(left(), "9");
}

TEST_F(CurrencyTest, FourteenDaysBeforeItIsAWarningAndInTheLastThreeAnAlarm) {
  learn(ends({}, now + days(20)));
  EXPECT_EQ(left(), "");
  now += days(6) - 1s;
  EXPECT_EQ(left(), "");
  now += 1s;
  EXPECT_EQ(left(), "14");
  now += days(11) - 1s;
  EXPECT_EQ(left(), "3");
  now += 1s;
  EXPECT_EQ(left(), "3!");
  now += days(3) + 1s;
  EXPECT_EQ(left(), "-1!");
}

TEST_F(CurrencyTest, TheFirstOfTheTwoEndsCounts) {
  learn(ends(now + days(5), now + days(10)));
  EXPECT_EQ(left(), "5");
  currency.learn(version, ends(now + days(12), now + days(10)), now);
  EXPECT_EQ(left(), "10");
  currency.learn(version, ends(now + days(1), {}), now);
  EXPECT_EQ(left(), "1!");
}

TEST_F(CurrencyTest, WhatIsNotKnownIsNoWarning) {
  EXPECT_EQ(left(), "");
  learn(std::nullopt);
  EXPECT_EQ(left(), "") << "GHES, and versions that GitHub does not know";
  currency.learn(version, ends({}, {}), now);
  EXPECT_EQ(left(), "");
  EXPECT_FALSE(currency.is_news(version, now));
}

TEST_F(CurrencyTest, ItIsToldOnceADay) {
  EXPECT_FALSE(currency.is_news(version, now));
  learn(ends({}, now + days(10)));
  EXPECT_TRUE(currency.is_news(version, now));
  EXPECT_FALSE(currency.is_news(version, now + 23h));
  EXPECT_TRUE(currency.is_news(version, now + 24h));
}

TEST_F(CurrencyTest, RunnersThatPrintNonsenseFillNoMemory) {
  int asked = 0;
  for (int i = 0; i < 1000; ++i)
    if (currency.saw({"https://github.com", std::to_string(i)}, now)) ++asked;
  EXPECT_EQ(asked, 100);
}

}  // namespace
}  // namespace scaleset::daemon
