// The completion scripts of the whole program, run by the shells that they are for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <memory>

#include "base/files.hpp"
#include "cli/testing/commands_fixture.hpp"

namespace scaleset::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using testing::lines;
using ::testing::Not;
using testing::Words;

/// What the shell command writes to standard output.
std::string output_of(std::string const& command) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> const pipe(::popen(command.c_str(), "r"),
                                                             ::pclose);
  std::string text;
  for (int c = 0; pipe && (c = std::fgetc(pipe.get())) != EOF;) text += static_cast<char>(c);
  return text;
}

bool is_installed(std::string const& shell) { return !output_of("command -v " + shell).empty(); }

class ShellCompletion : public ::testing::Test {
 protected:
  std::string script(std::string const& shell) const {
    std::string path = folder.path() / ("completion." + shell);
    std::ofstream(path) << testing::call({"completion", shell}).out;
    return path;
  }
  /// What bash offers for a line, whose last word is being typed.
  Words bash(Words const& typed) const {
    std::string command = "COMP_WORDS=(";
    for (std::string const& word : typed) command += "'" + word + "' ";
    command += "); COMP_CWORD=" + std::to_string(typed.size() - 1);
    return run("bash", "source '" + script("bash") + "'\n" + command +
                           "\n_scaleset\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
  }
  /// What fish offers for a line: words, without their descriptions.
  Words fish(std::string const& line) const {
    auto offers = run("fish", "source '" + script("fish") + "'\ncomplete -C '" + line + "'\n");
    for (std::string& offer : offers) offer.resize(std::min(offer.find('\t'), offer.size()));
    return offers;
  }
  Words run(std::string const& shell, std::string const& commands) const {
    std::string const path = folder.path() / ("test." + shell);
    std::ofstream(path) << commands;
    auto offers =
        lines(output_of("HOME='" + folder.path().string() + "' " + shell + " '" + path + "' 2>&1"));
    std::erase(offers, "");
    return offers;
  }
  base::TemporaryDirectory folder;
};

TEST_F(ShellCompletion, BashOffersTheWordsThatMayFollow) {
  EXPECT_THAT(bash({"scaleset", ""}),
              IsSupersetOf({"run", "status", "set", "config", "gc", "--help", "--version"}));
  EXPECT_THAT(bash({"scaleset", "comp"}), ElementsAre("completion"));
  EXPECT_THAT(bash({"scaleset", "set", "cr"}), ElementsAre("create"));
  EXPECT_THAT(bash({"scaleset", "runner", "re"}), ElementsAre("remove", "retire"));
  EXPECT_THAT(bash({"scaleset", "set", "create", "--lab"}), ElementsAre("--labels"));
  EXPECT_THAT(bash({"scaleset", "nonsense", "comp"}), ElementsAre("completion"));
}

TEST_F(ShellCompletion, BashLooksPastFlagsAndTheirValues) {
  EXPECT_THAT(bash({"scaleset", "set", "create", "my-set", "--labels", "a,b", "--runner-gr"}),
              ElementsAre("--runner-group", "--runner-group-id"));
  EXPECT_THAT(bash({"scaleset", "run", "--name", "x", "--min-r"}), ElementsAre("--min-runners"));
}

TEST_F(ShellCompletion, FlagsOfOtherCommandsAreNotOffered) {
  EXPECT_THAT(bash({"scaleset", "pause", "--"}), Not(Contains("--labels")));
  EXPECT_THAT(bash({"scaleset", "pause", "--so"}), ElementsAre("--socket"));
  EXPECT_THAT(bash({"scaleset", "config", "check", "--url"}), IsEmpty());
}

TEST_F(ShellCompletion, BashOffersFilesForWhatIsAFile) {
  std::ofstream(folder.path() / "some-token.txt") << "x";
  std::string const begin = (folder.path() / "some-").string();
  for (char const* const flag : {"--token-file", "--runner-dir", "--config", "--socket"})
    EXPECT_THAT(bash({"scaleset", "run", flag, begin}), ElementsAre(begin + "token.txt")) << flag;
  EXPECT_THAT(bash({"scaleset", "run", "--name", begin}), IsEmpty()) << "a name is no file";
}

TEST_F(ShellCompletion, FishOffersTheWordsThatMayFollow) {
  if (!is_installed("fish")) GTEST_SKIP() << "there is no fish";
  EXPECT_THAT(fish("scaleset set cr"), ElementsAre("create"));
  EXPECT_THAT(fish("scaleset set create --lab"), ElementsAre("--labels"));
  EXPECT_THAT(fish("scaleset pau"), ElementsAre("pause"));
  EXPECT_THAT(fish("scaleset pause --lab"), IsEmpty());
}

TEST_F(ShellCompletion, EachShellCanReadItsScript) {
  for (std::string const shell : {"bash", "zsh", "fish"}) {
    if (!is_installed(shell)) continue;
    EXPECT_EQ(output_of(shell + " -n '" + script(shell) + "' 2>&1"), "") << shell;
  }
}

}  // namespace
}  // namespace scaleset::cli
