#include "base/toml_scan.hpp"

#include <gtest/gtest.h>

namespace scaleset::base {
namespace {

TEST(ScanToml, KnowsTheKeyAndWhereItsValueBegins) {
  std::string_view const text = "a = 1\n  long.key =   [1, x";
  auto const scan = scan_toml(text, text.size());
  EXPECT_EQ(scan.key, "long.key");
  EXPECT_EQ(scan.value, text.find('x'));
  ASSERT_EQ(scan.brackets.size(), 1U);
  EXPECT_EQ(scan.brackets[0], text.find('['));
  EXPECT_EQ(scan.quote, TomlScan::kNone);
  EXPECT_EQ(scan_toml("a = 1\n", 6).value, TomlScan::kNone) << "a new line";
  EXPECT_EQ(scan_toml("t = { u = 1, v = 2", 18).key, "v");
}

TEST(ScanToml, BracketsOfHeadingsAndThoseThatHaveAnEndAreNotOpen) {
  EXPECT_TRUE(scan_toml("[a]\n[[b]\nx = [[1], {y = 2}]\n", 28).brackets.empty());
  EXPECT_EQ(scan_toml("x = [[1], {", 11).brackets.size(), 2U);
}

TEST(ScanToml, WhatIsInTextsAndCommentsIsNotLookedAt) {
  std::string_view const text =
      "a = \"[ # \\\" {\" # [ \"\nb = ' = \\'\nc = \"\"\"\n\" [\"\"\"\nd = ";
  auto const scan = scan_toml(text, text.size());
  EXPECT_EQ(scan.key, "d");
  EXPECT_TRUE(scan.brackets.empty());
  EXPECT_EQ(scan.quote, TomlScan::kNone);
}

TEST(ScanToml, ATextWithoutAnEndIsOpen) {
  EXPECT_EQ(scan_toml("a = \"x\n", 7).quote, 4U);
  EXPECT_EQ(scan_toml("a = 'x", 6).quote, 4U);
  EXPECT_EQ(scan_toml("a = '''x\n'", 10).quote, 4U);
}

TEST(PositionIn, CountsLinesAndCodePoints) {
  std::string_view const text = "ä = 1\nb = \"ö\" x";
  for (std::size_t offset : {std::size_t{0}, std::size_t{2}, std::size_t{7}, text.size() - 1}) {
    auto const position = position_in(text, offset);
    EXPECT_EQ(offset_of(text, position), offset);
  }
  EXPECT_EQ(position_in(text, text.size() - 1), (TextPosition{2, 9}));
  EXPECT_EQ(offset_of(text, {9, 9}), text.size());
  EXPECT_EQ(offset_of(text, {1, 99}), text.find('\n'));
}

}  // namespace
}  // namespace scaleset::base
