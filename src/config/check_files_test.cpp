#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "base/files.hpp"
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
  void write(std::string const& name, fs::perms mode = fs::perms::owner_read) {
    std::ofstream(folder_.path() / name) << "secret";
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
  EXPECT_THAT(
      problems("token = { file = \"missing\" }"),
      AllOf(HasSubstr("f:4:33: the secret "), HasSubstr("missing cannot be read: No such")));
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
  EXPECT_THAT(problems("token = { systemd = \"other\" }"), HasSubstr("cannot be read"));
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
      AllOf(HasSubstr("/key cannot be read"), HasSubstr("/ca cannot be read"),
            HasSubstr("/password cannot be read")));
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
  EXPECT_THAT(to_string(found.errors[0], "f"), HasSubstr("f:2:18: the secret"));
  EXPECT_THAT(to_string(found.errors[1], "f"), HasSubstr("f:3:1: `runner_dir` is missing"));
}

}  // namespace
}  // namespace scaleset::config
