#include "daemon/run_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"
#include "base/jwt.hpp"
#include "daemon/supervisor.hpp"

namespace scaleset::daemon {
namespace {

using ::testing::HasSubstr;

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
  auto const valid = validate(config);
  ASSERT_FALSE(valid) << text;
  EXPECT_EQ(valid.error().code, code);
  EXPECT_THAT(valid.error().message, HasSubstr(text));
}

TEST(RunConfig, ValidConfigurationsPass) {
  EXPECT_TRUE(validate(good()));
  auto parked = good();
  parked.max_runners = 0;
  EXPECT_TRUE(validate(parked));
  auto app = good();
  app.credentials = GitHubApp{"Iv1", 1, constant_secret(base::RsaPrivateKey::generate(2048).pem())};
  EXPECT_TRUE(validate(app));
}

TEST(RunConfig, EveryMistakeHasItsOwnMessage) {
  auto config = good();
  config.url = "";
  expect_refused(config, ErrorCode::invalid_options, "--url");
  config = good();
  config.url = "https://github.com";
  expect_refused(config, ErrorCode::invalid_config_url, "https://github.com/ORG");
  config = good();
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
  config = good();
  config.credentials = PersonalAccessToken{secret_file("/no/such/file")};
  expect_refused(config, ErrorCode::io, "/no/such/file");
  config = good();
  config.credentials = GitHubApp{"Iv1", 1, constant_secret(Secret("no key"))};
  expect_refused(config, ErrorCode::invalid_private_key, "PEM");
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
  EXPECT_TRUE(validate(good()));
  EXPECT_FALSE(std::filesystem::exists("/nonexistent"));
}

}  // namespace
}  // namespace scaleset::daemon
