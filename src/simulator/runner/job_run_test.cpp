#include "simulator/runner/job_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fstream>
#include <optional>

#include "base/files.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using ::testing::HasSubstr;

class JobRunTest : public ::testing::Test {
 protected:
  std::string run() {
    make();
    asio::co_spawn(context, keep(run_.get(), &conclusion), [](std::exception_ptr) {});
    context.run();
    return conclusion;
  }
  void make() {
    run_ = std::make_unique<JobRun>(context.get_executor(), job, directory.path(), "_work");
  }
  static asio::awaitable<void> keep(JobRun* run, std::string* conclusion) {
    std::string ended = co_await run->run();
    *conclusion = ended;
  }
  std::string file(char const* name) {
    return base::read_file(directory.path() / name).value_or("");
  }

  asio::io_context context{1};
  base::TemporaryDirectory directory;
  PretendJob job;
  std::unique_ptr<JobRun> run_;
  std::string conclusion;
};

TEST_F(JobRunTest, AWaitEndsWithTheResultAskedFor) {
  job.duration = std::chrono::milliseconds(1);
  EXPECT_EQ(run(), "succeeded");
}

TEST_F(JobRunTest, AWaitCanFail) {
  job.result = "failed";
  EXPECT_EQ(run(), "failed");
}

TEST_F(JobRunTest, AWaitCanBeCancelled) {
  job.duration = std::chrono::hours(1);
  asio::post(context, [this] { asio::post(context, [this] { run_->cancel(); }); });
  EXPECT_EQ(run(), "canceled");
}

TEST_F(JobRunTest, ACancellationMayComeFirst) {
  job.duration = std::chrono::hours(1);
  make();
  run_->cancel();
  asio::co_spawn(context, keep(run_.get(), &conclusion), [](std::exception_ptr) {});
  context.run();
  EXPECT_EQ(conclusion, "canceled");
}

TEST_F(JobRunTest, AScriptRunsInTheWorkFolder) {
  job.script = "pwd; echo problem >&2; touch made";
  EXPECT_EQ(run(), "succeeded");
  EXPECT_TRUE(fs::exists(directory.path() / "_work/made"));
  EXPECT_THAT(file("_diag/job.log"), HasSubstr("/_work\nproblem\n"));
}

TEST_F(JobRunTest, AScriptFailsByItsExitCode) {
  job.script = "exit 3";
  EXPECT_EQ(run(), "failed");
}

TEST_F(JobRunTest, AScriptFailsByASignal) {
  job.script = "kill -TERM $$";
  EXPECT_EQ(run(), "failed");
}

TEST_F(JobRunTest, AScriptWithoutWorkFolderFails) {
  std::ofstream(directory.path() / "_work") << "in the way";
  job.script = "true";
  EXPECT_EQ(run(), "failed");
}

TEST_F(JobRunTest, ACancelledScriptIsKilledWithItsChildren) {
  ASSERT_EQ(mkfifo((directory.path() / "alive").c_str(), 0600), 0);
  job.script = "(echo up > ../alive; exec sleep infinity) & wait";
  make();
  asio::co_spawn(context, keep(run_.get(), &conclusion), [](std::exception_ptr) {});
  context.poll();
  std::string line;
  std::ifstream alive(directory.path() / "alive");
  ASSERT_TRUE(std::getline(alive, line));
  run_->cancel();
  context.run();
  EXPECT_EQ(conclusion, "canceled");
}

}  // namespace
}  // namespace scaleset::simulator::pretend
