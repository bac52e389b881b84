#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <cstdlib>

#include "base/file_lock.hpp"
#include "base/files.hpp"
#include "base/owner_key.hpp"
#include "cli/testing/commands_fixture.hpp"

/// The whole program in this process: what each command answers and what it says. That a process is
/// really started, and what it does with signals and full disks, is in tests/e2e.
namespace scaleset::cli {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

using testing::call;
using testing::lines;
using testing::Outcome;
using testing::split;
using testing::Words;

class Commands : public testing::CommandsTest {};

// What is wrong with the arguments: told together, with nothing sent.

struct Mistake {
  char const* words;
  Words lines;  // beginnings
};

TEST_F(Commands, TellAllMistakesAtOnce) {
  std::string const no_url = ": --url is missing";
  std::string const no_token = ": no credentials";
  for (auto const& [text, expected] : std::vector<Mistake>{
           {"token", {"scaleset token" + no_url, "scaleset token" + no_token}},
           {"set get",
            {"scaleset set get: which scale set?", "scaleset set get" + no_url,
             "scaleset set get" + no_token}},
           {"set get 5 --id x",
            {"scaleset: SET: \"5\" may be", "scaleset: --id must be", "scaleset set get" + no_url,
             "scaleset set get" + no_token}},
           {"set create --labels a,a --automatic-update maybe",
            {"scaleset: --labels has \"a\" twice", "scaleset: --automatic-update must be on or off",
             "scaleset: NAME is required", "scaleset set create" + no_url,
             "scaleset set create" + no_token}},
           {"set update s",
            {"scaleset set update: nothing to change", "scaleset set update" + no_url,
             "scaleset set update" + no_token}},
           {"set delete s --runner-group g --runner-group-id 4",
            {"scaleset set delete: give only one of --runner-group or --runner-group-id",
             "scaleset set delete" + no_url, "scaleset set delete" + no_token}},
           {"jit",
            {"scaleset: --runner-name is required", "scaleset jit: which scale set?",
             "scaleset jit" + no_url, "scaleset jit" + no_token}},
           {"listen --max-runners -1 --set a --id 3",
            {"scaleset: --max-runners must be", "scaleset listen: give only one of --set or --id",
             "scaleset listen" + no_url, "scaleset listen" + no_token}},
           {"run --min-runners 5 --max-runners 2 --backend docker",
            {"scaleset run" + no_url, "scaleset run" + no_token, "scaleset run: --name is missing",
             "scaleset run: --min-runners (5) is greater",
             "scaleset run: there is no backend \"docker\"",
             "scaleset run: --runner-dir is missing"}},
           {"run --min-runners 5 --max-runners x --urll y --app-client-id a",
            {"scaleset: unknown flag --urll", "scaleset: --max-runners must be",
             "scaleset run: a GitHub App needs", "scaleset run: --name is missing",
             "scaleset run: --runner-dir is missing"}},
           {"run --log-level loud --name",
            {"scaleset: --log-level must be", "scaleset: --name needs"}},
           {"simulate --listen x --hold-time -1 --load burst",
            {"scaleset: --hold-time must be", "scaleset simulate: --listen \"x\"",
             "scaleset simulate: --load needs"}},
           {"completion fihs", {"scaleset: SHELL must be bash, zsh or fish"}},
           {"set", {"scaleset: scaleset set needs a subcommand"}},
       }) {
    auto const outcome = call(split(text));
    EXPECT_EQ(outcome.code, kExitUsage) << text;
    EXPECT_EQ(outcome.out, "") << text;
    auto const said = lines(outcome.err);
    ASSERT_EQ(said.size(), expected.size()) << text << "\n" << outcome.err;
    for (std::size_t i = 0; i < said.size(); ++i)
      EXPECT_THAT(said[i], StartsWith(expected[i])) << text;
  }
}

TEST_F(Commands, NameTheVariablesOfTheEnvironment) {
  ::setenv("SCALESET_URL", "https://github.com/orgs/my-org", 1);
  ::setenv("SCALESET_TOKN_FILE", "x", 1);
  ::setenv("SCALESET_MAX_RUNNERS", "many", 1);
  auto const run =
      lines(call({"run", "--name", "a", "--token-file", token, "--runner-dir", "/x"}).err);
  auto const listen =
      lines(call({"listen", "--max-runners", "3", "--set", "s", "--token-file", token}).err);
  for (char const* const name : {"SCALESET_URL", "SCALESET_TOKN_FILE", "SCALESET_MAX_RUNNERS"})
    ::unsetenv(name);
  ASSERT_EQ(run.size(), 4U);
  EXPECT_THAT(run[0], AllOf(StartsWith("scaleset: warning: "), HasSubstr("SCALESET_TOKN_FILE"),
                            HasSubstr("did you mean SCALESET_TOKEN_FILE?")));
  EXPECT_THAT(run[1],
              HasSubstr("the environment variable SCALESET_MAX_RUNNERS: --max-runners must"));
  EXPECT_THAT(run[2], AllOf(HasSubstr("https://github.com/my-org"),
                            HasSubstr("(SCALESET_URL sets --url)")));
  EXPECT_THAT(run[3], HasSubstr("run.sh"));
  ASSERT_EQ(listen.size(), 2U) << "the command line goes before the variable";
}

TEST_F(Commands, ShowNoSecretThatWasGivenInsteadOfItsFile) {
  for (std::string const& secret : {"ghp_" + std::string(36, 'a'), std::string("github_pat_11AAAA"),
                                    std::string("-----BEGIN RSA PRIVATE KEY-----")}) {
    for (char const* const flag : {"--token-file=", "--app-private-key-file="}) {
      auto const outcome = call({"run", flag + secret});
      EXPECT_EQ(outcome.code, kExitUsage);
      EXPECT_THAT(outcome.err,
                  AllOf(HasSubstr("this looks like the secret itself"), Not(HasSubstr(secret))));
    }
  }
}

TEST_F(Commands, SayThatAFolderIsMissingAndNotThatNothingIsLeft) {
  auto const outcome = call(
      {"gc", "--url", "https://github.com/o", "--token-file", token, "--work-dir", "/nowhere"});
  EXPECT_EQ(outcome.code, kExitUsage);
  EXPECT_THAT(outcome.err, HasSubstr("there is no folder /nowhere"));
}

TEST_F(Commands, WriteTheirMistakesAsJsonIfTheLogIsJson) {
  auto const outcome = call({"run", "--max-runners", "x", "--frob", "--log-format", "json"});
  EXPECT_EQ(outcome.code, kExitUsage);
  auto const said = lines(outcome.err);
  EXPECT_EQ(said.size(), 6U) << outcome.err;
  for (std::string const& line : said)
    EXPECT_EQ(boost::json::parse(line).at("level").as_string(), "error") << line;
}

// Calls of the service.

TEST_F(Commands, ServeAScaleSetFromCreationToDeletion) {
  auto const made = answer("set create s --labels Linux,gpu --runner-group big");
  EXPECT_EQ(made.at("runnerGroupName").as_string(), "Big");
  EXPECT_TRUE(made.at("disableUpdate").as_bool());
  std::string const id = std::to_string(made.at("id").as_int64());
  std::string const group = std::to_string(made.at("runnerGroupId").as_int64());
  for (std::string const& which :
       Words{"s --runner-group Big", "--name s --runner-group-id " + group, "--id " + id,
             "S --runner-group BIG"}) {
    EXPECT_EQ(answer("set get " + which).at("name").as_string(), "s") << which;
  }
  EXPECT_EQ(answer("set list").as_array().size(), 1U);
  EXPECT_EQ(answer("set list --runner-group default").as_array().size(), 0U);
  auto const changed =
      answer("set update --id " + id + " --new-name t --labels x --automatic-update on" +
             " --new-runner-group default");
  EXPECT_EQ(changed.at("name").as_string(), "t");
  EXPECT_EQ(changed.at("labels").as_array().size(), 1U);
  EXPECT_FALSE(changed.at("disableUpdate").as_bool());
  EXPECT_EQ(changed.at("runnerGroupId").as_int64(), 1);
  EXPECT_TRUE(answer("set delete t").at("deleted").as_bool());
  EXPECT_EQ(answer("set list").as_array().size(), 0U);
}

TEST_F(Commands, ServeARunnerFromItsRegistrationToItsRemoval) {
  answer("set create s");
  auto const config = answer("jit --set s --runner-name r --work-folder w");
  EXPECT_EQ(config.at("runner").at("name").as_string(), "r");
  EXPECT_FALSE(config.at("encodedJitConfig").as_string().empty());
  std::string const id = std::to_string(config.at("runner").at("id").as_int64());
  EXPECT_EQ(answer("runner get r").at("name").as_string(), "r");
  EXPECT_EQ(answer("runner get --id " + id).at("name").as_string(), "r");
  EXPECT_EQ(answer("runner list").as_array().size(), 1U);
  EXPECT_TRUE(answer("runner remove r").at("removed").as_bool());
  EXPECT_EQ(answer("runner list").as_array().size(), 0U);
}

TEST_F(Commands, ShowGroupsAndAccess) {
  EXPECT_EQ(answer("group list").as_array().size(), 2U);
  auto const big = answer("group get Big");
  EXPECT_EQ(big.at("name").as_string(), "Big");
  std::string const id = std::to_string(big.at("id").as_int64());
  for (std::string const& which : Words{"--id " + id, "--name big", "BIG"})
    EXPECT_EQ(answer("group get " + which), big) << which;
  EXPECT_THAT(std::string(answer("token").at("serviceUrl").as_string()), StartsWith("http"));
  EXPECT_THAT(of("debug-info").out, Not(HasSubstr("ghp_secret")));
}

struct Failure {
  char const* words;
  int code;
  std::string text;  // of the only line
};

TEST_F(Commands, TellByTheExitCodeWhatHappened) {
  answer("set create s");
  answer("jit --set s --runner-name r");
  answer("set create elsewhere --runner-group Big");
  for (auto const& [text, code, said] : std::vector<Failure>{
           {"set get none", kExitNotFound, "there is no scale set \"none\" in the runner group"},
           {"set get --id 99999", kExitNotFound, "99999"},
           {"set get s --runner-group none", kExitNotFound, "there is no runner group \"none\""},
           {"set create s", kExitConflict, "s"},
           {"set delete none", kExitNotFound, "there is no scale set \"none\""},
           {"set update none --new-name x", kExitNotFound, "there is no scale set \"none\""},
           {"set list --runner-group none", kExitNotFound, "there is no runner group \"none\""},
           {"set get elsewhere", kExitNotFound, "is in the runner group \"Big\""},
           {"jit --set elsewhere --runner-name x", kExitNotFound, "--runner-group Big"},
           {"jit --set none --runner-name x", kExitNotFound, "there is no scale set \"none\""},
           {"jit --set s --runner-name r", kExitConflict, "r"},
           {"listen --set none", kExitNotFound, "there is no scale set \"none\""},
           {"group get none", kExitNotFound, "there is no runner group \"none\""},
           {"group get --id 99", kExitNotFound, "there is no runner group with id 99"},
           {"runner get none", kExitNotFound, "there is no runner \"none\""},
           {"runner get --id 99999", kExitNotFound, "there is no runner with id 99999"},
           {"runner remove none", kExitNotFound, "there is no runner \"none\""},
           {"runner currency 9.9.9.9", kExitNotFound, "9.9.9.9"},
       }) {
    auto const outcome = of(text);
    EXPECT_EQ(outcome.code, code) << text << "\n" << outcome.err;
    EXPECT_EQ(outcome.out, "") << text;
    EXPECT_EQ(lines(outcome.err).size(), 1U) << text << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(said)) << text;
  }
}

TEST_F(Commands, ThatGetNoAnswerSayHowLongTheyTried) {
  auto const outcome =
      call({"token", "--url", "http://127.0.0.1:9/o", "--token-file", token, "--timeout", "0.2"});
  EXPECT_EQ(outcome.code, kExitNoAnswer);
  EXPECT_THAT(outcome.err, HasSubstr("127.0.0.1"));
}

TEST_F(Commands, WarnOfATokenThatOthersMayRead) {
  std::filesystem::permissions(token, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  auto const outcome = of("token");
  EXPECT_EQ(outcome.code, kExitSuccess);
  EXPECT_THAT(lines(outcome.err),
              Each(AllOf(StartsWith("scaleset token: warning: "), HasSubstr("chmod 600"))));
  EXPECT_THAT(lines(outcome.err), Not(IsEmpty()));
}

/// Whoever runs `listen` ends it with a signal.
TEST_F(Commands, ListenPrintsEventsUntilItIsStopped) {
  answer("set create s");
  std::string const seen = folder.path() / "seen";
  // The first event is the statistics of the session. Then the command ends its parent, which is
  // us.
  auto const outcome = of_words({"listen", "--set", "s", "--max-runners", "2", "--exec",
                                 "cat >> " + seen + "; kill -TERM " + std::to_string(::getpid())});
  EXPECT_EQ(outcome.code, kExitSuccess) << outcome.err;
  auto const events = lines(base::read_file(seen).value());
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(boost::json::parse(events.front()).at("event").as_string(), "statistics");
}

TEST_F(Commands, ListenEndsIfTheCommandForEventsFails) {
  answer("set create s");
  auto const outcome = of_words({"listen", "--set", "s", "--exec", "exit 7"});
  EXPECT_EQ(outcome.code, kExitFailure);
  EXPECT_THAT(outcome.err, HasSubstr("exit code 7"));
}

TEST_F(Commands, SimulateMakesARunnerFolderAndAKeyOnce) {
  std::string const runner = folder.path() / "runner";
  std::string const key = folder.path() / "app.pem";
  EXPECT_EQ(call({"simulate", "runner-dir", runner}).out, runner + "\n");
  EXPECT_TRUE(std::filesystem::exists(runner + "/bin/Runner.Listener"));
  EXPECT_EQ(call({"simulate", "app-key", key}).code, kExitSuccess);
  auto const first = base::read_file(key).value();
  EXPECT_THAT(first, StartsWith("-----BEGIN"));
  auto const again = call({"simulate", "app-key", key});
  EXPECT_EQ(again.code, kExitConflict);
  EXPECT_THAT(again.err, HasSubstr("it is left as it is"));
  EXPECT_EQ(base::read_file(key).value(), first);
  auto const nowhere = call({"simulate", "runner-dir", key + "/below"});
  EXPECT_EQ(nowhere.code, kExitFailure);
  EXPECT_THAT(nowhere.err, StartsWith("scaleset simulate runner-dir: "));
}

TEST_F(Commands, ASecondSimulatorWithTheSameStateIsRefused) {
  std::string const state = folder.path() / "state.json";
  auto const held = base::FileLock::acquire(state + ".lock", "it");
  ASSERT_TRUE(held);
  auto const outcome = call({"simulate", "--state", state});
  EXPECT_EQ(outcome.code, kExitConflict);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("another process"), HasSubstr(state)));
  EXPECT_EQ(outcome.out, "") << "it does not listen";
}

TEST_F(Commands, SimulateRefusesAFileThatIsNoState) {
  std::string const state = folder.path() / "state.json";
  ASSERT_TRUE(base::write_file_atomically(state, "{half"));
  EXPECT_EQ(call({"simulate", "--state", state}).code, kExitFailure);
  EXPECT_EQ(base::read_file(state).value(), "{half");
}

/// `run` writes its errors through the log, and leaves nothing behind that nobody needs.
TEST_F(Commands, RunEndsWithTheCodeOfItsReason) {
  std::string const runner = folder.path() / "runner";
  ASSERT_EQ(call({"simulate", "runner-dir", runner}).code, kExitSuccess);
  std::string const work = folder.path() / "work";
  Words const good{"run", "--name", "s", "--runner-dir", runner, "--work-dir", work};
  auto const with_more = [&](Words const& more) {
    auto words = good;
    words.insert(words.end(), more.begin(), more.end());
    return of_words(words);
  };
  auto const no_group = with_more({"--runner-group", "none"});
  EXPECT_EQ(no_group.code, kExitNotFound) << no_group.err;
  EXPECT_THAT(lines(no_group.err).back(), HasSubstr("there is no runner group \"none\""));
  EXPECT_TRUE(std::filesystem::is_empty(work));
  auto const owner = base::OwnerKey::make(url, "default", "s").value();
  auto const lock = base::FileLock::acquire(work + "/" + owner.hash() + ".lock", "it");
  ASSERT_TRUE(lock);
  for (Words const& group :
       {Words{}, Words{"--runner-group", "Default"}, Words{"--runner-group-id", "1"}}) {
    auto const taken = with_more(group);
    EXPECT_EQ(taken.code, kExitConflict) << taken.err;
    EXPECT_THAT(lines(taken.err).back(), HasSubstr("another process"));
  }
}

// Help.

TEST_F(Commands, ShowTheirVersionAndNothingElse) {
  auto const outcome = call({"--version"});
  EXPECT_EQ(outcome.code, kExitSuccess);
  EXPECT_THAT(outcome.out, StartsWith("scaleset "));
  EXPECT_EQ(lines(outcome.out).size(), 1U);
  EXPECT_EQ(outcome.err, "");
}

TEST_F(Commands, SayInTheirHelpWhatMatters) {
  struct Row {
    char const* command;
    Words texts;
  };
  for (auto const& [command, texts] : std::vector<Row>{
           {"run",
            {"SIGTERM", "SIGINT", "SIGHUP reads the configuration, secrets and certificates again",
             "SCALESET_FLAG_NAME", "PATH, HOME", "`runs-on`"}},
           {"listen", {"assigns jobs to the scale set", "waits until it ends"}},
           {"simulate", {"SCALESET_FLAG_NAME", "_sim/jobs"}},
           {"", {"Print the version"}},
       }) {
    auto words = split(command);
    words.emplace_back("--help");
    // Without the line breaks that make it fit the terminal.
    std::string help;
    for (char const c : call(words).out) {
      if (c != '\n' && c != ' ')
        help += c;
      else if (!help.ends_with(' '))
        help += ' ';
    }
    for (std::string const& text : texts) EXPECT_THAT(help, HasSubstr(text)) << command;
  }
}

TEST_F(Commands, PrintCompletionScripts) {
  for (char const* const shell : {"bash", "zsh", "fish"}) {
    auto const outcome = call({"completion", shell});
    EXPECT_EQ(outcome.code, kExitSuccess);
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("set create"), HasSubstr("max-runners"))) << shell;
  }
}

TEST_F(Commands, ShowTheExitCodesInEveryHelp) {
  for (char const* const command :
       {"", "run", "set", "set get", "group", "group list", "runner", "runner get", "jit", "listen",
        "token", "debug-info", "config", "config check", "simulate"}) {
    auto words = split(command);
    words.emplace_back("--help");
    auto const outcome = call(words);
    EXPECT_EQ(outcome.code, kExitSuccess) << command;
    EXPECT_THAT(outcome.out, HasSubstr(kExitCodeHelp)) << command;
  }
}

}  // namespace
}  // namespace scaleset::cli
