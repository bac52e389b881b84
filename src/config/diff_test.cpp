#include "config/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/testing/config_text.hpp"

namespace scaleset::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char const* kTop = R"([credential.main]
token = { file = "/token" }
[template.linux]
runner_dir = "/runner"
)";

std::vector<std::string> changes(std::string const& before, std::string const& after) {
  std::vector<std::string> texts;
  for (Change const& change : changes_between(loaded(before), loaded(after)))
    texts.push_back(to_string(change));
  return texts;
}

TEST(ChangesBetween, NothingChangesIfOnlyTheTextDoes) {
  EXPECT_THAT(changes(kTop + set_named("a") + set_named("b"),
                      "# a comment\n" + std::string(kTop) + set_named("b", "max_runners = 10") +
                          "[[scale_set]]\nurl = \"https://GITHUB.com/My-Org/\"\nname = \"A\"\n"),
              IsEmpty());
}

TEST(ChangesBetween, EachChangeHasItsEffect) {
  EXPECT_THAT(
      changes("state_dir = \"/a\"\n" + std::string(kTop) + set_named("a", "labels = [\"x\"]"),
              "state_dir = \"/b\"\n" + std::string(kTop) +
                  "boot_deadline = \"1m\"\npass_env = "
                  "[\"HOME\"]\n" +
                  set_named("a", "max_runners = 5\nmax_job = \"1h\"")),
      ElementsAre("state_dir: \"/a\" -> \"/b\" (after a restart; until then the old value counts)",
                  "template.linux.boot_deadline: \"5m\" -> \"1m\" (in force at once)",
                  "template.linux.pass_env: [] -> [\"HOME\"] (for new runners; idle ones are "
                  "replaced one at a time)",
                  "scale set a of https://github.com/my-org: labels: [\"x\"] -> not set (the scale "
                  "set is changed at the service)",
                  "scale set a of https://github.com/my-org: max_job: not set -> \"1h\" (in force "
                  "at once)",
                  "scale set a of https://github.com/my-org: max_runners: 10 -> 5 (in force at "
                  "once)"));
}

TEST(ChangesBetween, ScaleSetsComeAndGo) {
  EXPECT_THAT(changes(kTop + set_named("a", "group = \"g\""), kTop + set_named("a")),
              ElementsAre("scale set a of https://github.com/my-org: is new: it is found or "
                          "created, and served",
                          "scale set a of https://github.com/my-org in group g: is gone: SIGHUP "
                          "and `scaleset reload` drain it, its runners finish their jobs, and it "
                          "stays at the service"));
}

TEST(ChangesBetween, ATableMayBecomeANameAndAnOptionalTableMayCome) {
  EXPECT_THAT(changes(kTop + set_named("a", "template = { runner_dir = \"/x\" }"),
                      kTop + set_named("a", "template = \"linux\"")),
              ::testing::Contains("scale set a of https://github.com/my-org: template: not set -> "
                                  "\"linux\" (for new runners; idle ones are replaced one at a "
                                  "time)"));
  EXPECT_THAT(changes(kTop + set_named("a"),
                      "[credential.main]\ntoken = { file = \"/token\" }\nproxy = { url = "
                      "\"http://p\" }\n[template.linux]\nrunner_dir = \"/runner\"\n" +
                          set_named("a")),
              ElementsAre("credential.main.proxy.url: not set -> \"http://p\" (in force at "
                          "once)"));
}

TEST(ChangesBetween, ARepositoryMoreIsAScaleSetMore) {
  EXPECT_THAT(changes(kTop + set_named("a", "repositories = [\"x\"]"),
                      kTop + set_named("a", "repositories = [\"x\", \"y\"]")),
              ElementsAre("scale set a of https://github.com/my-org/y: is new: it is found or "
                          "created, and served"));
}

}  // namespace
}  // namespace scaleset::config
