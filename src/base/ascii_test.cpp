#include "base/ascii.hpp"

#include <gtest/gtest.h>

namespace scaleset::base {
namespace {

TEST(Ascii, OnlyTheLettersAToZAreLowered) {
  EXPECT_EQ(ascii_lower("AZaz09@[`{"), "azaz09@[`{");
  EXPECT_EQ(ascii_lower("\xC3\x84"), "\xC3\x84") << "a letter that is not ASCII";
  EXPECT_EQ(ascii_lower(""), "");
}

TEST(Ascii, AWordHasLettersDigitsAndUnderscores) {
  for (char const c : std::string_view("azAZ09_")) EXPECT_TRUE(is_ascii_word(c)) << c;
  for (char const c : std::string_view("@[`{/:-.^ \xC3")) EXPECT_FALSE(is_ascii_word(c)) << c;
}

}  // namespace
}  // namespace scaleset::base
