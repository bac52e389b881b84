#include "config/print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "config/keys.hpp"
#include "config/testing/config_text.hpp"

namespace scaleset::config {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char const* kTwoSets = R"([credential.main]
token = { file = "token" }
[template.linux]
runner_dir = "runner"
env = { "A.B" = "say \"hi\"\n" }
[budget.host]
slots = 4
[[scale_set]]
url = "https://github.com/my-org"
name = "a"
budget = "host"
idle_factor = 0.25
[[scale_set.schedule]]
cron = "0 8 * * *"
for = "1h"
min_idle = 1
[[scale_set.schedule]]
cron = "0 9 * * *"
for = "1h"
min_idle = 2
[[scale_set]]
url = "https://github.com/my-org"
name = "b"
template = { runner_dir = "/x" }
)";

std::map<std::string, std::string> texts(Loaded const& all) {
  std::map<std::string, std::string> result;
  for (Item const& item : items_of(all)) result[item.path] = item.text;
  return result;
}

TEST(Show, SaysWhereEachValueComesFrom) {
  EXPECT_THAT(show(loaded(kTwoSets, "/etc"), "s.toml"),
              AllOf(HasSubstr("on_stop = \"detach\"  # default\n"),
                    HasSubstr("# drain_timeout is not set\n"), HasSubstr("[credential.main]\n"),
                    HasSubstr("token.file = \"/etc/token\"  # s.toml:2\n"),
                    HasSubstr("[[scale_set]]\nurl = \"https://github.com/my-org\"  # s.toml:9\n"),
                    HasSubstr("[[scale_set.schedule]]\ncron = \"0 9 * * *\"  # s.toml:18\n"),
                    HasSubstr("max_runners = 10  # default\n")));
}

TEST(Show, CanBeReadAgain) {
  Loaded const all = loaded(kTwoSets, "/etc");
  Loaded const again = loaded(show(all, "s.toml"), "/etc");
  EXPECT_EQ(texts(again), texts(all));
}

TEST(Show, HasAHeadingForEachTableInTheOrderOfTheReference) {
  std::string const text = show(loaded(kTwoSets, "/etc"), "s.toml");
  std::vector<std::string> headings;
  for (std::size_t at = text.find("\n["); at != std::string::npos; at = text.find("\n[", at + 1))
    headings.push_back(text.substr(at + 1, text.find('\n', at + 1) - at - 1));
  EXPECT_THAT(headings,
              ::testing::ElementsAre("[log]", "[credential.main]", "[template.linux]", "[http]",
                                     "[budget.host]", "[[scale_set]]", "[[scale_set.schedule]]",
                                     "[[scale_set.schedule]]", "[[scale_set]]"));
}

TEST(Show, HasOneLineForEachValueAndEachSaysWhereItIsFrom) {
  std::string const text = show(loaded(kTwoSets, "/etc"), "s.toml");
  std::size_t at = 0;
  int values = 0;
  while (at < text.size()) {
    std::string const line = text.substr(at, text.find('\n', at) - at);
    at += line.size() + 1;
    bool const is_value = !line.empty() && !line.starts_with('[') && !line.starts_with("# ");
    if (!is_value) continue;
    ++values;
    EXPECT_THAT(line, ::testing::AnyOf(::testing::EndsWith("  # default"),
                                       ::testing::ContainsRegex("  # s\\.toml:[0-9]+$")));
  }
  EXPECT_GT(values, 40);
}

TEST(Show, NamesTheFileAsItWasGiven) {
  EXPECT_THAT(show(loaded(kTwoSets, "/etc"), "../a b.toml"), HasSubstr("  # ../a b.toml:2\n"));
}

TEST(Reference, NamesEveryKeyWithItsDefault) {
  std::string const text = reference();
  EXPECT_THAT(text, AllOf(HasSubstr("### `[[scale_set]]`"), HasSubstr("### `[credential.NAME]`"),
                          HasSubstr("### `[[scale_set.schedule]]`"),
                          HasSubstr("| `max_runners` | whole number | `10` | L |"),
                          HasSubstr("| `url` | text | required | K |"),
                          HasSubstr("| `on_stop` | `\"detach\"`, `\"drain\"` | `\"detach\"` | L |"),
                          HasSubstr("| `labels` | list of texts | – | P |")));
}

TEST(Sample, IsAGoodConfiguration) {
  SampleAnswers answers;
  answers.name = "gpu \"big\"";
  answers.max_runners = 3;
  std::string const text = sample(answers);
  Loaded const all = loaded(text, "/etc");
  ASSERT_EQ(all.config.scale_sets.size(), 1U);
  EXPECT_EQ(all.config.scale_sets[0].name, "gpu \"big\"");
  EXPECT_EQ(all.config.scale_sets[0].max_runners, 3);
  EXPECT_EQ(credential_of(all.config, all.config.scale_sets[0])->token->file,
            "/etc/scaleset/token");
}

TEST(Sample, SaysWhatEachAnswerIsFor) {
  SampleAnswers answers;
  answers.url = "https://ghe.example.com/o";
  answers.group = "g";
  answers.token_file = "/t";
  answers.runner_dir = "/r";
  std::string const text = sample(answers);
  EXPECT_THAT(text, AllOf(HasSubstr("url = \"https://ghe.example.com/o\"\n"),
                          HasSubstr("group = \"g\"\n"), HasSubstr("token = { file = \"/t\" }\n"),
                          HasSubstr("runner_dir = \"/r\"\n"), HasSubstr("`runs-on: linux`")));
  EXPECT_EQ(warnings(text), "") << "nothing in it is unused";
}

TEST(JsonSchema, DescribesEveryKey) {
  std::string const schema = json_schema();
  EXPECT_THAT(schema, StartsWith("{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\""));
  for (KeyInfo const& key : infos_of<ScaleSetConfig>())
    EXPECT_THAT(schema, HasSubstr("\n\"" + key.name + "\": {")) << key.name;
  EXPECT_THAT(schema, HasSubstr("\"required\": [\"url\", \"name\"]"));
}

}  // namespace
}  // namespace scaleset::config
