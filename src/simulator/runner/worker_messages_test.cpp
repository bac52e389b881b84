#include "simulator/runner/worker_messages.hpp"

#include <gtest/gtest.h>

namespace scaleset::simulator::pretend {
namespace {

TEST(WorkerMessages, AJobArrivesAsItWasSent) {
  PretendJob job;
  job.name = "build \"it\"";
  job.duration = std::chrono::milliseconds(1500);
  job.result = "failed";
  job.script = "echo a\necho b\n";
  std::string const line = job_line(job);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  PretendJob const read = read_job_line(line).value();
  EXPECT_EQ(read.name, job.name);
  EXPECT_EQ(read.duration, job.duration);
  EXPECT_EQ(read.result, job.result);
  EXPECT_EQ(read.script, job.script);
}

TEST(WorkerMessages, OtherLinesAreNoJob) {
  for (char const* line : {"", "rubbish\n", "[]\n", "{}\n", R"({"durationMilliseconds":"1"})"}) {
    EXPECT_FALSE(read_job_line(line)) << line;
  }
}

TEST(WorkerMessages, ResultsAreExitCodes) {
  EXPECT_EQ(result_code("succeeded"), 100);
  EXPECT_EQ(result_code("failed"), 102);
  EXPECT_EQ(result_code("canceled"), 103);
  for (char const* conclusion : {"succeeded", "failed", "canceled"}) {
    EXPECT_EQ(conclusion_of(result_code(conclusion)), conclusion);
  }
  for (int const code : {0, 1, 137}) EXPECT_EQ(conclusion_of(code), "failed");
}

}  // namespace
}  // namespace scaleset::simulator::pretend
