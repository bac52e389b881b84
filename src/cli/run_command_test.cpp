// What `scaleset run` does with its arguments before it serves anything. That it serves, and how it
// ends, is in tests/e2e.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/testing/commands_fixture.hpp"

namespace scaleset::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::call;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::lines;
using ::testing::Not;
using ::testing::StartsWith;
using testing::Words;

class RunCommand : public ::testing::Test {
 protected:
  RunCommand() {
    testing::forget_own_variables();
    std::ofstream(token) << "ghp_of_a_test";
    fs::permissions(token, fs::perms::owner_read);
    fs::create_directories(runner);
  }
  /// A configuration file with these lines in its only scale set.
  std::string file(std::string const& more = "") const {
    std::string path = folder.path() / "scaleset.toml";
    std::ofstream(path) << "[credential.main]\ntoken = { file = \"token\" }\n"
                        << "[template.main]\nrunner_dir = \"runner\"\n"
                        << "[[scale_set]]\nurl = \"https://github.com/my-org\"\nname = \"linux\"\n"
                        << more << "\n";
    return path;
  }
  /// The lines of a call that is refused, without its beginning.
  static Words refusal(Words words) {
    words.insert(words.begin(), "run");
    auto const outcome = call(words);
    EXPECT_EQ(outcome.code, kExitUsage) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    return lines(outcome.err);
  }
  base::TemporaryDirectory folder;
  std::string token = folder.path() / "token";
  std::string runner = folder.path() / "runner";
};

TEST_F(RunCommand, OnlyTheSocketGoesWithAFile) {
  auto const path = file();
  auto const said = refusal({"--config", path, "--url", "https://github.com/o", "--min-runners",
                             "2", "--adopt", "--socket", folder.path() / "a.sock"});
  ASSERT_FALSE(said.empty());
  EXPECT_THAT(said[0], StartsWith("scaleset run: "));
  EXPECT_THAT(said[0], AllOf(HasSubstr("--url"), HasSubstr("--min-runners"), HasSubstr("--adopt"),
                             HasSubstr("cannot be combined with the configuration file " + path),
                             Not(HasSubstr("--socket"))));
}

TEST_F(RunCommand, AVariableThatDoesNotGoWithAFileIsNamed) {
  ::setenv("SCALESET_MAX_RUNNERS", "7", 1);
  auto const said = refusal({"--config", file()});
  ::unsetenv("SCALESET_MAX_RUNNERS");
  ASSERT_FALSE(said.empty());
  EXPECT_THAT(said[0], AllOf(HasSubstr("SCALESET_MAX_RUNNERS"), HasSubstr("cannot be combined")));
}

TEST_F(RunCommand, MistakesOfTheFileAreToldWithThoseOfTheFlags) {
  auto const path = file("min_idle = 5\nmax_runners = 2");
  auto const said = refusal({"--config", path, "--name", "x", "--frob"});
  ASSERT_EQ(said.size(), 3U);
  EXPECT_THAT(said[0], HasSubstr("unknown flag --frob"));
  EXPECT_THAT(said[1], HasSubstr("--name cannot be combined"));
  EXPECT_THAT(said[2], AllOf(HasSubstr(path + ":8:12: "), HasSubstr("`min_idle` (5)")));
}

TEST_F(RunCommand, AFileThatIsNotThereIsNamed) {
  EXPECT_THAT(refusal({"--config", "/nowhere/scaleset.toml"}),
              ElementsAre(AllOf(HasSubstr("/nowhere/scaleset.toml"),
                                HasSubstr("No such file or directory"))));
}

TEST_F(RunCommand, EachMistakeOfAFileIsOneLineWithItsPlace) {
  auto const said = refusal({"--config", file("max_runers = 3\nbudget = \"none\"\nweight = -1")});
  ASSERT_EQ(said.size(), 3U);
  EXPECT_THAT(said, Each(StartsWith("scaleset run: " + folder.path().string())));
  EXPECT_THAT(said[0], AllOf(HasSubstr(":8:"), HasSubstr("did you mean \"max_runners\"?")));
  EXPECT_THAT(said[1], AllOf(HasSubstr(":9:"), HasSubstr("there is no [budget.none]")));
  EXPECT_THAT(said[2], AllOf(HasSubstr(":10:"), HasSubstr("\"weight\" must be")));
}

TEST_F(RunCommand, ARunnerFolderIsToldOfBesideAWrongUrl) {
  auto const said = refusal({"--url", "github.com/o", "--name", "s", "--token-file", token,
                             "--runner-dir", runner, "--work-dir", folder.path() / "work"});
  ASSERT_EQ(said.size(), 2U);
  EXPECT_THAT(said[0], HasSubstr("--url: the config URL cannot be used"));
  EXPECT_THAT(said[1], AllOf(HasSubstr("run.sh"), HasSubstr("unpack an actions/runner release")));
  EXPECT_FALSE(fs::exists(folder.path() / "work")) << "nothing is made";
}

TEST_F(RunCommand, TimesAndNumbersHaveTheirRanges) {
  struct Case {
    Words words;
    char const* said;
  };
  for (auto const& [words, said] : std::vector<Case>{
           {{"--min-idle-age", "-1"}, "--min-idle-age must be a number of seconds from 0"},
           {{"--min-idle-age", "1e99"}, "--min-idle-age must be a number of seconds from 0"},
           {{"--drain-timeout", "soon"}, "--drain-timeout must be a number of seconds"},
           {{"--max-runners", "10001"}, "--max-runners must be a whole number from 0 to 10000"},
           {{"--max-runners", "1.5"}, "--max-runners must be a whole number"},
           {{"--log-format", "xml"}, "--log-format must be text or json"},
           {{"--runner-group-id", "0"}, "--runner-group-id must be a whole number, 1 or more"},
           {{"--app-installation-id", "x"}, "--app-installation-id must be a whole number"},
           {{"--labels", ","}, "--labels"},
       }) {
    auto all = words;
    all.insert(all.end(), {"--url", "https://github.com/o", "--name", "s", "--token-file", token,
                           "--runner-dir", "/usr"});
    auto const told = refusal(all);
    ASSERT_FALSE(told.empty()) << words[0];
    EXPECT_THAT(told[0], HasSubstr(said)) << words[0] << " " << words[1];
  }
}

}  // namespace
}  // namespace scaleset::cli
