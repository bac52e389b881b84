#include "base/ascii.hpp"

#include <gtest/gtest.h>

namespace scaleset::base {
namespace {

TEST(Ascii, OnlyTheLettersAToZAreLowered) {
  EXPECT_EQ(ascii_lower("AZaz09@[`{"), "azaz09@[`{");
  EXPECT_EQ(ascii_lower("\xC3\x84"), "\xC3\x84") << "a letter that is not ASCII";
  EXPECT_EQ(ascii_lower(""), "");
}

}  // namespace
}  // namespace scaleset::base
