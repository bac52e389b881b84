#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "base/files.hpp"
#include "config/testing/config_text.hpp"

namespace scaleset::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr char const* kFolder = "/etc/scaleset";
constexpr char const* kSmall = R"(
[credential.main]
token = { file = "token.txt" }

[template.linux]
runner_dir = "actions-runner"

[[scale_set]]
url = "https://github.com/my-org"
name = "linux"
)";

/// The small configuration with a line more at the end, which belongs to its scale set.
std::string with(std::string const& line) { return std::string(kSmall) + line + "\n"; }

TEST(ReadConfig, ThreeTablesAreEnough) {
  Loaded const small = loaded(kSmall, kFolder);
  DaemonConfig const& config = small.config;
  ASSERT_THAT(config.scale_sets, SizeIs(1));
  ScaleSetConfig const& set = config.scale_sets[0];
  EXPECT_EQ(set.url, "https://github.com/my-org");
  EXPECT_EQ(set.group, "default");
  EXPECT_EQ(set.max_runners, 10);
  EXPECT_EQ(set.labels, std::nullopt);
  ASSERT_TRUE(credential_of(config, set));
  EXPECT_EQ(credential_of(config, set)->token->file, "/etc/scaleset/token.txt");
  ASSERT_TRUE(template_of(config, set));
  EXPECT_EQ(template_of(config, set)->runner_dir, "/etc/scaleset/actions-runner");
  EXPECT_EQ(config.on_stop, OnStop::detach);
}

constexpr char const* kEveryKey = R"(
state_dir = "/srv/state"
on_stop = "drain"
drain_timeout = "1h30m"
log = { level = "debug", format = "json" }
http = { poll_deadline = "100s", call_deadline = "20s", retry_budget = "40s" }

[credential.app]
app = { client_id = "Iv1", installation_id = 7, private_key = { systemd = "key" } }
ca_file = "ca.pem"
proxy = { url = "http://proxy:3128", username = "u", password = { file = "/p" }, no_proxy = "a,b" }
start_rate = 0.5
start_burst = 3
strict_secrets = true
[credential.token]
token = { command = "vault read" }

[template.t]
backend = "process"
runner_dir = "../runner"
work_dir = "/srv/runners"
work_folder = "w"
env = { A = "1", B = "" }
pass_env = ["HOME"]
prepare_deadline = "1m"
boot_deadline = "2m"
stop_grace = "3m"

[budget.host]
slots = 20
memory = "64GiB"
gpu = 1.5
overcommit = 2

[[scale_set]]
url = "https://github.com/my-org"
group = "gpu"
name = "linux"
repositories = ["a", "b"]
credential = "app"
template = "t"
labels = ["x", "y"]
adopt = true
min_idle = 1
idle_factor = 0.25
min_total = 2
max_runners = 9
min_idle_age = "5s"
max_idle = "1h"
max_job = "6h"
max_age = "2d"
budget = "host"
cost = { slots = 2, memory = "4GiB" }
reserve = 1
weight = 2.5
[[scale_set.schedule]]
cron = "0 8 * * mon-fri"
for = "10h"
zone = "Europe/Berlin"
min_idle = 4
min_total = 5
max_runners = 20
)";

TEST(ReadConfig, EveryKeyOfTheProcessAndOfCredentialsIsRead) {
  DaemonConfig const config = loaded(kEveryKey, kFolder).config;
  EXPECT_EQ(config.state_dir, "/srv/state");
  EXPECT_EQ(config.on_stop, OnStop::drain);
  EXPECT_EQ(config.drain_timeout, std::chrono::minutes(90));
  EXPECT_EQ(config.log.level, LogLevel::debug);
  EXPECT_EQ(config.log.format, base::LogFormat::json);
  EXPECT_EQ(config.http.poll_deadline, std::chrono::seconds(100));
  EXPECT_EQ(config.http.call_deadline, std::chrono::seconds(20));
  EXPECT_EQ(config.http.retry_budget, std::chrono::seconds(40));

  CredentialConfig const& app = config.credentials.at("app");
  ASSERT_TRUE(app.app);
  EXPECT_EQ(app.app->client_id, "Iv1");
  EXPECT_EQ(app.app->installation_id, 7);
  EXPECT_EQ(app.app->private_key.systemd, "key");
  EXPECT_EQ(app.ca_file, "/etc/scaleset/ca.pem");
  ASSERT_TRUE(app.proxy);
  EXPECT_EQ(app.proxy->url, "http://proxy:3128");
  EXPECT_EQ(app.proxy->username, "u");
  EXPECT_EQ(app.proxy->password.file, "/p");
  EXPECT_EQ(app.proxy->no_proxy, "a,b");
  EXPECT_EQ(app.start_rate, 0.5);
  EXPECT_EQ(app.start_burst, 3);
  EXPECT_TRUE(app.strict_secrets);
  EXPECT_EQ(config.credentials.at("token").token->command, "vault read");
}

TEST(ReadConfig, EveryKeyOfTemplatesAndBudgetsIsRead) {
  DaemonConfig const config = loaded(kEveryKey, kFolder).config;
  TemplateConfig const& what = config.templates.at("t");
  EXPECT_EQ(what.runner_dir, "/etc/runner");
  EXPECT_EQ(what.work_dir, "/srv/runners");
  EXPECT_EQ(what.work_folder, "w");
  EXPECT_THAT(what.env, ElementsAre(Pair("A", "1"), Pair("B", "")));
  EXPECT_THAT(what.pass_env, ElementsAre("HOME"));
  EXPECT_EQ(what.prepare_deadline, std::chrono::minutes(1));
  EXPECT_EQ(what.boot_deadline, std::chrono::minutes(2));
  EXPECT_EQ(what.stop_grace, std::chrono::minutes(3));

  BudgetConfig const& budget = config.budgets.at("host");
  EXPECT_EQ(budget.overcommit, 2);
  EXPECT_THAT(budget.resources,
              ElementsAre(Pair("gpu", 1.5), Pair("memory", 68719476736.0), Pair("slots", 20)));
}

TEST(ReadConfig, EveryKeyOfScaleSetsIsRead) {
  DaemonConfig const config = loaded(kEveryKey, kFolder).config;
  ScaleSetConfig const& set = config.scale_sets.at(0);
  EXPECT_EQ(set.group, "gpu");
  EXPECT_THAT(set.repositories, ElementsAre("a", "b"));
  EXPECT_EQ(set.credential.name, "app");
  EXPECT_EQ(set.what.name, "t");
  EXPECT_THAT(set.labels.value(), ElementsAre("x", "y"));
  EXPECT_TRUE(set.adopt);
  EXPECT_EQ(set.min_idle, 1);
  EXPECT_EQ(set.idle_factor, 0.25);
  EXPECT_EQ(set.min_total, 2);
  EXPECT_EQ(set.max_runners, 9);
  EXPECT_EQ(set.min_idle_age, std::chrono::seconds(5));
  EXPECT_EQ(set.max_idle, std::chrono::hours(1));
  EXPECT_EQ(set.max_job, std::chrono::hours(6));
  EXPECT_EQ(set.max_age, std::chrono::hours(48));
  EXPECT_EQ(set.budget, "host");
  EXPECT_THAT(set.cost, ElementsAre(Pair("memory", 4294967296.0), Pair("slots", 2)));
  EXPECT_EQ(set.reserve, 1);
  EXPECT_EQ(set.weight, 2.5);
  ASSERT_THAT(set.schedule, SizeIs(1));
  EXPECT_EQ(set.schedule[0].cron, "0 8 * * mon-fri");
  EXPECT_EQ(set.schedule[0].length, std::chrono::hours(10));
  EXPECT_EQ(set.schedule[0].zone, "Europe/Berlin");
  EXPECT_EQ(set.schedule[0].min_idle, 4);
  EXPECT_EQ(set.schedule[0].min_total, 5);
  EXPECT_EQ(set.schedule[0].max_runners, 20);
}

TEST(ReadConfig, TablesMayStandWithinTheScaleSet) {
  DaemonConfig const config = loaded(R"(
[[scale_set]]
url = "https://github.com/my-org"
name = "linux"
credential = { token = { env = "TOKEN" } }
template = { runner_dir = "/opt/runner" }
)")
                                  .config;
  ScaleSetConfig const& set = config.scale_sets.at(0);
  EXPECT_EQ(credential_of(config, set)->token->env, "TOKEN");
  EXPECT_EQ(template_of(config, set)->runner_dir, "/opt/runner");
}

TEST(ReadConfig, AnUnknownKeyIsNamedWithItsPlaceAndTheNearest) {
  EXPECT_EQ(mistakes(with("max_runner = 3")),
            "f:11:1: there is no key \"max_runner\" here; did you mean \"max_runners\"?\n");
  EXPECT_THAT(mistakes(with("zzz = 3")), HasSubstr("there is no key \"zzz\" here; the keys are"));
  EXPECT_THAT(mistakes("credentials = 1\n" + std::string(kSmall)),
              HasSubstr("f:1:1: there is no key \"credentials\" here; did you mean "
                        "\"credential\"?"));
  // Keys that are planned are unknown as long as nothing is behind them.
  for (char const* key : {"image", "isolation", "user", "hooks", "keep_failed", "limits"})
    EXPECT_THAT(mistakes(with(std::string("template = { ") + key + " = 1 }")),
                HasSubstr("there is no key \"" + std::string(key) + "\""));
}

TEST(ReadConfig, AllMistakesAreToldAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(mistakes(R"(on_stop = "never"
[credential.main]
token = { file = "t" }
[template.linux]
boot_deadline = 5
[[scale_set]]
url = "https://github.com/my-org"
max_runners = "ten"
min_idle = -1
)"),
            "f:1:11: \"on_stop\" must be one of \"detach\", \"drain\"; this is a text\n"
            "f:5:17: \"boot_deadline\" must be a time with its unit, such as \"90s\", \"10m\" or "
            "\"1h30m\"; this is 5\n"
            "f:6:1: \"name\" is missing in \"scale_set\"\n"
            "f:8:15: \"max_runners\" must be a whole number from 0 to 10000; this is a text\n"
            "f:9:12: \"min_idle\" must be a whole number from 0 to 10000; this is -1\n");
}

TEST(ReadConfig, AValueOfTheWrongKindIsNamed) {
  struct Case {
    char const* line;
    char const* text;
  };
  for (auto const& [line, text] : {
           Case{"adopt = 1", "\"adopt\" must be true or false"},
           Case{"max_runners = 1.5", "must be a whole number"},
           Case{"max_runners = 10001", "must be a whole number from 0 to 10000; this is 10001"},
           Case{"weight = 0", "\"weight\" must be a number of 0.001 or more"},
           Case{"weight = nan", "\"weight\" must be a number"},
           Case{"weight = inf", "\"weight\" must be a number"},
           Case{"labels = \"a\"", "\"labels\" must be a list of texts"},
           Case{"labels = [\"a\", \"\"]", "\"labels\" must be a list of texts that are not empty"},
           Case{"labels = [1]", "\"labels\" must be a list of texts"},
           Case{"group = \"\"", "\"group\" must be a text that is not empty"},
           Case{"group = 2020-01-01", "this is a date or a time"},
           Case{"max_job = \"1 hour\"", "\"max_job\" must be a time with its unit"},
           Case{"max_job = \"1s\"", "\"max_job\" must be a time of 1m or more; this is \"1s\""},
           Case{"cost = 1", "\"cost\" must be a table of numbers"},
           Case{"cost = { slots = -1 }", "\"cost.slots\" must be a number of 0 or more"},
           Case{"cost = { slots = \"many\" }", "or a size such as \"8GiB\""},
           Case{"schedule = 1",
                "\"schedule\" must be a list of tables, each below [[scale_set.schedule]]"},
           Case{"schedule = [1]",
                "\"schedule\" must be a table, such as { cron = ... }; this is 1"},
           Case{"credential = 5",
                "\"credential\" must be the name of a [credential.NAME] in quotation marks, or a "
                "table, such as { token = ... }; this is 5"},
           Case{"max_runners = \"5\"", "; this is a number in quotation marks"},
           Case{"max_runners = true", "; this is true"},
           Case{"template = { backend = \"docker\" }",
                "\"backend\" must be \"process\"; this is a text"},
           Case{"template = { runner_dir = \"C:\\runner\" }",
                "\"runner_dir\" must be a path without control characters"},
           Case{"template = { env = 1 }", "\"env\" must be a table of texts"},
           Case{"template = { env = { A = 1 } }", "\"env.A\" must be a text"},
       })
    EXPECT_THAT(mistakes(with(line)), AllOf(HasSubstr("f:11:"), HasSubstr(text))) << line;
  EXPECT_THAT(mistakes("credential = 1"), HasSubstr("such as [credential.main]"));
}

TEST(ReadConfig, AWrongValueIsNotRepeatedSinceItMayBeASecret) {
  EXPECT_THAT(mistakes(R"(credential = { a = { token = "ghp_0123456789" } })"),
              AllOf(HasSubstr("\"token\" must be a table, such as { file = ... }; this is a text"),
                    ::testing::Not(HasSubstr("ghp_"))));
}

TEST(ReadConfig, TextThatIsNoTomlIsOneMistake) {
  for (char const* text : {"x", "a = ", "[scale_set", "a = 1\na = 2", "\xff = 1", "a = \"\\q\""}) {
    auto const result = read_config(text, "/");
    ASSERT_FALSE(result) << text;
    ASSERT_THAT(result.error(), SizeIs(1)) << text;
    EXPECT_GT(result.error()[0].at.line, 0) << text;
    EXPECT_THAT(result.error()[0].message, ::testing::Not(HasSubstr("\n"))) << text;
  }
}

TEST(ReadConfig, AnEmptyFileServesNothing) {
  EXPECT_EQ(mistakes(""),
            "f:1:1: no scale set is served; add a [[scale_set]] with its `url` and `name`\n");
}

TEST(LoadFile, PathsAreRelativeToTheFile) {
  base::TemporaryDirectory const folder;
  auto const file = folder.path() / "scaleset.toml";
  std::ofstream(file) << kSmall;
  auto const result = load_file(file);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->config.templates.at("linux").runner_dir, folder.path() / "actions-runner");
}

TEST(LoadFile, AFileThatCannotBeReadIsOneMistake) {
  base::TemporaryDirectory const folder;
  auto const file = folder.path() / "large.toml";
  std::ofstream(file) << "# " << std::string(std::size_t{2} << 20U, 'x');
  for (auto const& unreadable : {file, folder.path(), folder.path() / "missing"}) {
    auto const result = load_file(unreadable);
    ASSERT_FALSE(result) << unreadable;
    ASSERT_THAT(result.error(), SizeIs(1));
    EXPECT_EQ(result.error()[0].at, Position());
    // Once, and not "FILE: cannot read FILE".
    EXPECT_THAT(to_string(result.error()[0], unreadable.string()),
                ::testing::MatchesRegex(unreadable.string() + ": cannot be read: [^/]+"));
  }
}

TEST(ServedSets, OneForEachRepository) {
  auto const sets = served_sets(loaded(with("repositories = [\"One\", \"two\"]")).config);
  ASSERT_THAT(sets, SizeIs(2));
  EXPECT_EQ(sets[0].url, "https://github.com/my-org/One");
  EXPECT_EQ(sets[0].owner.url, "https://github.com/my-org/one");
  EXPECT_EQ(sets[1].url, "https://github.com/my-org/two");
  EXPECT_EQ(sets[1].index, 0U);
}

TEST(ItemsOf, EachValueHasItsPlaceOrIsADefault) {
  Loaded const all = loaded(with("max_runners = 4\nschedule = [{ cron = \"0 8 * * *\", for = "
                                 "\"1h\", min_idle = 1 }]"),
                            kFolder);
  std::map<std::string, Item> items;
  for (Item const& item : items_of(all)) {
    EXPECT_TRUE(items.emplace(item.path, item).second) << item.path << " is there twice";
  }
  auto const shown = [&items](std::string const& path) {
    auto const found = items.find(path);
    if (found == items.end()) return "no item " + path;
    return found->second.text + " " + std::to_string(found->second.at.line);
  };
  EXPECT_EQ(shown("scale_set[0].max_runners"), "4 11");
  EXPECT_EQ(shown("scale_set[0].min_idle"), "0 0");
  EXPECT_EQ(shown("scale_set[0].name"), "\"linux\" 10");
  EXPECT_EQ(shown("scale_set[0].cost"), "{ \"slots\" = 1 } 0");
  EXPECT_EQ(shown("scale_set[0].schedule[0].for"), "\"1h\" 12");
  EXPECT_EQ(shown("scale_set[0].schedule[0].zone"), "\"UTC\" 0");
  EXPECT_EQ(shown("credential.main.token.file"), "\"/etc/scaleset/token.txt\" 3");
  EXPECT_EQ(shown("credential.main.start_rate"), "50 0");
  EXPECT_EQ(shown("template.linux.boot_deadline"), "\"5m\" 0");
  EXPECT_EQ(shown("on_stop"), "\"detach\" 0");
  EXPECT_EQ(shown("log.level"), "\"info\" 0");
  EXPECT_EQ(shown("drain_timeout"), " 0");
}

}  // namespace
}  // namespace scaleset::config
