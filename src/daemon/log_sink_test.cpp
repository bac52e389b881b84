#include "daemon/log_sink.hpp"

#include <gtest/gtest.h>

#include <array>

namespace scaleset::daemon {
namespace {

using namespace std::string_view_literals;

LogRecord record(std::span<LogField const> fields, std::string_view message = "runner started"sv) {
  return {LogLevel::info, "fleet", message, fields};
}

TEST(LogSink, TextQuotesOnlyWhatNeedsIt) {
  std::array<LogField, 4> const fields{
      {{"runner", "ci-1"sv}, {"count", std::int64_t{3}}, {"ok", true}, {"why", "two words"sv}}};
  EXPECT_EQ(format_record(record(fields), LogFormat::text),
            R"(fleet: runner started runner=ci-1 count=3 ok=true why="two words")");
}

TEST(LogSink, JsonIsAnObjectsInside) {
  std::array<LogField, 2> const fields{{{"runner", "ci\"1"sv}, {"seconds", 0.5}}};
  EXPECT_EQ(format_record(record(fields), LogFormat::json),
            R"("component":"fleet","message":"runner started","runner":"ci\"1","seconds":0.500)");
}

TEST(LogSink, NothingCanForgeALine) {
  std::array<LogField, 1> const fields{{{"name", "a\n2026 error forged\x1b[2J"sv}}};
  for (auto const format : {LogFormat::text, LogFormat::json}) {
    auto const line = format_record(record(fields, "mess\nage\t"sv), format);
    EXPECT_EQ(line.find_first_of("\n\x1b\t"), std::string::npos) << line;
  }
}

TEST(LogSink, EmptyValueIsVisible) {
  std::array<LogField, 1> const fields{{{"name", ""sv}}};
  EXPECT_EQ(format_record(record(fields), LogFormat::text), "fleet: runner started name=\"\"");
}

TEST(LogSink, AsksByLevel) {
  auto const sink = make_log_sink(LogLevel::warn, LogFormat::text);
  EXPECT_FALSE(sink->enabled(LogLevel::info));
  EXPECT_TRUE(sink->enabled(LogLevel::warn));
}

}  // namespace
}  // namespace scaleset::daemon
