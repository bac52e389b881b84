#include "daemon/file_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"
#include "config/testing/config_text.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr char const* kCommon = R"(
[credential.main]
token = { file = "/secret/token" }
[template.linux]
runner_dir = "/opt/runner"
)";

Surroundings around() {
  Surroundings made;
  made.environment = [](char const* name) -> char const* {
    return std::string_view(name) == "CREDENTIALS_DIRECTORY" ? "/run/credentials" : nullptr;
  };
  made.token_command = [](std::string const& command) {
    return TokenProvider{[] { return Result<ProvidedToken>(); }, "the command \"" + command + "\""};
  };
  made.state_dir = "/var/lib/scaleset";
  return made;
}

HouseConfig house_of(std::string const& text) {
  return house_config_of(config::loaded(text).config, around());
}

SetSettings only_set(std::string const& lines, std::string const& common = kCommon) {
  auto const house = house_of(common + config::set_named("a", lines));
  EXPECT_THAT(house.sets, SizeIs(1));
  return house.sets.empty() ? SetSettings() : house.sets.front();
}

TEST(FileConfig, TenLinesAreAScaleSetWithTheDefaults) {
  auto const set = only_set("");
  EXPECT_EQ(set.url, "https://github.com/my-org");
  EXPECT_EQ(set.name, "a");
  EXPECT_EQ(set.group, "default");
  EXPECT_THAT(set.labels, ElementsAre());
  EXPECT_EQ(set.fleet.max_runners, 10);
  EXPECT_EQ(set.fleet.stop_grace, 90s);
  EXPECT_EQ(set.what->source, "/opt/runner");
  EXPECT_EQ(set.work_folder, "_work");
  EXPECT_EQ(set.work_dir, "/var/lib/scaleset/runners");
  EXPECT_FALSE(set.end_if_refused_at_first) << "nobody waits for it";
  ASSERT_TRUE(set.access);
  EXPECT_THAT(set.access->files, ElementsAre("/secret/token"));
}

TEST(FileConfig, SecretsAreReadOnceIfTheyAreKept) {
  base::TemporaryDirectory const folder;
  auto const file = folder.path() / "secret";
  std::ofstream(file) << "ghp_x";
  Surroundings keeping = around();
  keeping.secrets = std::make_shared<KeptSecrets>();
  std::string const source = "{ file = \"" + file.string() + "\" }";
  auto const house = house_config_of(
      config::loaded("[credential.main]\ntoken = " + source +
                     "\nproxy = { url = \"http://proxy\", username = \"u\", password = " + source +
                     " }\n[template.linux]\nrunner_dir = \"/opt/runner\"\n" +
                     config::set_named("a", ""))
          .config,
      keeping);
  std::filesystem::remove(file);
  auto const& access = *house.sets.front().access;
  EXPECT_TRUE(std::get<PersonalAccessToken>(access.credentials).token());
  EXPECT_TRUE(access.proxy_password());
  keeping.secrets->read_again();
  EXPECT_THAT(keeping.secrets->problems(), SizeIs(2));
}

TEST(FileConfig, EveryLimitOfAScaleSetIsKept) {
  auto const set = only_set(R"(min_idle = 1
idle_factor = 0.5
min_total = 2
max_runners = 7
min_idle_age = "2m"
max_idle = "3m"
max_job = "4m"
max_age = "5m"
adopt = true
labels = ["x", "y"])");
  EXPECT_EQ(set.fleet.min_idle, 1);
  EXPECT_EQ(set.fleet.idle_factor, 0.5);
  EXPECT_EQ(set.fleet.min_total, 2);
  EXPECT_EQ(set.fleet.max_runners, 7);
  EXPECT_EQ(set.fleet.minimum_idle_age, 2min);
  EXPECT_EQ(set.fleet.max_idle, 3min);
  EXPECT_EQ(set.fleet.max_job, 4min);
  EXPECT_EQ(set.fleet.max_age, 5min);
  EXPECT_TRUE(set.adopt);
  EXPECT_THAT(set.labels, ElementsAre("x", "y"));
}

TEST(FileConfig, EveryValueOfATemplateIsKept) {
  auto const set = only_set(
      "template = { runner_dir = \"/opt/other\", work_dir = \"/srv/work\", "
      "work_folder = \"w\", env = { A = \"b\" }, pass_env = [\"LANG\"], "
      "prepare_deadline = \"1m\", boot_deadline = \"2m\", stop_grace = \"3m\" }");
  EXPECT_EQ(set.what->source, "/opt/other");
  EXPECT_EQ(set.what->environment.at("A"), "b");
  EXPECT_THAT(set.what->pass_environment, ElementsAre("LANG"));
  EXPECT_EQ(set.work_dir, "/srv/work");
  EXPECT_EQ(set.work_folder, "w");
  EXPECT_EQ(set.fleet.prepare_deadline, 1min);
  EXPECT_EQ(set.fleet.boot_deadline, 2min);
  EXPECT_EQ(set.fleet.stop_grace, 3min);
}

TEST(FileConfig, ARepositoryIsAScaleSet) {
  auto const house =
      house_of(std::string(kCommon) + config::set_named("a", "repositories = [\"x\", \"y\"]"));
  ASSERT_THAT(house.sets, SizeIs(2));
  EXPECT_EQ(house.sets[1].url, "https://github.com/my-org/y");
  EXPECT_EQ(house.sets[0].access, house.sets[1].access) << "made once";
  EXPECT_EQ(house.sets[0].what, house.sets[1].what);
  EXPECT_THAT(secret_files_of(house), ElementsAre("/secret/token")) << "looked at once";
}

TEST(FileConfig, BudgetsAndSchedulesAreKept) {
  std::string const budget = "[budget.host]\nslots = 4\novercommit = 2\n";
  auto const house = house_of(kCommon + budget + config::set_named("a", R"(budget = "host"
cost = { slots = 2 }
reserve = 1
weight = 3
[[scale_set.schedule]]
cron = "0 8 * * *"
for = "1h"
max_runners = 2)"));
  EXPECT_EQ(house.budgets.at("host").total.at("slots"), 4);
  EXPECT_EQ(house.budgets.at("host").overcommit, 2);
  ASSERT_THAT(house.sets, SizeIs(1));
  auto const& set = house.sets[0];
  EXPECT_EQ(set.budget.name, "host");
  EXPECT_EQ(set.budget.cost.at("slots"), 2);
  EXPECT_EQ(set.budget.reserve, 1);
  EXPECT_EQ(set.budget.weight, 3);
  using namespace std::chrono;
  auto const morning = sys_days(2026y / 11 / 27) + 8h + 30min;
  EXPECT_EQ(set.schedule.at(morning).limits.max_runners, 2);
  EXPECT_EQ(set.schedule.at(morning + 2h).limits.max_runners, std::nullopt);
}

TEST(FileConfig, TheProcessHasItsOwnKeys) {
  auto const house =
      house_of(std::string("state_dir = \"/srv/state\"\non_stop = \"drain\"\n") +
               "drain_timeout = \"1h\"\nlog = { level = \"warn\", format = \"json\" }\n" + kCommon +
               config::set_named("a"));
  EXPECT_EQ(house.state_dir, "/srv/state");
  EXPECT_EQ(house.sets.at(0).work_dir, "/srv/state/runners");
  EXPECT_EQ(house.on_stop, OnStop::drain);
  EXPECT_EQ(house.drain_timeout, 1h);
  EXPECT_EQ(house.log_level, LogLevel::warn);
  EXPECT_EQ(house.log_format, base::LogFormat::json);
}

// Credentials.

SetSettings with_credential(std::string const& credential) {
  return only_set("credential = " + credential);
}

TEST(FileConfig, ASecretIsReadFromWhereItIs) {
  auto const source = [](SetSettings const& set) {
    return std::get<PersonalAccessToken>(set.access->credentials).token.source();
  };
  EXPECT_THAT(source(with_credential("{ token = { file = \"/x\" } }")), ::testing::HasSubstr("/x"));
  EXPECT_THAT(source(with_credential("{ token = { env = \"MY_TOKEN\" } }")),
              ::testing::HasSubstr("MY_TOKEN"));
  auto const systemd = with_credential("{ token = { systemd = \"gh\" } }");
  EXPECT_THAT(source(systemd), ::testing::HasSubstr("/run/credentials/gh"));
  EXPECT_THAT(systemd.access->files, ElementsAre("/run/credentials/gh"));
  auto const command = with_credential("{ token = { command = \"gh auth token\" } }");
  EXPECT_EQ(std::get<TokenProvider>(command.access->credentials).name,
            "the command \"gh auth token\"");
  EXPECT_THAT(command.access->files, ElementsAre());
}

TEST(FileConfig, AnAppIsKept) {
  auto const set = with_credential(
      "{ app = { client_id = \"Iv1\", installation_id = 5, private_key = { file = \"/k\" } } }");
  auto const& app = std::get<GitHubApp>(set.access->credentials);
  EXPECT_EQ(app.client_id, "Iv1");
  EXPECT_EQ(app.installation_id, 5);
  EXPECT_THAT(app.private_key_pem.source(), ::testing::HasSubstr("/k"));
}

TEST(FileConfig, HowTheServiceIsReachedIsKept) {
  auto const set = only_set(
      "", "http = { poll_deadline = \"100s\", call_deadline = \"20s\", retry_budget = \"40s\" }\n" +
              std::string("[credential.main]\ntoken = { file = \"/t\" }\nca_file = \"/ca\"\n") +
              "proxy = { url = \"http://p:1\", username = \"u\", password = { file = \"/p\" }, "
              "no_proxy = \"x\" }\n[template.linux]\nrunner_dir = \"/opt/runner\"\n");
  auto const& access = *set.access;
  EXPECT_EQ(access.transport.poll_timeout, 100s);
  EXPECT_EQ(access.transport.request_timeout, 20s);
  EXPECT_EQ(access.retry_budget, 40s);
  EXPECT_EQ(access.transport.ca_bundle_file, "/ca");
  EXPECT_EQ(access.transport.proxy, "http://p:1");
  EXPECT_EQ(access.transport.no_proxy, "x");
  EXPECT_EQ(access.proxy_user, "u");
  EXPECT_TRUE(access.proxy_password);
  EXPECT_THAT(access.files, ElementsAre("/t", "/p", "/ca"));
  HouseConfig house;
  house.sets = {set, set, SetSettings()};
  EXPECT_THAT(certificate_files_of(house), ElementsAre("/ca"));
}

TEST(FileConfig, WhatChangesAClientChangesItsIdentityAndNothingElseDoes) {
  auto const identity = [](std::string const& credential) {
    return with_credential(credential).access->identity;
  };
  std::string const usual = identity("{ token = { file = \"/x\" } }");
  EXPECT_NE(usual, identity("{ token = { file = \"/y\" } }"));
  EXPECT_NE(usual, identity("{ token = { file = \"/x\" }, ca_file = \"/ca\" }"));
  EXPECT_EQ(usual, identity("{ token = { file = \"/x\" }, start_rate = 1.0 }"));
  auto const slow =
      with_credential("{ token = { file = \"/x\" }, start_rate = 2.5, start_burst = 7 }");
  EXPECT_EQ(slow.access->starts.rate, 2.5);
  EXPECT_EQ(slow.access->starts.burst, 7);
}

}  // namespace
}  // namespace scaleset::daemon
