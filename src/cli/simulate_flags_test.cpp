#include "cli/simulate_flags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "base/files.hpp"
#include "base/jwt.hpp"

namespace scaleset::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SimulateFlags : public ::testing::Test {
 protected:
  SimulateFlags() { add_simulate_flags(command, arguments); }
  std::vector<Error> problems_of(std::vector<std::string> words) {
    std::ranges::reverse(words);
    command.parse(words);
    return finish_arguments(arguments);
  }
  bool parse(std::vector<std::string> words) { return problems_of(std::move(words)).empty(); }
  CLI::App command{"simulate"};
  SimulateArguments arguments;
};

TEST_F(SimulateFlags, HaveTheModelsDefaults) {
  ASSERT_TRUE(parse({}));
  simulator::ModelOptions const model = arguments.options.model;
  EXPECT_EQ(model.hold_time, simulator::ModelOptions().hold_time);
  EXPECT_EQ(model.dormant_after, simulator::ModelOptions().dormant_after);
  EXPECT_EQ(arguments.options.address, "127.0.0.1");
  EXPECT_FALSE(arguments.options.tls);
}

TEST_F(SimulateFlags, SetEveryTimeAndSwitch) {
  ASSERT_TRUE(parse({"--assign-timeout", "1.5", "--queue-token-ttl=60", "--count-provisioned"}));
  EXPECT_EQ(arguments.options.model.assign_timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(arguments.options.model.queue_token_ttl, std::chrono::minutes(1));
  EXPECT_TRUE(arguments.options.model.count_provisioned);
}

TEST_F(SimulateFlags, SayWhereToListen) {
  ASSERT_TRUE(parse({"--listen", "[::1]:8080"}));
  EXPECT_EQ(arguments.options.address, "::1");
  EXPECT_EQ(arguments.options.port, 8080);
  for (char const* bad : {"8080", ":8080", "127.0.0.1:", "127.0.0.1:65536", "a:b"}) {
    arguments.listen = bad;
    auto const refused = finish_arguments(arguments);
    ASSERT_EQ(refused.size(), 1U) << bad;
    EXPECT_THAT(refused.front().message, HasSubstr("--listen"));
  }
}

TEST_F(SimulateFlags, BadValuesAreFoundWhileParsing) {
  for (std::vector<std::string> const& words :
       std::vector<std::vector<std::string>>{{"--hold-time", "-1"},
                                             {"--hold-time", "soon"},
                                             {"--lock-ttl", "1e300"},
                                             {"--lock-ttl", "nan"},
                                             {"--seed", "-5"},
                                             {"--profile", "ghes"},
                                             {"--clock", "mine"},
                                             {"--tls-ca-file", "ca.pem"},
                                             {"--tls-expired-leaf"}}) {
    EXPECT_THROW(static_cast<void>(problems_of(words)), CLI::ParseError) << words.front();
  }
}

TEST_F(SimulateFlags, GroupsAndAppsMayBeRepeated) {
  base::TemporaryDirectory const folder;
  std::string const file = folder.path() / "app.pem";
  ASSERT_TRUE(
      base::write_file_atomically(file, base::RsaPrivateKey::generate(2048).pem().reveal()));
  ASSERT_TRUE(parse(
      {"--group", "Big", "--group", "Small", "--app", "Iv1.a=" + file, "--app", "12=" + file}));
  EXPECT_THAT(arguments.options.model.extra_groups, ElementsAre("Big", "Small"));
  ASSERT_EQ(arguments.options.apps.size(), 2U);
  EXPECT_EQ(arguments.options.apps[1].client_id, "12");
}

TEST_F(SimulateFlags, BadAppsAreNamed) {
  base::TemporaryDirectory const folder;
  std::string const file = folder.path() / "key.pem";
  ASSERT_TRUE(base::write_file_atomically(file, "hunter2"));
  for (std::string const& bad :
       {std::string("Iv1.a"), std::string("=f"), "Iv1.a=" + file, std::string("a=/nonexistent")}) {
    arguments.apps = {bad};
    auto const refused = finish_arguments(arguments);
    ASSERT_EQ(refused.size(), 1U) << bad;
    EXPECT_THAT(refused.front().message, HasSubstr("--app"));
    EXPECT_THAT(refused.front().message, ::testing::Not(HasSubstr("hunter2")));
  }
}

TEST_F(SimulateFlags, AllMistakesAreTold) {
  auto const refused = problems_of({"--listen", "x", "--app", "=", "--app", "a=/nonexistent"});
  ASSERT_EQ(refused.size(), 3U);
  EXPECT_THAT(refused[0].message, HasSubstr("--listen"));
  EXPECT_THAT(refused[1].message, HasSubstr("--app \"=\""));
  EXPECT_THAT(refused[2].message, HasSubstr("/nonexistent"));
}

TEST_F(SimulateFlags, TheReadyFileHasAllUrls) {
  ASSERT_TRUE(parse({"--tls", "--tls-ca-file", "ca.pem", "--hold-time", "2"}));
  boost::json::object const ready = ready_json(arguments, "https://127.0.0.1:1");
  EXPECT_EQ(ready.at("api").as_string(), "https://127.0.0.1:1/api/v3");
  EXPECT_EQ(ready.at("control").as_string(), "https://127.0.0.1:1/_sim");
  EXPECT_EQ(ready.at("configUrls").at("enterprise").as_string(),
            "https://127.0.0.1:1/enterprises/my-enterprise");
  EXPECT_EQ(ready.at("caFile").as_string(), std::filesystem::absolute("ca.pem").string());
  EXPECT_EQ(ready.at("pid").as_int64(), ::getpid());
  EXPECT_EQ(ready.at("options").at("hold-time").as_double(), 2);
}

}  // namespace
}  // namespace scaleset::cli
