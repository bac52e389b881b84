#include "simulator/runner/diagnostic_log.hpp"

#include <gtest/gtest.h>

#include "base/files.hpp"

namespace scaleset::simulator::pretend {
namespace {

constexpr Timestamp kThen{std::chrono::seconds(1795449600)};  // 2026-11-23 16:00:00Z

TEST(DiagnosticLog, IsWrittenAsTheRealRunnerDoes) {
  base::TemporaryDirectory const folder;
  ::testing::internal::CaptureStdout();
  DiagnosticLog log(folder.path(), "Runner", false, kThen);
  log.write("a\nb", kThen + std::chrono::milliseconds(1999));
  EXPECT_EQ(base::read_file(folder.path() / "_diag/Runner_20261123-160000-utc.log").value_or(""),
            "[2026-11-23 16:00:01Z INFO Runner] a b\n");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
}

TEST(DiagnosticLog, MayGoToStandardOutputAsWell) {
  base::TemporaryDirectory const folder;
  ::testing::internal::CaptureStdout();
  DiagnosticLog log(folder.path() / "missing", "Worker", true, kThen);
  log.write("text", kThen);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(),
            "[WORKER 2026-11-23 16:00:00Z INFO Worker] text\n");
}

TEST(DiagnosticLog, CanBeMissing) {
  DiagnosticLog log("/dev/null", "Runner", false, kThen);
  log.write("text", kThen);
  SUCCEED();
}

}  // namespace
}  // namespace scaleset::simulator::pretend
