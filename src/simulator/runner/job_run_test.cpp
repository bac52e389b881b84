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
using ::testing::ElementsAre;
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
    surroundings.root = directory.path();
    surroundings.log = [this](std::string const& line) { logged.push_back(line); };
    run_ = std::make_unique<JobRun>(context.get_executor(), job, surroundings);
  }
  std::string hook(char const* name, std::string const& script) {
    std::ofstream(directory.path() / name) << script;
    return (directory.path() / name).string();
  }
  /// Starts a job whose script writes to the pipe "alive".
  void start() {
    ASSERT_EQ(mkfifo((directory.path() / "alive").c_str(), 0600), 0);
    make();
    asio::co_spawn(context, keep(run_.get(), &conclusion), [](std::exception_ptr) {});
    context.poll();
    std::string line;
    std::ifstream alive(directory.path() / "alive");
    ASSERT_TRUE(std::getline(alive, line));
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
  JobSurroundings surroundings;
  std::vector<std::string> logged;
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
  job.script = "(echo up > ../alive; exec sleep infinity) & wait";
  start();
  run_->cancel();
  context.run();
  EXPECT_EQ(conclusion, "canceled");
}

TEST_F(JobRunTest, ACancelledScriptMayTidyUp) {
  job.script = "trap 'touch tidied; exit' INT; echo up > ../alive; while :; do sleep 0.01; done";
  surroundings.patience.after_interrupt = std::chrono::hours(1);
  start();
  run_->cancel();
  context.run();
  EXPECT_EQ(conclusion, "canceled");
  EXPECT_TRUE(fs::exists(directory.path() / "_work/tidied"));
}

TEST_F(JobRunTest, AStubbornScriptIsKilled) {
  job.script = "trap '' INT TERM; echo up > ../alive; while :; do sleep 0.01; done";
  surroundings.patience = {std::chrono::milliseconds(1), std::chrono::milliseconds(1)};
  start();
  run_->cancel();
  context.run();
  EXPECT_EQ(conclusion, "canceled");
  EXPECT_THAT(logged, ElementsAre(HasSubstr("exit code 137")));
}

TEST_F(JobRunTest, HooksRunBeforeAndAfter) {
  surroundings.started_hook = hook("before.sh", "echo before");
  surroundings.completed_hook = hook("after.sh", "echo after");
  job.script = "echo job; exit 1";
  EXPECT_EQ(run(), "failed");
  EXPECT_EQ(file("_diag/job.log"), "before\njob\nafter\n");
  EXPECT_THAT(logged, ElementsAre(HasSubstr("started hook"), HasSubstr("exit code 1"),
                                  HasSubstr("completed hook")));
}

TEST_F(JobRunTest, AFailedStartedHookFailsTheJobBeforeItRuns) {
  surroundings.started_hook = hook("before.sh", "false; echo not reached");
  surroundings.completed_hook = hook("after.sh", "echo after");
  job.script = "echo job";
  EXPECT_EQ(run(), "failed");
  EXPECT_EQ(file("_diag/job.log"), "after\n");
}

TEST_F(JobRunTest, AFailedCompletedHookFailsTheJob) {
  surroundings.completed_hook = "/nowhere/hook.sh";
  EXPECT_EQ(run(), "failed");
}

TEST_F(JobRunTest, TheCompletedHookRunsAfterACancellationToo) {
  surroundings.completed_hook = hook("after.sh", "touch after");
  job.script = "echo up > ../alive; exec sleep infinity";
  start();
  run_->cancel();
  context.run();
  EXPECT_EQ(conclusion, "canceled");
  EXPECT_TRUE(fs::exists(directory.path() / "_work/after"));
}

}  // namespace
}  // namespace scaleset::simulator::pretend
