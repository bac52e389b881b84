#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "base/files.hpp"
#include "base/jwt.hpp"
#include "config/load.hpp"

namespace scaleset::config {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ProblemsOfFiles : public ::testing::Test {
 protected:
  ProblemsOfFiles() {
    fs::create_directory(folder_.path() / "runner");
    write("token");
  }
  void write(std::string const& name, fs::perms mode = fs::perms::owner_read,
             std::string const& text = "secret") {
    fs::remove(folder_.path() / name);
    std::ofstream(folder_.path() / name) << text;
    fs::permissions(folder_.path() / name, mode);
  }
  /// The errors, and the warnings behind "warning: ", a line each.
  std::string problems(std::string const& credential, std::string const& runner_dir = "runner") {
    auto const loaded = read_config(
        "[[scale_set]]\nurl = \"https://github.com/my-org\"\nname = \"a\"\ncredential = { " +
            credential + " }\ntemplate = { runner_dir = \"" + runner_dir + "\" }\n",
        folder_.path());
    if (!loaded) return to_string(loaded.error().front(), "f");
    auto const found = problems_of_files(*loaded, [this](std::string const& name) {
      auto const variable = environment_.find(name);
      return variable == environment_.end() ? nullptr : variable->second.c_str();
    });
    std::string lines;
    for (Problem const& problem : found.errors) lines += to_string(problem, "f") + "\n";
    for (Problem const& problem : found.warnings)
      lines += "warning: " + to_string(problem, "f") + "\n";
    return lines;
  }

  base::TemporaryDirectory const folder_;
  std::map<std::string, std::string> environment_;
};

TEST_F(ProblemsOfFiles, ThereAreNone) { EXPECT_EQ(problems("token = { file = \"token\" }"), ""); }

TEST_F(ProblemsOfFiles, ASecretThatIsNotThere) {
  EXPECT_THAT(problems("token = { file = \"missing\" }"),
              AllOf(HasSubstr("f:4:33: cannot read "), HasSubstr("missing: No such file")));
  EXPECT_THAT(problems("token = { env = \"TOKEN\" }"),
              HasSubstr("the environment variable TOKEN is not set"));
  environment_["TOKEN"] = "x";
  EXPECT_EQ(problems("token = { env = \"TOKEN\" }"), "");
  EXPECT_EQ(problems("token = { command = \"false\" }"), "") << "commands are not run";
}

TEST_F(ProblemsOfFiles, ACredentialOfTheServiceManager) {
  EXPECT_THAT(problems("token = { systemd = \"token\" }"), HasSubstr("LoadCredential="));
  environment_["CREDENTIALS_DIRECTORY"] = folder_.path();
  EXPECT_EQ(problems("token = { systemd = \"token\" }"), "");
  EXPECT_THAT(problems("token = { systemd = \"other\" }"), HasSubstr("other: No such file"));
}

TEST_F(ProblemsOfFiles, ATokenThatIsNone) {
  struct Case {
    char const* text;
    char const* told;
  };
  for (auto const& [text, told] :
       {Case{"", "token is empty: it should hold the secret"}, Case{" \n\t\n", "token is empty"},
        Case{"ghp_x\nghp_y\n", "token has more than one line"},
        Case{"TOKEN=ghp_x", "token looks like NAME=value"},
        Case{"\"ghp_x\"", "token contains quotation marks"},
        Case{"Bearer ghp_x", "token contains a space or tab"}}) {
    write("token", fs::perms::owner_read, text);
    std::string const told_now = problems("token = { file = \"token\" }");
    EXPECT_THAT(told_now, AllOf(::testing::StartsWith("f:4:33: the file "), HasSubstr(told)));
    EXPECT_THAT(told_now, ::testing::Not(HasSubstr("ghp_")));
    if (*text == '\0') continue;  // a variable that is empty counts as not set
    environment_["TOKEN"] = text;
    EXPECT_THAT(problems("token = { env = \"TOKEN\" }"),
                HasSubstr("f:4:32: the environment variable TOKEN "));
  }
  write("token", fs::perms::owner_read, "ghp_x\r\n");
  EXPECT_EQ(problems("token = { file = \"token\" }"), "") << "what surrounds it is taken off";
}

TEST_F(ProblemsOfFiles, AKeyThatIsNone) {
  std::string const app =
      "app = { client_id = \"c\", installation_id = 1, private_key = { file = \"token\" } }";
  EXPECT_THAT(problems(app), HasSubstr("token is no PEM private key"));
  write("token", fs::perms::owner_read, "");
  EXPECT_THAT(problems(app), HasSubstr("token is empty"));
  write("token", fs::perms::owner_read,
        std::string(base::RsaPrivateKey::generate(1024).pem().reveal()));
  EXPECT_EQ(problems(app), "");
}

TEST_F(ProblemsOfFiles, APasswordMayBeAnyTextThatIsNotEmpty) {
  std::string const proxy =
      "token = { file = \"token\" }, proxy = { url = \"http://p\", username = \"u\", password = { "
      "file = \"password\" } }";
  write("password", fs::perms::owner_read, "two words");
  EXPECT_EQ(problems(proxy), "");
  write("password", fs::perms::owner_read, "\n");
  EXPECT_THAT(problems(proxy), HasSubstr("password is empty"));
}

TEST_F(ProblemsOfFiles, WhatIsNoRegularFileIsToldAtOnce) {
  fs::remove(folder_.path() / "token");
  ASSERT_EQ(::mkfifo((folder_.path() / "token").c_str(), 0600), 0);
  EXPECT_THAT(problems("token = { file = \"token\" }"), HasSubstr("token: it is a pipe"));
  EXPECT_THAT(problems("token = { file = \"runner\" }"), HasSubstr("runner: it is a folder"));
}

TEST_F(ProblemsOfFiles, ASecretThatOthersMayRead) {
  write("open", fs::perms::owner_read | fs::perms::others_read);
  EXPECT_THAT(problems("token = { file = \"open\" }"), HasSubstr("warning: f:4:"));
  EXPECT_THAT(problems("strict_secrets = true, token = { file = \"open\" }"),
              AllOf(::testing::StartsWith("f:4:"), HasSubstr("chmod 600")));
}

TEST_F(ProblemsOfFiles, AllSecretsAreLookedAt) {
  EXPECT_THAT(
      problems(
          "app = { client_id = \"c\", installation_id = 1, private_key = { file = \"key\" } }, "
          "ca_file = \"ca\", proxy = { url = \"http://p\", username = \"u\", password = { "
          "file = \"password\" } }"),
      AllOf(HasSubstr("/key: No such"), HasSubstr("/ca cannot be read"),
            HasSubstr("/password: No such")));
}

TEST_F(ProblemsOfFiles, AFolderOfTheRunner) {
  EXPECT_THAT(problems("token = { file = \"token\" }", "elsewhere"),
              HasSubstr("elsewhere is not a folder; unpack an actions/runner release there"));
}

TEST_F(ProblemsOfFiles, TablesOfTheFileAreLookedAtToo) {
  auto const loaded = read_config(
      "[credential.main]\ntoken = { file = \"no\" }\n[template.main]\n[[scale_set]]\nurl = "
      "\"https://github.com/my-org\"\nname = \"a\"\n",
      folder_.path());
  ASSERT_TRUE(loaded);
  auto const found = problems_of_files(*loaded, [](char const*) { return nullptr; });
  ASSERT_EQ(found.errors.size(), 2U);
  EXPECT_THAT(to_string(found.errors[0], "f"), HasSubstr("f:2:18: cannot read"));
  EXPECT_THAT(to_string(found.errors[1], "f"), HasSubstr("f:3:1: `runner_dir` is missing"));
}

TEST_F(ProblemsOfFiles, FoldersThatCannotBeMade) {
  auto const of_file = [this](std::string const& text) {
    auto const loaded = read_config(text +
                                        "[[scale_set]]\nurl = \"https://github.com/my-org\"\n"
                                        "name = \"a\"\n[credential.c]\ntoken = { command = "
                                        "\"x\" }\n",
                                    folder_.path());
    EXPECT_TRUE(loaded);
    std::string lines;
    if (loaded)
      for (Problem const& problem : problems_of_files(*loaded, ::getenv).errors)
        lines += to_string(problem, "f") + "\n";
    return lines;
  };
  std::string const runner = "[template.t]\nrunner_dir = \"runner\"\n";
  EXPECT_EQ(of_file("state_dir = \"new/state\"\n" + runner + "work_dir = \"new/work\"\n"), "");
  std::string const said = (folder_.path() / "token").string() +
                           " cannot be written to: it is not a folder; give a folder that this "
                           "user may write to\n";
  EXPECT_EQ(of_file("state_dir = \"token/x\"\n" + runner), "f:1:13: " + said);
  EXPECT_EQ(of_file(runner + "work_dir = \"token\"\n"), "f:3:12: " + said);
}

}  // namespace
}  // namespace scaleset::config
