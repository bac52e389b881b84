#include "simulator/runner/pretend_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/files.hpp"

namespace scaleset::simulator {
namespace {

using ::testing::HasSubstr;
using Arguments = std::vector<std::string>;
using Command = RunnerArguments::Command;

TEST(ParseRunnerArguments, KnowsTheRealRunnersAndOurs) {
  RunnerArguments const parsed =
      parse_runner_arguments({"--root", "/r", "run", "--jitconfig", "abc", "--once"}).value();
  EXPECT_EQ(parsed.root, "/r");
  EXPECT_EQ(parsed.jit_config, "abc");
  EXPECT_EQ(parsed.command, Command::run);
  EXPECT_EQ(parse_runner_arguments({"run", "--jitconfig=a=="})->jit_config, "a==");
  EXPECT_EQ(parse_runner_arguments({"--version"})->command, Command::version);
  RunnerArguments const worker = parse_runner_arguments({"worker", "--work-folder=w"}).value();
  EXPECT_EQ(worker.command, Command::worker);
  EXPECT_EQ(worker.work_folder, "w");
  EXPECT_EQ(parse_runner_arguments({})->jit_config, "");
}

TEST(ParseRunnerArguments, RefusesOtherCommands) {
  EXPECT_FALSE(parse_runner_arguments({"configure"}));
  EXPECT_FALSE(parse_runner_arguments({"run", "--jitconfig"}));
}

/// Runs it in this process, as far as it gets without a service.
class RunPretendRunner : public ::testing::Test {
 protected:
  ~RunPretendRunner() override {
    unsetenv("SIMULATE_RUNNER_FAULT");
    unsetenv("ACTIONS_RUNNER_INPUT_JITCONFIG");
  }
  int run(Arguments arguments) {
    arguments.insert(arguments.begin(), {"--root", directory.path().string()});
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    int const code = run_pretend_runner(arguments);
    errors = ::testing::internal::GetCapturedStderr();
    output = ::testing::internal::GetCapturedStdout();
    return code;
  }
  base::TemporaryDirectory directory;
  std::string output;
  std::string errors;
};

TEST_F(RunPretendRunner, ABrokenConfigurationIsReportedOnStandardErrorWithCodeOne) {
  EXPECT_EQ(run({"run", "--jitconfig", "rubbish!"}), 1);
  EXPECT_THAT(errors, HasSubstr("JIT configuration"));
  EXPECT_EQ(output, "");
  EXPECT_EQ(run({"run"}), 1);
  EXPECT_THAT(errors, HasSubstr("ACTIONS_RUNNER_INPUT_JITCONFIG"));
  EXPECT_EQ(run({"configure"}), 1);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST_F(RunPretendRunner, TakesTheConfigurationOutOfTheEnvironment) {
  setenv("ACTIONS_RUNNER_INPUT_JITCONFIG", "the-jit-config!", 1);
  EXPECT_EQ(run({"run"}), 1);
  EXPECT_EQ(std::getenv("ACTIONS_RUNNER_INPUT_JITCONFIG"), nullptr);
  EXPECT_THAT(errors, HasSubstr("cannot be used"));
}

TEST_F(RunPretendRunner, EndsWithTheCodeAskedFor) {
  setenv("SIMULATE_RUNNER_FAULT", "exit:42", 1);
  EXPECT_EQ(run({"run", "--jitconfig", "x"}), 42);
  setenv("SIMULATE_RUNNER_FAULT", "rubbish", 1);
  EXPECT_EQ(run({"run", "--jitconfig", "x"}), 1);
  EXPECT_THAT(errors, HasSubstr("\"rubbish\" is not a fault of the pretend runner"));
}

TEST_F(RunPretendRunner, TellsItsVersion) {
  EXPECT_EQ(run({"--version"}), 0);
  EXPECT_EQ(output, "2.338.0\n");
}

}  // namespace
}  // namespace scaleset::simulator
