#include "daemon/run_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"

namespace scaleset::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A folder that looks like an unpacked runner release.
std::filesystem::path const& runner_dir() {
  static base::TemporaryDirectory const folder;
  static std::filesystem::path const made = [] {
    std::filesystem::create_directory(folder.path() / "bin");
    for (char const* const name : {"run.sh", "bin/Runner.Listener"}) {
      std::ofstream(folder.path() / name) << "#!/bin/sh\n";
      std::filesystem::permissions(folder.path() / name, std::filesystem::perms::owner_all);
    }
    return folder.path();
  }();
  return made;
}

RunConfig good() {
  RunConfig config;
  config.url = "https://github.com/my-org";
  config.name = "my-set";
  config.credentials = PersonalAccessToken{constant_secret(Secret("t"))};
  config.runner_dir = runner_dir();
  config.work_dir = "/nonexistent/work";
  return config;
}

void expect_refused(RunConfig const& config, ErrorCode code, char const* text) {
  auto const problems = problems_of(config);
  ASSERT_EQ(problems.size(), 1U) << text;
  EXPECT_EQ(problems.front().code, code);
  EXPECT_THAT(problems.front().message, HasSubstr(text));
}

TEST(RunConfig, ValidConfigurationsPass) {
  EXPECT_THAT(problems_of(good()), IsEmpty());
  auto parked = good();
  parked.max_runners = 0;
  EXPECT_THAT(problems_of(parked), IsEmpty());
}

TEST(RunConfig, EveryMistakeHasItsOwnMessage) {
  auto config = good();
  config.name = "";
  expect_refused(config, ErrorCode::invalid_options, "--name");
  config = good();
  config.min_runners = 11;
  expect_refused(config, ErrorCode::invalid_options, "--min-runners (11)");
  config = good();
  config.min_runners = -1;
  expect_refused(config, ErrorCode::invalid_options, "--min-runners");
  config = good();
  config.max_runners = 10001;
  expect_refused(config, ErrorCode::invalid_options, "--max-runners");
  config = good();
  config.minimum_idle_age = std::chrono::milliseconds(-1);
  expect_refused(config, ErrorCode::invalid_options, "--min-idle-age");
  config = good();
  config.backend = "docker";
  expect_refused(config, ErrorCode::invalid_options, "docker");
  config = good();
  config.runner_dir = "";
  expect_refused(config, ErrorCode::invalid_options, "--runner-dir");
}

TEST(RunConfig, TheWorkFolderMustBeOneThatCanBeMade) {
  base::TemporaryDirectory const folder;
  auto config = good();
  config.work_dir = folder.path() / "a/b";
  EXPECT_THAT(problems_of(config), IsEmpty());
  EXPECT_FALSE(exists(folder.path() / "a")) << "a look changes nothing";
  std::ofstream(folder.path() / "file") << "x";
  config.work_dir = folder.path() / "file";
  expect_refused(config, ErrorCode::invalid_options,
                 "file cannot be written to: it is not a folder");
  config.work_dir = folder.path() / "file/below";
  expect_refused(config, ErrorCode::invalid_options,
                 "file cannot be written to: it is not a folder");
}

TEST(RunConfig, AllMistakesAreReportedTogether) {
  RunConfig config;
  config.max_runners = -1;
  config.labels = {std::string(300, 'x')};
  std::string all;
  for (Error const& problem : problems_of(config)) all += problem.message + "\n";
  for (std::string const part : {"--name", "--max-runners", "--labels", "--runner-dir"})
    EXPECT_THAT(all, HasSubstr(part));
}

TEST(RunConfig, TheRunnerFolderIsLookedAtWhateverElseIsWrong) {
  auto config = good();
  config.url = "not a URL";
  config.runner_dir = "/nonexistent/runner";
  expect_refused(config, ErrorCode::invalid_options, "run.sh");
}

TEST(RunConfig, NamesThatGitHubCannotHaveAreRefused) {
  std::string const longest(256, 'x');
  auto config = good();
  config.name = config.group = longest;
  config.labels = {longest};
  EXPECT_THAT(problems_of(config), IsEmpty());
  config = good();
  config.name = longest + "x";
  expect_refused(config, ErrorCode::invalid_options, "--name is 257 bytes long; it may have 256");
  config = good();
  config.group = longest + "x";
  expect_refused(config, ErrorCode::invalid_options, "--runner-group is 257 bytes");
  config = good();
  config.labels = {"gpu", longest + "x"};
  expect_refused(config, ErrorCode::invalid_options, "of --labels is 257 bytes");
  config = good();
  config.name = "a\xff";
  expect_refused(config, ErrorCode::invalid_options, "--name is not valid UTF-8");
}

TEST(RunConfig, BecomesTheSettingsOfAScaleSet) {
  auto config = good();
  config.labels = {"linux", "gpu"};
  config.group_id = RunnerGroupId{4};
  config.adopt = true;
  config.min_runners = 2;
  config.max_runners = 7;
  config.minimum_idle_age = std::chrono::seconds(9);
  config.pass_environment = {"LANG"};
  auto const settings = settings_of(config);
  EXPECT_EQ(settings.url, config.url);
  EXPECT_EQ(settings.name, "my-set");
  EXPECT_EQ(settings.labels, config.labels);
  EXPECT_TRUE(settings.adopt);
  EXPECT_EQ(settings.fleet.min_idle, 2);
  EXPECT_EQ(settings.fleet.max_runners, 7);
  EXPECT_EQ(settings.fleet.minimum_idle_age, std::chrono::seconds(9));
  EXPECT_EQ(settings.what->source, runner_dir().string());
  EXPECT_EQ(settings.what->pass_environment, config.pass_environment);
  EXPECT_EQ(owner_of(settings)->group, " id 4") << "the id counts, and no name begins so";
}

TEST(RunConfig, EveryOwnerHasAFolderOfItsOwn) {
  auto const config = good();
  auto const owner = owner_of(settings_of(config)).value();
  auto const options = process_options(settings_of(config), owner, {"a", "b"});
  EXPECT_EQ(options.work_root, config.work_dir / owner.hash());
  EXPECT_EQ(options.old_work_root, config.work_dir / "my-set");
  EXPECT_EQ(options.old_runners.size(), 2U);
  EXPECT_EQ(runner_name_prefix("My set/1.2_x"), "My-set-1-2_x");
}

TEST(RunConfig, TheRunnerFolderIsCheckedAndNothingIsCreated) {
  auto config = good();
  config.runner_dir = "/nonexistent/runner";
  expect_refused(config, ErrorCode::invalid_options, "run.sh");
  config = good();
  config.work_dir = runner_dir() / "work";
  expect_refused(config, ErrorCode::invalid_options, "inside the runner folder");
  config = good();
  config.pass_environment = {"GITHUB_TOKEN"};
  expect_refused(config, ErrorCode::invalid_options, "GITHUB_TOKEN");
  EXPECT_THAT(problems_of(good()), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists("/nonexistent"));
}

}  // namespace
}  // namespace scaleset::daemon
