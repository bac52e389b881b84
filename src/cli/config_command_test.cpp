#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/jwt.hpp"
#include "cli/testing/call.hpp"
#include "config/print.hpp"

namespace scaleset::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(ConfigReference, TheDocumentHasWhatTheProgramSays) {
  std::filesystem::path const document =
      std::filesystem::path(SCALESET_SOURCE_DIR) / "docs/configuration.md";
  auto const text = base::read_file(document);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(*text, HasSubstr(config::reference()))
      << "run: scaleset config reference, and replace the part of the document";
}

class ConfigCommand : public ::testing::Test {
 protected:
  static testing::Outcome call(std::vector<std::string> words) {
    words.insert(words.begin(), "config");
    return testing::call(words);
  }
  /// A runner that can be started, and a token that nobody else may read.
  ConfigCommand() {
    fs::create_directories(folder.path() / "runner/bin");
    for (char const* const name : {"run.sh", "bin/Runner.Listener"}) {
      auto const program = folder.path() / "runner" / name;
      std::ofstream(program) << "#!/bin/sh\n";
      fs::permissions(program, fs::perms::owner_all);
    }
    std::ofstream(folder.path() / "token") << "ghp_secret\n";
    fs::permissions(folder.path() / "token", fs::perms::owner_read | fs::perms::owner_write);
  }
  std::string write(std::string const& sets, std::string const& name = "a.toml") const {
    auto const file = folder.path() / name;
    std::ofstream(file) << "[credential.main]\ntoken = { file = \"token\" }\n"
                           "[template.linux]\nrunner_dir = \"runner\"\n"
                           "[budget.host]\nslots = 2\n"
                        << sets;
    return file.string();
  }
  static std::string set(std::string const& name, std::string const& more = "") {
    return "[[scale_set]]\nurl = \"https://github.com/octo\"\nname = \"" + name + "\"\n" + more +
           "\n";
  }
  base::TemporaryDirectory folder;
};

TEST_F(ConfigCommand, CheckListsTheScaleSetsOfAGoodFile) {
  auto const file = write(set("one", "budget = \"host\"") + set("two"));
  auto const outcome = call({"check", file});
  EXPECT_EQ(outcome.code, kExitSuccess);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out, file +
                             " can be used; it describes 2 scale sets:\n  one of "
                             "https://github.com/octo\n  two of https://github.com/octo\n");
}

TEST_F(ConfigCommand, CheckWarnsOfWhatIsHardlyMeant) {
  auto const file = write(set("one", "budget = \"host\"\nmin_idle = 3"));
  fs::permissions(folder.path() / "token", fs::perms::all);
  auto const outcome = call({"check", file});
  EXPECT_EQ(outcome.code, kExitSuccess);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("config check: "), HasSubstr("use 3 of \"slots\""),
                                 HasSubstr("token")));
  EXPECT_THAT(outcome.out, HasSubstr("1 scale set:"));
}

TEST_F(ConfigCommand, CheckTellsAllThatIsWrongWithItsPlace) {
  auto const file = write(set("one", "min_idel = 1") + set("two", "budget = \"hosts\""));
  auto const outcome = call({"check", file});
  EXPECT_EQ(outcome.code, kExitUsage);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr(file + ":10:1: "), HasSubstr("did you mean \"min_idle\"?"),
                    HasSubstr(file + ":14:10: "), HasSubstr("did you mean \"host\"?")));
}

TEST_F(ConfigCommand, CheckLooksAtTheFilesThatAreNamedAndShowDoesNot) {
  auto const file = write(set("one"));
  fs::remove(folder.path() / "token");
  auto const checked = call({"check", file});
  EXPECT_EQ(checked.code, kExitUsage);
  EXPECT_THAT(checked.err, HasSubstr((folder.path() / "token").string()));
  EXPECT_EQ(call({"show", file}).code, kExitSuccess);
  write(set("one"));
  std::ofstream(folder.path() / "token") << "x";
  fs::permissions(folder.path() / "token", fs::perms::owner_read);
  fs::remove(folder.path() / "runner/run.sh");
  EXPECT_THAT(call({"check", file}).err, HasSubstr("the template of the scale set \"one\": "));
  fs::remove(folder.path() / "token");
  EXPECT_THAT(call({"check", file}).err, AllOf(HasSubstr((folder.path() / "token").string()),
                                               HasSubstr("the template of the")))
      << "all at once";
  fs::remove_all(folder.path() / "runner");
  auto const none = call({"check", file}).err;
  EXPECT_THAT(none, HasSubstr("runner is not a folder"));
  EXPECT_EQ(std::ranges::count(none, '\n'), 2) << "each mistake once: " << none;
}

// What the client would refuse when it is made.
TEST_F(ConfigCommand, CheckLooksAtTheWayToTheService) {
  auto const of_credential = [this](std::string const& line) {
    return call({"check",
                 write(set("one", "credential = { token = { file = \"token\" }, " + line + " }"))});
  };
  EXPECT_EQ(of_credential("proxy = { url = \"socks5://p:1080\" }").code, kExitSuccess);
  auto const scheme = of_credential("proxy = { url = \"ftp://p\" }");
  EXPECT_EQ(scheme.code, kExitUsage);
  EXPECT_THAT(scheme.err, AllOf(HasSubstr("the credential of the scale set \"one\": "),
                                HasSubstr("has the scheme 'ftp' instead of http")));
  auto const certificates = of_credential("ca_file = \"token\"");
  EXPECT_EQ(certificates.code, kExitUsage);
  EXPECT_THAT(certificates.err,
              AllOf(HasSubstr((folder.path() / "token").string()), Not(HasSubstr("bundle_file"))));
}

TEST_F(ConfigCommand, CheckLooksAtTheProxyOfTheEnvironment) {
  ::setenv("HTTPS_PROXY", "gopher://p", 1);
  auto const outcome = call({"check", write(set("one"))});
  ::unsetenv("HTTPS_PROXY");
  EXPECT_EQ(outcome.code, kExitUsage);
  EXPECT_THAT(outcome.err, HasSubstr("has the scheme 'gopher' instead of http"));
}

// A copied address fails at the first call only, and then as a missing permission does.
TEST_F(ConfigCommand, CheckRefusesWhatRunRefuses) {
  auto const file =
      write("[[scale_set]]\nurl = \"https://github.com/orgs/acme\"\nname = \"one\"\n");
  for (std::vector<std::string> const& words : std::vector<std::vector<std::string>>{
           {"config", "check", file}, {"run", "--config", file}}) {
    auto const outcome = testing::call(words);
    EXPECT_EQ(outcome.code, kExitUsage);
    EXPECT_THAT(outcome.err, HasSubstr(":8:7: there can be no owner named \"orgs\"; give "
                                       "https://github.com/acme\n"));
  }
}

TEST_F(ConfigCommand, AFileThatIsNotThereIsNamed) {
  auto const none = (folder.path() / "none.toml").string();
  for (std::vector<std::string> const& words :
       std::vector<std::vector<std::string>>{{"check", none}, {"show", none}, {"diff", none}}) {
    auto const outcome = call(words);
    EXPECT_EQ(outcome.code, kExitUsage) << words.front();
    EXPECT_EQ(outcome.out, "") << words.front();
    EXPECT_THAT(outcome.err,
                AllOf(HasSubstr("scaleset config " + words.front() + ": "), HasSubstr(none)));
  }
}

TEST_F(ConfigCommand, ShowHasEveryValueAndNoSecret) {
  auto const outcome = call({"show", write(set("one", "max_runners = 3"))});
  EXPECT_EQ(outcome.code, kExitSuccess);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("max_runners = 3"), HasSubstr("# default"),
                                 Not(HasSubstr("ghp_secret"))));
}

TEST_F(ConfigCommand, DiffTellsWhatWouldChangeAndNothingIfNothingWould) {
  auto const before = write(set("one"));
  auto const after = write(set("one", "max_runners = 3") + set("two"), "b.toml");
  auto const outcome = call({"diff", after, "--from", before});
  EXPECT_EQ(outcome.code, kExitSuccess) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("max_runners: 10 -> 3 (in force at once)\n"), HasSubstr("two")));
  EXPECT_EQ(call({"diff", before, "--from", before}).out, "");
  auto const bad = write(set("one", "max_runners = \"many\""), "bad.toml");
  EXPECT_EQ(call({"diff", after, "--from", bad}).code, kExitUsage);
  EXPECT_EQ(call({"diff", bad, "--from", after}).code, kExitUsage);
  EXPECT_EQ(call({"diff"}).code, kExitUsage);
}

TEST_F(ConfigCommand, InitWritesAFileThatCanBeUsedAndOverwritesNone) {
  auto const file = (folder.path() / "new.toml").string();
  std::vector<std::string> const words{"init",
                                       "--url",
                                       "https://github.com/octo",
                                       "--name",
                                       "one",
                                       "--token-file",
                                       (folder.path() / "token").string(),
                                       "--runner-dir",
                                       (folder.path() / "runner").string(),
                                       "--max-runners",
                                       "7"};
  auto with_output = words;
  with_output.insert(with_output.end(), {"--output", file});
  auto const written = call(with_output);
  EXPECT_EQ(written.code, kExitSuccess) << written.err;
  EXPECT_EQ(written.out, "");
  EXPECT_EQ(call({"check", file}).code, kExitSuccess);
  EXPECT_EQ(call(words).out, base::read_file(file).value()) << "the same on standard output";
  auto const again = call(with_output);
  EXPECT_EQ(again.code, kExitConflict);
  EXPECT_THAT(again.err, HasSubstr(file + " exists; remove it, or give another --output"));
  with_output.back() = (folder.path() / "none/new.toml").string();
  auto const nowhere = call(with_output);
  EXPECT_EQ(nowhere.code, kExitFailure);
  EXPECT_THAT(nowhere.err, HasSubstr("none"));
}

TEST_F(ConfigCommand, InitWritesNothingThatCheckRefuses) {
  auto const file = (folder.path() / "new.toml").string();
  struct Case {
    char const* flag;
    std::string value;
    char const* said;
  };
  for (auto const& [flag, value, said] : {
           Case{"--url", "https://github.com/orgs/acme", "give https://github.com/acme\n"},
           Case{"--url", "github.com/acme", "expected https://github.com/ORG"},
           Case{"--name", "a ", "the name begins or ends with a space"},
           Case{"--name", "a\xff", "not UTF-8"},
           Case{"--runner-group", " g", "the name of the runner group begins or ends with a space"},
       }) {
    auto const outcome = call({"init", flag, value, "--output", file});
    EXPECT_EQ(outcome.code, kExitUsage) << flag;
    EXPECT_THAT(outcome.err, AllOf(StartsWith("scaleset config init: "), HasSubstr(said))) << flag;
    EXPECT_FALSE(fs::exists(file)) << flag;
  }
}

TEST_F(ConfigCommand, InitTellsAllMistakesAtOnce) {
  auto const outcome = call({"init", "--url", "ftp://x", "--name", std::string(300, 'a'),
                             "--max-runners", "x", "--token-file", ""});
  EXPECT_EQ(outcome.code, kExitUsage);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("--max-runners must be"), HasSubstr("--token-file is"),
                                 HasSubstr("ftp://x"), HasSubstr("300 bytes long")));
  EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 4) << outcome.err;
}

TEST_F(ConfigCommand, InitMakesPathsThatAreRelativeToWhereItRuns) {
  EXPECT_THAT(
      call({"init", "--token-file", "secret/token", "--runner-dir", "../runner"}).out,
      AllOf(HasSubstr("\"" + (fs::current_path() / "secret/token").string() + "\""),
            HasSubstr("\"" + (fs::current_path().parent_path() / "runner").string() + "\"")));
}

/// What stands between ```toml and ```, block by block.
std::vector<std::string> toml_blocks(std::string const& document) {
  auto const text =
      base::read_file(std::filesystem::path(SCALESET_SOURCE_DIR) / document).value_or("");
  std::string const begin = "```toml\n";
  std::vector<std::string> blocks;
  for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    at += begin.size();
    blocks.push_back(text.substr(at, text.find("```", at) - at));
  }
  return blocks;
}

std::string replaced(std::string text, std::string const& from, std::string const& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// With the files that they name in this folder.
TEST_F(ConfigCommand, TheExamplesOfTheDocumentsHaveNeitherMistakesNorWarnings) {
  auto const key = base::RsaPrivateKey::generate(2048).pem();
  ASSERT_TRUE(base::write_file_atomically(folder.path() / "app.pem", key.reveal()));
  for (auto const& [document, count] :
       {std::pair{"docs/configuration.md", 2}, std::pair{"README.md", 1}}) {
    auto const blocks = toml_blocks(document);
    EXPECT_THAT(blocks, ::testing::SizeIs(count)) << document;
    for (std::string const& block : blocks) {
      auto const file = (folder.path() / "example.toml").string();
      std::string const here = replaced(block, "/etc/scaleset/", folder.path().string() + "/");
      std::ofstream(file) << replaced(here, "/opt/actions-runner",
                                      (folder.path() / "runner").string());
      auto const outcome = call({"check", file});
      EXPECT_EQ(outcome.code, kExitSuccess) << document << "\n" << block;
      EXPECT_EQ(outcome.err, "") << document << "\n" << block;
    }
  }
}

TEST_F(ConfigCommand, SchemaAndReferenceAreComplete) {
  auto const schema = call({"schema"});
  EXPECT_EQ(schema.code, kExitSuccess);
  EXPECT_EQ(boost::json::parse(schema.out).at("type").as_string(), "object");
  auto const reference = call({"reference"});
  EXPECT_EQ(reference.out, config::reference());
}

TEST_F(ConfigCommand, WrongArgumentsAreToldByTheCommand) {
  EXPECT_EQ(call({}).code, kExitUsage);
  for (std::vector<std::string> const& words :
       std::vector<std::vector<std::string>>{{"chekc"},
                                             {"check", "a", "b"},
                                             {"show", "--json"},
                                             {"schema", "a"},
                                             {"init", "--max-runners", "x"}}) {
    auto const outcome = call(words);
    EXPECT_EQ(outcome.code, kExitUsage) << words.front();
    EXPECT_EQ(outcome.out, "") << words.front();
    EXPECT_THAT(outcome.err, StartsWith("scaleset")) << words.front();
  }
}

}  // namespace
}  // namespace scaleset::cli
