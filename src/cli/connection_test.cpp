#include "cli/connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>

#include "base/files.hpp"
#include "base/jwt.hpp"
#include "cli/every_flag.hpp"

namespace scaleset::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(Connection, AFileThatOthersMayReadIsNamedWithTheMend) {
  base::TemporaryDirectory const folder;
  std::string const file = folder.path() / "secret";
  ASSERT_TRUE(base::write_file_atomically(file, "hunter2"));
  ConnectionArguments token;
  token.token_file = file;
  ConnectionArguments key;
  key.app_private_key_file = file;
  for (auto const* arguments : {&token, &key}) {
    ::chmod(file.c_str(), 0600);
    EXPECT_EQ(exposed_secret(*arguments), "");
    for (mode_t const mode : {0640U, 0604U, 0644U}) {
      ::chmod(file.c_str(), mode);
      EXPECT_THAT(exposed_secret(*arguments), HasSubstr("chmod 600 " + file));
    }
  }
}

TEST(Connection, WhatIsNoFileIsNotWarnedOf) {
  ConnectionArguments arguments;
  EXPECT_EQ(exposed_secret(arguments), "");
  arguments.token_file = "/nonexistent";
  EXPECT_EQ(exposed_secret(arguments), "");
  arguments.token_file = "/dev/null";
  EXPECT_EQ(exposed_secret(arguments), "");
}

TEST(Connection, FilesOfSecretsAreWatched) {
  ConnectionArguments arguments;
  EXPECT_THAT(secret_files_of(arguments), IsEmpty());
  arguments.token_command = "cat token";
  arguments.ca_file = "ca.pem";
  EXPECT_THAT(secret_files_of(arguments), IsEmpty());
  arguments.token_file = "token";
  EXPECT_THAT(secret_files_of(arguments), ElementsAre("token"));
  arguments.token_file.clear();
  arguments.app_private_key_file = "key.pem";
  EXPECT_THAT(secret_files_of(arguments), ElementsAre("key.pem"));
}

/// The arguments of a command, as the program reads them.
class ConnectionFlags : public ::testing::Test {
 protected:
  ConnectionFlags() { EXPECT_TRUE(base::write_file_atomically(token_file, "ghp_secret")); }
  ~ConnectionFlags() override {
    for (char const* const name :
         {"GITHUB_TOKEN", "SCALESET_TOKEN_FILE", "SCALESET_TOKEN_COMMAND", "SCALESET_APP_CLIENT_ID",
          "SCALESET_APP_INSTALLATION_ID", "SCALESET_APP_PRIVATE_KEY_FILE"})
      ::unsetenv(name);
  }
  /// Everything that is wrong.
  std::vector<std::string> problems(std::vector<std::string> words) {
    CLI::App command{"test"};
    AfterParsing after;
    arguments = {};
    add_connection_flags(command, arguments, after);
    for (auto* option : command.get_options())
      option->envname(variable_of("run", option->get_name()));
    std::ranges::reverse(words);
    command.parse(std::move(words));
    std::vector<std::string> texts;
    for (Error const& error : finish(after)) texts.push_back(error.message);
    for (Error const& error : check_connection(arguments)) texts.push_back(error.message);
    return texts;
  }
  /// What is wrong besides the URL, which is good.
  std::vector<std::string> problems_with_url(std::vector<std::string> words) {
    words.insert(words.end(), {"--url", "https://github.com/my-org"});
    return problems(std::move(words));
  }

  base::TemporaryDirectory folder;
  std::string token_file = folder.path() / "token";
  ConnectionArguments arguments;
};

TEST_F(ConnectionFlags, AllMistakesAreTold) {
  EXPECT_THAT(problems({"--ca-file", "/nonexistent.pem"}),
              ElementsAre(StartsWith("--url is missing"), StartsWith("no credentials"),
                          HasSubstr("/nonexistent.pem")));
  EXPECT_THAT(problems({"--url", "github.com/my-org", "--token-file", "/nonexistent"}),
              ElementsAre(StartsWith("--url: "), HasSubstr("/nonexistent")));
  EXPECT_THAT(problems({"--url", "https://github.com/orgs/my-org", "--token-file", token_file}),
              ElementsAre(HasSubstr("give https://github.com/my-org")));
  EXPECT_THAT(problems_with_url({"--app-client-id", "Iv1"}),
              ElementsAre(HasSubstr("--app-installation-id")));
}

TEST_F(ConnectionFlags, TheCommandLineGoesBeforeCredentialsOfTheEnvironment) {
  ::setenv("SCALESET_TOKEN_FILE", "/nonexistent", 1);
  EXPECT_THAT(problems_with_url({"--token-command", "echo t"}), IsEmpty());
  EXPECT_TRUE(std::holds_alternative<TokenProvider>(arguments.credentials));
  EXPECT_THAT(secret_files_of(arguments), IsEmpty());
  ::setenv("SCALESET_TOKEN_COMMAND", "false", 1);
  ::setenv("SCALESET_APP_CLIENT_ID", "Iv1", 1);
  ::setenv("SCALESET_APP_INSTALLATION_ID", "5", 1);
  EXPECT_THAT(problems_with_url({"--token-file", token_file}), IsEmpty());
  EXPECT_TRUE(std::holds_alternative<PersonalAccessToken>(arguments.credentials));
}

TEST_F(ConnectionFlags, AnAppMayBeGivenInBothPlaces) {
  std::string const key = folder.path() / "key.pem";
  ASSERT_TRUE(base::write_file_atomically(key, base::RsaPrivateKey::generate(2048).pem().reveal()));
  ::setenv("SCALESET_TOKEN_FILE", "/nonexistent", 1);
  ::setenv("SCALESET_APP_CLIENT_ID", "Iv1", 1);
  ::setenv("SCALESET_APP_INSTALLATION_ID", "5", 1);
  EXPECT_THAT(problems_with_url({"--app-private-key-file", key}), IsEmpty());
  EXPECT_EQ(std::get<GitHubApp>(arguments.credentials).installation_id, 5);
}

TEST_F(ConnectionFlags, TwoKindsInOnePlaceAreNamed) {
  EXPECT_THAT(problems_with_url({"--token-file", token_file, "--token-command", "true"}),
              ElementsAre("--token-file and --token-command cannot be combined; give only one of "
                          "them"));
  ::setenv("SCALESET_TOKEN_FILE", token_file.c_str(), 1);
  ::setenv("SCALESET_TOKEN_COMMAND", "true", 1);
  EXPECT_THAT(problems_with_url({}), ElementsAre(HasSubstr("SCALESET_TOKEN_FILE and "
                                                           "SCALESET_TOKEN_COMMAND")));
}

TEST(CanonicalUrl, IsTheOneOfJournals) {
  ConnectionArguments written;
  written.url = "HTTPS://GitHub.com:443/My-Org/";
  EXPECT_EQ(canonical_url(written).value(), "https://github.com/my-org");
  written.url = "github.com/my-org";
  ASSERT_FALSE(canonical_url(written));
  EXPECT_EQ(canonical_url(written).error().code, ErrorCode::invalid_argument);
}

TEST_F(ConnectionFlags, AnyFlagGoesBeforeGithubToken) {
  ::setenv("GITHUB_TOKEN", "ghp_of_the_environment", 1);
  EXPECT_THAT(problems_with_url({"--token-command", "echo t"}), IsEmpty());
  EXPECT_TRUE(std::holds_alternative<TokenProvider>(arguments.credentials));
  EXPECT_EQ(std::getenv("GITHUB_TOKEN"), nullptr) << "child processes must not see it";
}

TEST_F(ConnectionFlags, GithubTokenIsEnough) {
  ::setenv("GITHUB_TOKEN", "ghp_of_the_environment", 1);
  EXPECT_THAT(problems_with_url({}), IsEmpty());
  ASSERT_TRUE(std::holds_alternative<PersonalAccessToken>(arguments.credentials));
  ::setenv("GITHUB_TOKEN", " ", 1);
  EXPECT_THAT(problems_with_url({}), ElementsAre(HasSubstr("GITHUB_TOKEN is set, but blank")));
}

}  // namespace
}  // namespace scaleset::cli
