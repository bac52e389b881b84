#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/testing/config_text.hpp"

namespace scaleset::config {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// What is wrong where that credential is configured, and runners get those variables.
std::string passing(std::string const& variables, std::string const& credential) {
  return mistakes("[credential.main]\n" + credential +
                  "\n[template.linux]\nrunner_dir = \"r\"\npass_env = " + variables + "\n" +
                  set_named("a"));
}

TEST(PassedVariables, OthersMayBePassed) {
  EXPECT_EQ(passing("[\"TOKENS\", \"HOME\"]", "token = { env = \"TOKEN\" }"), "");
  EXPECT_EQ(passing("[]", "token = { env = \"TOKEN\" }"), "");
}

TEST(PassedVariables, TheTokenIsNamedWithItsKeyAndPlace) {
  EXPECT_EQ(passing("[\"HOME\", \"TOKEN\"]", "token = { env = \"TOKEN\" }"),
            "f:5:21: `pass_env` would hand TOKEN to runners and their jobs, and with it the secret "
            "of `credential.main.token.env`; take it out of the list\n");
}

TEST(PassedVariables, EverySecretCounts) {
  EXPECT_THAT(passing("[\"KEY\"]",
                      "app = { client_id = \"c\", installation_id = 1, private_key = { env = "
                      "\"KEY\" } }"),
              HasSubstr("`credential.main.app.private_key.env`"));
  EXPECT_THAT(passing("[\"PASS\"]",
                      "token = { file = \"t\" }\nproxy = { url = \"http://p\", username = \"u\", "
                      "password = { env = \"PASS\" } }"),
              HasSubstr("`credential.main.proxy.password.env`"));
}

TEST(PassedVariables, TheFolderOfTheServiceManagersCredentialsIsOne) {
  EXPECT_THAT(
      passing("[\"CREDENTIALS_DIRECTORY\"]", "token = { systemd = \"t\" }"),
      AllOf(HasSubstr("CREDENTIALS_DIRECTORY"), HasSubstr("`credential.main.token.systemd`")));
  EXPECT_EQ(passing("[\"CREDENTIALS_DIRECTORY\"]", "token = { file = \"t\" }"), "");
}

TEST(PassedVariables, AllOfThemAreToldAtOnce) {
  auto const told = passing("[\"PASS\", \"TOKEN\"]",
                            "token = { env = \"TOKEN\" }\nproxy = { url = \"http://p\", username = "
                            "\"u\", password = { env = \"PASS\" } }");
  EXPECT_THAT(told, AllOf(HasSubstr("would hand PASS"), HasSubstr("would hand TOKEN")));
}

// A template may be used by another scale set than the credential: the process has one environment.
TEST(PassedVariables, ASecretOfAnotherScaleSetCountsToo) {
  auto const told =
      mistakes("[credential.main]\ntoken = { file = \"t\" }\n" +
               set_named("a", "template = { runner_dir = \"r\", pass_env = [\"TOKEN\"] }") +
               set_named("b",
                         "credential = { token = { env = \"TOKEN\" } }\ntemplate = { runner_dir = "
                         "\"r\" }"));
  EXPECT_THAT(told, HasSubstr("`scale_set[1].credential.token.env`"));
  EXPECT_THAT(told, Not(HasSubstr("scale_set[0]")));
}

}  // namespace
}  // namespace scaleset::config
