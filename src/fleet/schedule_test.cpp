#include "fleet/schedule.hpp"

#include <date/tz.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace scaleset::fleet {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;

WallTime at(std::string const& text) {
  std::istringstream in(text);
  WallTime time;
  in >> date::parse("%FT%TZ", time);
  EXPECT_FALSE(in.fail()) << text;
  return time;
}

std::string text(WallTime time) { return date::format("%FT%TZ", time); }

Window window(std::string_view cron, Duration length, std::string_view zone, int min_idle) {
  ScheduledLimits limits;
  limits.min_idle = min_idle;
  return Window{Cron::parse(cron).value(), length, find_zone(zone).value(), limits};
}

/// When the window opened that is open at `inside`, a full minute, and when it closes.
std::string opening(Schedule const& schedule, std::string const& inside) {
  WallTime const start = at(inside);
  if (!schedule.at(start).limits.min_idle) return "closed";
  WallTime first = start;
  while (schedule.at(first - std::chrono::seconds(1)).limits.min_idle) first -= minutes(1);
  return text(first) + " " + text(schedule.at(start).until);
}

TEST(ScheduleTest, NothingIsReplacedWithoutWindows) {
  auto const in_force = Schedule().at(at("2026-11-26T12:00:00Z"));
  EXPECT_EQ(in_force.limits, ScheduledLimits());
  EXPECT_GT(in_force.until, at("2027-11-01T00:00:00Z"));
}

TEST(ScheduleTest, AWindowOpensAndCloses) {
  Schedule const schedule({window("0 8 * * mon-fri", hours(10), "UTC", 5)});
  struct Case {
    char const* now;
    bool open;
    char const* until;
  };
  for (auto const& [now, open, until] : {
           Case{"2026-11-26T07:59:59Z", false, "2026-11-26T08:00:00Z"},  // a Thursday
           Case{"2026-11-26T08:00:00Z", true, "2026-11-26T18:00:00Z"},
           Case{"2026-11-26T17:59:59Z", true, "2026-11-26T18:00:00Z"},
           Case{"2026-11-26T18:00:00Z", false, "2026-11-27T08:00:00Z"},
           Case{"2026-11-28T12:00:00Z", false, "2026-11-30T08:00:00Z"},
       }) {
    auto const in_force = schedule.at(at(now));
    EXPECT_EQ(in_force.limits.min_idle.has_value(), open) << now;
    EXPECT_EQ(text(in_force.until), until) << now;
  }
}

TEST(ScheduleTest, AWindowMayBeOpenForDays) {
  Schedule const schedule({window("0 20 * * fri", hours(60), "UTC", 0)});
  EXPECT_EQ(opening(schedule, "2026-11-29T12:00:00Z"), "2026-11-27T20:00:00Z 2026-11-30T08:00:00Z");
}

TEST(ScheduleTest, AWindowThatOpensAgainStaysOpen) {
  Schedule const schedule({window("0 * * * *", minutes(90), "UTC", 1)});
  auto const in_force = schedule.at(at("2026-11-26T12:10:00Z"));
  EXPECT_TRUE(in_force.limits.min_idle);
  EXPECT_EQ(text(in_force.until), "2026-11-26T13:00:00Z");
  EXPECT_TRUE(schedule.at(in_force.until).limits.min_idle);
}

TEST(ScheduleTest, TheLastOpenWindowCountsAlone) {
  Window day = window("0 8 * * *", hours(10), "UTC", 5);
  day.limits.max_runners = 50;
  Schedule const schedule({day, window("0 12 * * *", hours(1), "UTC", 1)});
  EXPECT_EQ(schedule.at(at("2026-11-26T11:59:59Z")).limits.max_runners, 50);
  EXPECT_EQ(text(schedule.at(at("2026-11-26T11:59:59Z")).until), "2026-11-26T12:00:00Z");
  auto const noon = schedule.at(at("2026-11-26T12:00:00Z"));
  EXPECT_EQ(noon.limits.min_idle, 1);
  EXPECT_EQ(noon.limits.max_runners, std::nullopt);
  EXPECT_EQ(schedule.at(at("2026-11-26T13:00:00Z")).limits.min_idle, 5);
}

TEST(ScheduleTest, WhatIsInForceIsNamedUntilItEnds) {
  // The one of a minute opens and closes under the other, which counts.
  Schedule const schedule({window("0 * * * *", minutes(1), "UTC", 1),
                           window("0 8 * * 1-5", hours(10), "Europe/Berlin", 5)});
  auto const day = schedule.at(at("2026-11-26T10:00:00Z"));
  EXPECT_EQ(day.cron, "0 8 * * 1-5");
  EXPECT_EQ(day.zone, "Europe/Berlin");
  EXPECT_EQ(text(day.until), "2026-11-26T17:00:00Z");
  auto const night = schedule.at(at("2026-11-26T17:30:00Z"));
  EXPECT_EQ(night.cron, "");
  EXPECT_EQ(text(night.until), "2026-11-26T18:00:00Z");
}

TEST(ScheduleTest, OneThatFollowsInTheListEndsTheOneThatIsInForce) {
  Schedule const schedule(
      {window("0 8 * * *", hours(10), "UTC", 5), window("0 12 * * *", hours(1), "UTC", 1)});
  auto const morning = schedule.at(at("2026-11-26T09:00:00Z"));
  EXPECT_EQ(morning.cron, "0 8 * * *");
  EXPECT_EQ(text(morning.until), "2026-11-26T12:00:00Z");
}

TEST(ScheduleTest, TimesAreThoseOfTheZonesClocks) {
  Schedule const schedule({window("0 8 * * *", hours(1), "Europe/Berlin", 1)});
  EXPECT_EQ(opening(schedule, "2026-01-15T07:30:00Z"), "2026-01-15T07:00:00Z 2026-01-15T08:00:00Z");
  EXPECT_EQ(opening(schedule, "2026-07-15T06:30:00Z"), "2026-07-15T06:00:00Z 2026-07-15T07:00:00Z");
  Schedule const early({window("30 1 * * *", hours(1), "Pacific/Auckland", 1)});
  EXPECT_EQ(opening(early, "2026-07-15T14:00:00Z"), "2026-07-15T13:30:00Z 2026-07-15T14:30:00Z");
}

// In Berlin clocks went from 02:00 to 03:00 at 01:00Z on 2026-03-29, and from 03:00 to 02:00 at
// 01:00Z on 2026-10-25.
TEST(ScheduleTest, ATimeThatClocksLeaveOutIsTheFirstOneThatExists) {
  Schedule const schedule({window("30 2 * * *", hours(1), "Europe/Berlin", 1)});
  EXPECT_EQ(opening(schedule, "2026-03-28T01:45:00Z"), "2026-03-28T01:30:00Z 2026-03-28T02:30:00Z");
  EXPECT_EQ(opening(schedule, "2026-03-29T01:30:00Z"), "2026-03-29T01:00:00Z 2026-03-29T02:00:00Z");
  EXPECT_EQ(text(schedule.at(at("2026-03-29T00:59:59Z")).until), "2026-03-29T01:00:00Z");
  EXPECT_EQ(opening(schedule, "2026-03-30T00:45:00Z"), "2026-03-30T00:30:00Z 2026-03-30T01:30:00Z");
}

TEST(ScheduleTest, ATimeThatComesTwiceOpensOnce) {
  Schedule const schedule({window("30 2 * * *", minutes(30), "Europe/Berlin", 1)});
  EXPECT_EQ(opening(schedule, "2026-10-25T00:45:00Z"), "2026-10-25T00:30:00Z 2026-10-25T01:00:00Z");
  EXPECT_EQ(opening(schedule, "2026-10-25T01:45:00Z"), "closed");
  EXPECT_EQ(text(schedule.at(at("2026-10-25T01:00:00Z")).until), "2026-10-26T01:30:00Z");
}

TEST(ScheduleTest, AWindowLastsAsLongAsItSaysWhateverClocksDo) {
  Schedule const schedule({window("0 0 * * *", hours(12), "Europe/Berlin", 1)});
  EXPECT_EQ(opening(schedule, "2026-03-29T05:00:00Z"), "2026-03-28T23:00:00Z 2026-03-29T11:00:00Z");
  EXPECT_EQ(opening(schedule, "2026-10-25T05:00:00Z"), "2026-10-24T22:00:00Z 2026-10-25T10:00:00Z");
}

TEST(ScheduleTest, ARareDayIsBeyondTheHorizon) {
  Schedule const schedule({window("0 0 29 2 *", hours(24), "UTC", 1)});
  EXPECT_EQ(text(schedule.at(at("2026-03-01T00:00:00Z")).until), "2027-03-01T00:00:00Z");
  EXPECT_EQ(opening(schedule, "2028-02-29T12:00:00Z"), "2028-02-29T00:00:00Z 2028-03-01T00:00:00Z");
}

TEST(FindZone, SaysThatThereIsNone) {
  for (char const* name : {"Europe/Berlim", "", "../etc/passwd", "CEST"}) {
    auto const zone = find_zone(name);
    ASSERT_FALSE(zone) << name;
    EXPECT_EQ(zone.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(zone.error().message, HasSubstr("Europe/Berlin"));
  }
}

TEST(WithLimits, ReplacesWhatHasAValue) {
  Options options;
  options.min_idle = 1;
  options.min_total = 2;
  options.max_runners = 3;
  ScheduledLimits limits;
  limits.min_total = 20;
  Options const replaced = with_limits(options, limits);
  EXPECT_EQ(replaced.min_idle, 1);
  EXPECT_EQ(replaced.min_total, 20);
  EXPECT_EQ(replaced.max_runners, 3);
  limits.min_idle = 10;
  limits.max_runners = 30;
  EXPECT_EQ(with_limits(options, limits).min_idle, 10);
  EXPECT_EQ(with_limits(options, limits).max_runners, 30);
}

}  // namespace
}  // namespace scaleset::fleet
