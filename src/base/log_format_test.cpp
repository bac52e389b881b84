#include "base/log_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace scaleset::base {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using ::testing::HasSubstr;

constexpr auto kTime = std::chrono::sys_days{std::chrono::July / 26 / 2026} + 23h + 9min + 6s + 7ms;

LogRecord record(std::span<LogField const> fields, std::string_view message = "runner started"sv) {
  return {LogLevel::info, "fleet", message, fields};
}

std::string line(std::span<LogField const> fields, LogFormat format,
                 std::string_view message = "runner started"sv) {
  return format_log_line(record(fields, message), kTime, format, false);
}

std::string line_of(LogValue const& value, LogFormat format) {
  std::array<LogField, 1> const fields{{{"value", value}}};
  return line(fields, format);
}

TEST(LogFormat, TextQuotesOnlyWhatNeedsIt) {
  std::array<LogField, 5> const fields{{{"runner", "ci-1"sv},
                                        {"count", std::int64_t{3}},
                                        {"ok", true},
                                        {"why", "two words"sv},
                                        {"none", ""sv}}};
  EXPECT_EQ(line(fields, LogFormat::text),
            "2026-07-26T23:09:06.007Z info    fleet: runner started runner=ci-1 count=3 ok=true "
            "why=\"two words\" none=\"\"\n");
}

TEST(LogFormat, AMessageOfTextKeepsItsQuotes) {
  auto const message = "no group \"a\\b\"\nforged"sv;
  EXPECT_THAT(line({}, LogFormat::text, message), HasSubstr("fleet: no group \"a\\b\"\\nforged\n"));
  EXPECT_THAT(line({}, LogFormat::json, message),
              HasSubstr(R"("message":"no group \"a\\b\"\nforged")"));
}

TEST(LogFormat, JsonIsOneObject) {
  std::array<LogField, 3> const fields{{{"runner", "ci\"1"sv}, {"seconds", 0.5}, {"ok", false}}};
  EXPECT_EQ(line(fields, LogFormat::json),
            R"({"time":"2026-07-26T23:09:06.007Z","level":"info","component":"fleet",)"
            R"("message":"runner started","runner":"ci\"1","seconds":0.500,"ok":false})"
            "\n");
}

TEST(LogFormat, TheStampAlwaysHasMilliseconds) {
  auto const at = [](std::chrono::system_clock::time_point time) {
    return format_log_line(record({}), time, LogFormat::text, false).substr(0, 24);
  };
  EXPECT_EQ(at(kTime - 7ms), "2026-07-26T23:09:06.000Z");
  EXPECT_EQ(at(kTime + 999us), "2026-07-26T23:09:06.007Z");
  EXPECT_EQ(at(std::chrono::system_clock::time_point(-1ns)), "1969-12-31T23:59:59.999Z");
}

TEST(LogFormat, EveryLevelHasAColumnAndAColour) {
  constexpr std::array kLevels{LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn,
                               LogLevel::error};
  constexpr std::array kColumns{"trace  ", "debug  ", "info   ", "warning", "error  "};
  constexpr std::array kColours{"37m", "36m", "32m", "33m\033[1m", "31m\033[1m"};
  for (std::size_t at = 0; at < kLevels.size(); ++at) {
    LogRecord const one{kLevels.at(at), "c", "m", {}};
    std::string const column = kColumns.at(at);
    EXPECT_THAT(format_log_line(one, kTime, LogFormat::text, false),
                HasSubstr("Z " + column + " c: m\n"));
    EXPECT_THAT(format_log_line(one, kTime, LogFormat::text, true),
                HasSubstr("Z \033[" + std::string(kColours.at(at)) + column + "\033[m c: m\n"));
    std::string const name = column.substr(0, column.find(' '));
    EXPECT_THAT(format_log_line(one, kTime, LogFormat::json, true),
                HasSubstr(R"(","level":")" + name + R"(","component")"));
  }
}

TEST(LogFormat, NothingCanForgeALineOrSteerATerminal) {
  constexpr auto kEvil = "a\n2026 error forged\x1b[2J\r\t\x7f \xc2\x9b\x32J"sv;
  std::array<LogField, 1> const fields{{{kEvil, kEvil}}};
  for (auto const format : {LogFormat::text, LogFormat::json}) {
    LogRecord const evil{LogLevel::info, kEvil, kEvil, fields};
    auto const text = format_log_line(evil, kTime, format, false);
    EXPECT_EQ(text.find_first_of("\n\x1b\r\t\x7f\xc2\x9b"), text.size() - 1) << text;
    EXPECT_THAT(text, HasSubstr(R"(a\n2026 error forged\u001b[2J\r\t\u007f \u009b2J)"));
  }
}

TEST(LogFormat, PrintableTextBeyondAsciiStays) {
  EXPECT_THAT(line_of("Käse→\xc2\xa0€"sv, LogFormat::text), HasSubstr("value=Käse→\xc2\xa0€\n"));
}

TEST(LogFormat, BytesThatAreNotUtf8AreReplaced) {
  auto const text = line({}, LogFormat::json, "\xff \xc2"sv);
  EXPECT_THAT(text, HasSubstr(R"("message":"\ufffd \ufffd")"));
  EXPECT_THAT(line_of("\xc3\x28\xe2\x82"sv, LogFormat::json),
              HasSubstr(R"("value":"\ufffd(\ufffd\ufffd")"));
}

TEST(LogFormat, JsonHasNoNumbersThatAreNone) {
  using Limits = std::numeric_limits<double>;
  for (double const none : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()})
    EXPECT_THAT(line_of(none, LogFormat::json), HasSubstr(R"("value":null})"));
  EXPECT_THAT(line_of(Limits::infinity(), LogFormat::text), HasSubstr("value=inf\n"));
  EXPECT_THAT(line_of(Limits::lowest(), LogFormat::json), HasSubstr("368.000}\n"));
  EXPECT_THAT(line_of(std::numeric_limits<std::int64_t>::min(), LogFormat::json),
              HasSubstr(":-9223372036854775808}\n"));
}

TEST(LogCounts, SayWhatWasDropped) {
  LogCounts counts;
  EXPECT_FALSE(counts.any());
  counts += LogCounts(LogLevel::warn);
  EXPECT_TRUE(counts.any());
  EXPECT_EQ(counts.describe_dropped("of rain"), "1 log record was dropped because of rain: 1 warn");
  for (int i = 0; i < 40; ++i) counts += LogCounts(LogLevel::info);
  LogCounts sum = counts;
  sum += LogCounts(LogLevel::warn);
  EXPECT_EQ(sum.describe_dropped("the log's reader was too slow"),
            "42 log records were dropped because the log's reader was too slow: 40 info, 2 warn");
}

TEST(LogFormat, PrintableTextIsOneLineForAPerson) {
  EXPECT_EQ(printable_text("a \"b\" \\ c"), "a \"b\" \\ c");
  EXPECT_EQ(printable_text("two\nlines \033[31m"), "two\\nlines \\u001b[31m");
  EXPECT_EQ(printable_text("\xff"), "\\ufffd");
}

}  // namespace
}  // namespace scaleset::base
