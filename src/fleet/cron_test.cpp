#include "fleet/cron.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace scaleset::fleet {
namespace {

using std::chrono::minutes;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

Cron cron(std::string_view text) {
  auto parsed = Cron::parse(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message);
  return parsed ? *parsed : Cron::parse("* * * * *").value();
}

/// The minutes of a day, counted from midnight.
std::vector<int> minutes_of(std::string_view text) {
  Cron const parsed = cron(text);
  std::vector<int> found;
  for (auto minute = parsed.first_minute(minutes(0)); minute;
       minute = parsed.first_minute(*minute + minutes(1)))
    found.push_back(static_cast<int>(minute->count()));
  return found;
}

/// The days of November 2026, which begins on a Sunday.
std::vector<unsigned> days_of(std::string_view text) {
  Cron const parsed = cron(text);
  std::vector<unsigned> found;
  for (unsigned day = 1; day <= 30; ++day)
    if (parsed.has_day(2026y / 11 / std::chrono::day(day))) found.push_back(day);
  return found;
}

TEST(CronTest, MinutesAndHours) {
  EXPECT_THAT(minutes_of("30 8 * * *"), ElementsAre(510));
  EXPECT_THAT(minutes_of("0 8,20 * * *"), ElementsAre(480, 1200));
  EXPECT_THAT(minutes_of("0 22-23 * * *"), ElementsAre(1320, 1380));
  EXPECT_THAT(minutes_of("*/20 1 * * *"), ElementsAre(60, 80, 100));
  EXPECT_THAT(minutes_of("10-30/15 0 * * *"), ElementsAre(10, 25));
  EXPECT_THAT(minutes_of("50/4 0 * * *"), ElementsAre(50, 54, 58));
  EXPECT_THAT(minutes_of("1-3,2,59 0 * * *"), ElementsAre(1, 2, 3, 59));
  EXPECT_EQ(minutes_of("* * * * *").size(), 1440U);
}

TEST(CronTest, DaysOfTheMonthAndOfTheWeek) {
  EXPECT_EQ(days_of("0 0 * * *").size(), 30U);
  EXPECT_THAT(days_of("0 0 1,31 * *"), ElementsAre(1));
  EXPECT_THAT(days_of("0 0 * * sat"), ElementsAre(7, 14, 21, 28));
  EXPECT_THAT(days_of("0 0 * * 0"), ElementsAre(1, 8, 15, 22, 29));
  EXPECT_THAT(days_of("0 0 * * 7"), ElementsAre(1, 8, 15, 22, 29));
  EXPECT_THAT(days_of("0 0 * * 6-7"), ElementsAre(1, 7, 8, 14, 15, 21, 22, 28, 29));
  EXPECT_THAT(days_of("0 0 1-7 * MON-Tue"),
              ElementsAre(1, 2, 3, 4, 5, 6, 7, 9, 10, 16, 17, 23, 24, 30));
  // A star with a step does not restrict a field, so both must be right.
  EXPECT_THAT(days_of("0 0 */10 * sun"), ElementsAre(1));
}

TEST(CronTest, Months) {
  EXPECT_THAT(days_of("0 0 3 nov *"), ElementsAre(3));
  EXPECT_THAT(days_of("0 0 3 jan-oct,12 *"), IsEmpty());
  EXPECT_TRUE(cron("0 0 29 2 *").has_day(2028y / 2 / 29));
  EXPECT_FALSE(cron("0 0 29 2 *").has_day(2027y / 2 / 29)) << "there is no such day";
}

TEST(CronTest, TheLastMinuteBeforeATime) {
  Cron const parsed = cron("0 8,20 * * *");
  EXPECT_EQ(parsed.last_minute(std::chrono::hours(24)), minutes(1200));
  EXPECT_EQ(parsed.last_minute(minutes(1200)), minutes(1200));
  EXPECT_EQ(parsed.last_minute(minutes(1199)), minutes(480));
  EXPECT_EQ(parsed.last_minute(minutes(479)), std::nullopt);
  EXPECT_EQ(parsed.last_minute(minutes(-1)), std::nullopt);
  EXPECT_EQ(parsed.first_minute(minutes(-5)), minutes(480));
  EXPECT_EQ(parsed.first_minute(minutes(1201)), std::nullopt);
}

TEST(CronTest, SaysWhichFieldIsWrong) {
  struct Case {
    char const* text;
    char const* field;
  };
  for (auto const& [text, field] : {
           Case{"60 * * * *", "minute \"60\""},
           Case{"-1 * * * *", "minute \"-1\""},
           Case{"x * * * *", "minute \"x\""},
           Case{"1, * * * *", "minute \"\""},
           Case{"*/0 * * * *", "minute \"*/0\""},
           Case{"*/ * * * *", "minute \"*/\""},
           Case{"5-3 * * * *", "minute \"5-3\""},
           Case{"1-2-3 * * * *", "minute \"1-2-3\""},
           Case{"+5 * * * *", "minute \"+5\""},
           Case{"0 24 * * *", "hour \"24\""},
           Case{"0 0 0 * *", "day of the month \"0\""},
           Case{"0 0 * 13 *", "month \"13\""},
           Case{"0 0 * january *", "month \"january\""},
           Case{"0 0 * * 8", "day of the week \"8\""},
           Case{"0 0 * * fri-mon", "day of the week \"fri-mon\""},
           Case{"99999999999 * * * *", "minute \"99999999999\""},
       }) {
    auto const parsed = Cron::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(parsed.error().message, HasSubstr(field)) << text;
  }
  EXPECT_THAT(Cron::parse("0 0 * 13 *").error().message,
              AllOf(HasSubstr("1 to 12"), HasSubstr("jan to dec")));
}

TEST(CronTest, HasFiveFields) {
  for (char const* text : {"", " ", "* * * *", "* * * * * *", "@daily"}) {
    auto const parsed = Cron::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("five fields"));
  }
  EXPECT_TRUE(Cron::parse("  0  8 * *  mon-fri "));
}

TEST(CronTest, ADayThatNeverComesIsAMistake) {
  for (char const* text : {"0 0 30 2 *", "0 0 31 2,4,6,9,11 *"}) {
    auto const parsed = Cron::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("never comes"));
  }
  EXPECT_TRUE(Cron::parse("0 0 30 2 mon")) << "on Mondays it comes";
}

}  // namespace
}  // namespace scaleset::fleet
