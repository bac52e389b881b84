#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/codec.hpp"
#include "config/diff.hpp"
#include "config/print.hpp"
#include "config/testing/config_text.hpp"
#include "config/testing/key_rows.hpp"

/// Each key of the reference. One without a row in testing/key_rows.cpp fails.
namespace scaleset::config {
namespace {

using ::testing::AllOf;
using testing::every_key;
using testing::good_file;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::place_of;
using testing::Row;
using testing::rows;
using testing::text_of;

std::string told(std::string const& path, std::string const& value) {
  return mistakes(testing::with(path, value), "/etc");
}

/// The value of the path as `config show` has it; "-" if it is not there or a default.
std::string shown(std::string const& path, std::string const& value) {
  auto const [heading, key] = place_of(path);
  std::string item = heading.starts_with('[') ? heading.substr(1, heading.size() - 2) : heading;
  if (item == "scale_set") item = "scale_set[0]";
  if (item == "scale_set.schedule") item = "scale_set[0].schedule[0]";
  item += (item.empty() ? "" : ".") + key;
  for (Item const& one : items_of(loaded(testing::with(path, value), "/etc")))
    if (one.path == item && one.at.line > 0 && !one.text.empty()) return one.text;
  return "-";
}

/// Values that a key of this type cannot take.
std::vector<std::string> wrong_kinds(KeyInfo const& key) {
  switch (key.type) {
    case Type::boolean: return {"1", R"("true")", "[]", "{}", "2020-01-01"};
    case Type::integer: return {"1.5", R"("1")", "true", "[1]", "{}", "inf"};
    case Type::number: return {R"("1")", "true", "[1]", "{}", "nan", "inf", "1979-05-27T07:32:00Z"};
    case Type::text:
    case Type::path:
    case Type::choice: return {"1", "true", R"("")", R"(["x"])", R"({ x = "x" })"};
    case Type::duration:
      return {"5",         "1.5",      R"("")",     R"("5")", R"("m")",   R"("1 m")",
              R"("1m1h")", R"("-1m")", R"("1.5h")", "true",   R"(["1m"])"};
    case Type::texts: return {R"("x")", "1", "[1]", R"(["x", ""])", R"([["x"]])", "{}"};
    case Type::text_table: return {R"("x")", "1", R"(["x"])", "{ x = [] }"};
    case Type::number_table:
      if (key.rest) return {"-1", "-0.5", "true", R"("")", "[1]", "{}", "nan"};
      return {"1", R"("x")", "[1]", "{ x = true }", "{ x = nan }", "{ x = inf }"};
    case Type::table:
    case Type::named_tables: return {"1", R"("x")", "true", "[]", "2020-01-01"};
    case Type::table_list: return {"1", R"("x")", "{}", "[1]"};
    case Type::name_or_table: break;
  }
  return {"1", "true", R"("")", "[]"};
}

TEST(EveryKey, HasARow) {
  std::set<std::string> with_row;
  for (Row const& row : rows()) EXPECT_TRUE(with_row.insert(row.path).second) << row.path;
  for (auto const& [path, key] : every_key()) EXPECT_EQ(with_row.erase(path), 1U) << path;
  EXPECT_THAT(with_row, ::testing::IsEmpty()) << "there are no such keys";
}

TEST(EveryKey, TakesWhatIsRight) {
  EXPECT_EQ(mistakes(text_of(good_file()), "/etc"), "");
  auto const keys = every_key();
  for (Row const& row : rows()) {
    bool const is_leaf = keys.at(row.path).keys.empty();
    for (auto const& [value, text] : row.good) {
      EXPECT_EQ(told(row.path, value), "") << row.path << " = " << value;
      if (!is_leaf) continue;
      EXPECT_EQ(shown(row.path, value), text.empty() ? value : text) << row.path;
    }
  }
}

TEST(EveryKey, RefusesWhatIsWrongWithItsPlace) {
  for (Row const& row : rows()) {
    auto const place = place_of(row.path);
    for (std::string const& value : row.bad)
      EXPECT_THAT(told(row.path, value), ::testing::MatchesRegex("(f:[0-9]+:[0-9]+: [^\n]+\n)+"))
          << row.path << " = " << value;
  }
}

TEST(EveryKey, RefusesValuesOfOtherKinds) {
  for (auto const& [path, key] : every_key()) {
    std::string const name = place_of(path).second;
    for (std::string const& value : wrong_kinds(key))
      EXPECT_THAT(told(path, value), HasSubstr("\"" + name)) << path << " = " << value;
  }
}

/// A whole number or a time that differs from the limit by `steps`; a number by so many
/// thousandths.
std::string beside(KeyInfo const& key, double limit, int steps) {
  if (key.type == Type::duration)
    return R"(")" + std::to_string(std::llround(limit) + steps) + R"(ms")";
  if (key.type == Type::integer) return std::to_string(std::llround(limit) + steps);
  return write_value(limit + steps * 0.001);
}

TEST(EveryKey, HasTheLimitsOfTheReference) {
  int limits = 0;
  for (auto const& [path, key] : every_key()) {
    bool const has_limits =
        key.type == Type::integer || key.type == Type::number || key.type == Type::duration;
    if (!has_limits) continue;
    std::string const refusal = "\"" + key.name + "\" must be ";
    auto const expect = [&](double limit, int outwards) {
      ++limits;
      EXPECT_THAT(told(path, beside(key, limit, 0)), Not(HasSubstr(refusal))) << path;
      EXPECT_THAT(told(path, beside(key, limit, outwards)), HasSubstr(refusal)) << path;
    };
    expect(key.range.least, -1);
    if (std::isfinite(key.range.most)) expect(key.range.most, 1);
  }
  EXPECT_GT(limits, 30);
}

TEST(EveryKey, IsMissedIfItIsRequired) {
  for (auto const& [path, key] : every_key()) {
    auto const [heading, name] = place_of(path);
    auto file = good_file();
    for (auto& [its_name, keys] : file)
      if (its_name == heading) keys.erase(name);
    std::string const said = mistakes(text_of(file), "/etc");
    std::string const missing = "\"" + name + "\" is missing in ";
    EXPECT_EQ(said.contains(missing), key.required) << path << ": " << said;
  }
}

// What `config show` prints, and what `config diff` tells.

std::map<std::string, std::string> texts_of(Loaded const& all) {
  std::map<std::string, std::string> texts;
  for (Item const& item : items_of(all)) texts[item.path] = item.text;
  return texts;
}

TEST(EveryKey, IsShownSoThatItCanBeReadAgain) {
  for (Row const& row : rows()) {
    for (auto const& good : row.good) {
      Loaded const all = loaded(testing::with(row.path, good.value), "/etc");
      Loaded const again = loaded(show(all, "f"), "/etc");
      EXPECT_EQ(texts_of(again), texts_of(all)) << row.path << " = " << good.value;
      EXPECT_TRUE(changes_between(all, again).empty()) << row.path << " = " << good.value;
    }
  }
}

TEST(EveryKey, HasTheEffectInADiffThatTheReferenceSays) {
  auto const keys = every_key();
  for (Row const& row : rows()) {
    KeyInfo const& key = keys.at(row.path);
    if (!key.keys.empty() || row.good.size() < 2) continue;
    auto const changes =
        changes_between(loaded(testing::with(row.path, row.good[0].value), "/etc"),
                        loaded(testing::with(row.path, row.good[1].value), "/etc"));
    if (key.effect == Effect::other_set) {
      EXPECT_THAT(changes, ::testing::SizeIs(2)) << row.path << ": one is new and one is gone";
      continue;
    }
    ASSERT_THAT(changes, ::testing::SizeIs(1)) << row.path;
    EXPECT_THAT(to_string(changes[0]), AllOf(HasSubstr(place_of(row.path).second + ": "),
                                             HasSubstr(" -> "), HasSubstr(to_string(key.effect))))
        << row.path;
  }
}

TEST(EveryKey, HasADefaultThatItTakes) {
  for (auto const& [path, key] : every_key()) {
    if (key.required || key.fallback.empty() || key.fallback == "[]") continue;
    EXPECT_THAT(told(path, key.fallback), Not(HasSubstr("\"" + key.name + "\" must be "))) << path;
  }
}

// What the documents and the editors say.

std::string letter_of(Effect effect) {
  return std::string(1, std::string_view("LPNSK").at(static_cast<std::size_t>(effect)));
}

TEST(EveryKey, HasARowInTheReference) {
  std::string const text = reference();
  for (auto const& [path, key] : every_key()) {
    EXPECT_THAT(text, HasSubstr("\n| `" + key.name + "` | ")) << path;
    std::string const end = " | " + letter_of(key.effect) + " | " + key.meaning + " |\n";
    EXPECT_THAT(text, HasSubstr((key.required ? " | required" : "") + end)) << path;
    EXPECT_TRUE(key.meaning.ends_with('.')) << path << ": a meaning is a sentence";
    EXPECT_FALSE(key.meaning.contains('|')) << path << ": it would end the column";
  }
}

TEST(EveryKey, IsInTheSchemaWithItsMeaning) {
  std::string const schema = json_schema();
  for (auto const& [path, key] : every_key()) {
    if (key.rest) continue;
    EXPECT_THAT(schema, HasSubstr("\"" + key.name + "\": {")) << path;
    std::string const words = key.meaning.substr(0, key.meaning.find_first_of("\"\\"));
    EXPECT_THAT(schema, HasSubstr("\"description\": \"" + words)) << path;
    for (std::string const& choice : key.choices)
      EXPECT_THAT(schema, HasSubstr("\"" + choice + "\"")) << path;
  }
}

// Files that a disk or an editor has damaged.

/// Whatever is wrong with a file, it is told in single lines with a place in it.
void expect_told_well(std::string const& text) {
  auto const read = read_config(text, "/etc");
  if (read) return;
  ASSERT_FALSE(read.error().empty());
  auto const lines = static_cast<int>(std::ranges::count(text, '\n')) + 1;
  for (Problem const& problem : read.error()) {
    EXPECT_GT(problem.at.line, 0) << problem.message << "\n" << text;
    EXPECT_LE(problem.at.line, lines) << problem.message << "\n" << text;
    EXPECT_THAT(problem.message, AllOf(Not(::testing::IsEmpty()), Not(HasSubstr("\n")))) << text;
  }
}

TEST(EveryKey, AFileThatIsCutAnywhereIsToldWell) {
  std::string const text = text_of(good_file());
  for (std::size_t length = 0; length < text.size(); ++length)
    expect_told_well(text.substr(0, length));
}

TEST(EveryKey, AFileWithoutOneOfItsBytesIsToldWell) {
  std::string const text = text_of(good_file());
  for (std::size_t at = 0; at < text.size(); ++at)
    expect_told_well(text.substr(0, at) + text.substr(at + 1));
}

TEST(EveryKey, AFileWithALineTwiceOrWithoutOneIsToldWell) {
  std::string const text = text_of(good_file());
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    std::size_t const end = text.find('\n', at) + 1;
    expect_told_well(text.substr(0, end) + text.substr(at));
    expect_told_well(text.substr(0, at) + text.substr(end));
  }
}

// A value that is not repeated by any message cannot be a secret that is.
TEST(EveryKey, NoMessageRepeatsAText) {
  for (auto const& [path, key] : every_key()) {
    if (path.starts_with("scale_set") || path.ends_with("NAME.NAME")) continue;
    for (char const* value : {R"("ghp_0123")", R"(["ghp_0123", 1])", R"({ x = "ghp_0123" })"})
      EXPECT_THAT(told(path, value), Not(HasSubstr("ghp_0123"))) << path << " = " << value;
  }
}

}  // namespace
}  // namespace scaleset::config
