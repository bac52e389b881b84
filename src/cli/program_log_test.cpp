#include "cli/program_log.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/log.hpp"

namespace scaleset::cli {
namespace {

class Lines final : public LogSink {
 public:
  [[nodiscard]] bool enabled(LogLevel level) const override { return level >= LogLevel::warn; }
  void write(LogRecord const& record) override {
    text = base::format_log_line(record, {}, base::LogFormat::text, false);
  }
  std::string text;
};

TEST(ProgramLog, NamesFlagsInMessagesAndFields) {
  auto const lines = std::make_shared<Lines>();
  base::Logger const logger(with_flag_names(lines), "client");
  logger.warn("see ca_bundle_file", {{"error", std::string_view("max_runners is wrong")},
                                     {"in_ms", std::int64_t{5}},
                                     {"other", std::string_view("x")}});
  EXPECT_EQ(lines->text,
            "1970-01-01T00:00:00.000Z warning client: see --ca-file error=\"--max-runners is "
            "wrong\" in_ms=5 other=x\n");
  lines->text.clear();
  logger.info("not wanted");
  EXPECT_EQ(lines->text, "");
}

TEST(ProgramLog, NamesKeysForWhoeverUsesAFile) {
  auto const lines = std::make_shared<Lines>();
  base::Logger const logger(with_key_names(lines), "client");
  logger.warn("see ca_bundle_file", {{"error", std::string_view("verify_tls")}});
  EXPECT_EQ(lines->text,
            "1970-01-01T00:00:00.000Z warning client: see `ca_file` error=\"the verification of "
            "certificates\"\n");
}

}  // namespace
}  // namespace scaleset::cli
