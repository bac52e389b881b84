#include "base/log.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace scaleset::base {
namespace {

class RecordingSink final : public LogSink {
 public:
  [[nodiscard]] bool enabled(LogLevel level) const noexcept override {
    return level >= LogLevel::info;
  }
  void write(LogRecord const& record) noexcept override {
    std::string line = std::string(to_string(record.level)) + " " + std::string(record.component) +
                       ": " + std::string(record.message);
    for (auto const& field : record.fields) line += " " + std::string(field.key);
    lines.push_back(line);
  }
  std::vector<std::string> lines;
};

TEST(Logger, WritesComponentLevelAndFields) {
  auto sink = std::make_shared<RecordingSink>();
  Logger const logger(sink, "client");
  logger.warn("token refused", {{"attempt", std::int64_t{2}}, {"operation", "GetRunner"}});
  EXPECT_EQ(sink->lines, std::vector<std::string>{"warn client: token refused attempt operation"});
}

TEST(Logger, AsksBeforeItWrites) {
  auto sink = std::make_shared<RecordingSink>();
  Logger(sink, "client").debug("not wanted");
  EXPECT_TRUE(sink->lines.empty());
}

TEST(Logger, IsSilentWithoutASink) { Logger().error("nobody listens"); }

TEST(Logger, EveryLevelHasAName) {
  EXPECT_EQ(to_string(LogLevel::trace), "trace");
  EXPECT_EQ(to_string(LogLevel::debug), "debug");
  EXPECT_EQ(to_string(LogLevel::info), "info");
  EXPECT_EQ(to_string(LogLevel::warn), "warn");
  EXPECT_EQ(to_string(LogLevel::error), "error");
}

}  // namespace
}  // namespace scaleset::base
