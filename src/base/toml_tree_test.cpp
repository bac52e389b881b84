#include "base/toml_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::base {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ParseToml, EachValueHasItsPlace) {
  auto const tree = parse_toml("a = 1\n[t]\n  b = [true, 1.5, \"x\"]\nd = 2020-01-01\n");
  ASSERT_TRUE(tree);
  TomlValue const* const a = tree->find("a");
  ASSERT_TRUE(a);
  EXPECT_EQ(std::get<std::int64_t>(a->data), 1);
  EXPECT_EQ(a->at, (TextPosition{1, 5}));
  TomlValue const* const table = tree->find("t");
  ASSERT_TRUE(table);
  TomlValue const* const list = table->find("b");
  ASSERT_TRUE(list);
  auto const& values = std::get<TomlValue::List>(list->data);
  ASSERT_EQ(values.size(), 3U);
  EXPECT_TRUE(std::get<bool>(values[0].data));
  EXPECT_EQ(std::get<double>(values[1].data), 1.5);
  EXPECT_EQ(std::get<std::string>(values[2].data), "x");
  EXPECT_EQ(values[2].at, (TextPosition{3, 19}));
  EXPECT_EQ(std::get<TomlValue::Table>(table->data)[0].at, (TextPosition{3, 3}));
  EXPECT_EQ(kind_of(*table->find("d")), "a date or a time");
  EXPECT_EQ(tree->find("c"), nullptr);
  EXPECT_EQ(a->find("c"), nullptr) << "a number has no keys";
}

TEST(ParseToml, KeysAreInTheOrderOfTheText) {
  auto const tree = parse_toml("z = 1\nb = 2\na = 3\n");
  ASSERT_TRUE(tree);
  std::string keys;
  for (TomlEntry const& entry : std::get<TomlValue::Table>(tree->data)) keys += entry.key;
  EXPECT_EQ(keys, "zba");
}

TEST(ParseToml, AMistakeHasOneLine) {
  for (char const* text : {"x", "a = ", "[t", "a = 1\na = 2", "\xff = 1", "a = \"\\q\"", "[[[a]]",
                           "a = \xc3\xa9", "[ \xc3\xa9"}) {
    auto const tree = parse_toml(text);
    ASSERT_FALSE(tree) << text;
    EXPECT_NE(tree.error().message, "") << text;
    EXPECT_THAT(tree.error().message, Not(HasSubstr("\n"))) << text;
  }
  EXPECT_THAT(parse_toml("a = t\x01\x02").error().message, Not(HasSubstr("\x01")));
  EXPECT_EQ(parse_toml("a = 1\nb").error().at.line, 2);
  EXPECT_THAT(parse_toml("[[[a]]").error().message, HasSubstr("malformed"));
}

}  // namespace
}  // namespace scaleset::base
