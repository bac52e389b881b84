#include "cli/mistakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace scaleset::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A program with a subcommand, of which SCALESET_TEST_URL sets a flag.
class Mistakes : public ::testing::Test {
 protected:
  Mistakes() {
    auto* command = app_.add_subcommand("run");
    command->add_option("--url", url_)->envname("SCALESET_TEST_URL");
    command->add_option("--name", name_)->envname("SCALESET_TEST_NAME");
  }
  ~Mistakes() override { ::unsetenv("SCALESET_TEST_URL"); }

  static std::vector<Error> errors(std::vector<std::string> const& texts) {
    std::vector<Error> all;
    all.reserve(texts.size());
    for (std::string const& text : texts) all.emplace_back(ErrorCode::invalid_options, text);
    return all;
  }

  CLI::App app_{"program", "scaleset"};
  std::string url_;
  std::string name_;
};

TEST_F(Mistakes, WhatMayFollowFromAnotherIsLeftOut) {
  std::vector<std::string> const said{"--min-runners must be a whole number",
                                      "unknown flag --urll; did you mean --url?"};
  EXPECT_THAT(further_mistakes(app_, said,
                               errors({"--min-runners (0) is greater than --max-runners (-1)",
                                       "--url is missing", "--name is missing",
                                       "the App needs --app-client-id"})),
              ElementsAre("--name is missing", "the App needs --app-client-id"));
}

TEST_F(Mistakes, AFlagWhoseNameBeginsLikeAnotherIsAnother) {
  EXPECT_THAT(
      further_mistakes(app_, {"--runner-group is empty"}, errors({"--runner-group-id is 0"})),
      ElementsAre("--runner-group-id is 0"));
}

TEST_F(Mistakes, NameTheVariableThatTheValueCameFrom) {
  ::setenv("SCALESET_TEST_URL", "nonsense", 1);
  app_.parse(std::vector<std::string>{"a", "--name", "run"});
  EXPECT_THAT(further_mistakes(app_, {}, errors({"--url: it is wrong", "--name is bad"})),
              ElementsAre("--url: it is wrong (SCALESET_TEST_URL sets --url)", "--name is bad"));
}

TEST_F(Mistakes, AreNotRepeatedAndNameFlags) {
  EXPECT_THAT(further_mistakes(app_, {}, errors({"ca_bundle_file: no", "ca_bundle_file: no"})),
              ElementsAre("--ca-file: no"));
  EXPECT_THAT(further_mistakes(app_, {"--url is empty"}, {}), IsEmpty());
}

}  // namespace
}  // namespace scaleset::cli
