#include "base/json_text.hpp"

#include <gtest/gtest.h>

namespace scaleset::base {
namespace {

TEST(JsonQuote, EscapesAsGoDoes) {
  EXPECT_EQ(json_quote(""), R"("")");
  EXPECT_EQ(json_quote("plain"), R"("plain")");
  EXPECT_EQ(json_quote("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(json_quote("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(json_quote(std::string("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\x7f\"");
  EXPECT_EQ(json_quote("<a>&"), R"("\u003ca\u003e\u0026")");
  EXPECT_EQ(json_quote("ä€𝄞"), "\"ä€𝄞\"");
}

TEST(JsonQuote, LeavesHtmlAloneWhenTold) { EXPECT_EQ(json_quote("<a>&\n", false), R"("<a>&\n")"); }

TEST(JsonQuote, EscapesLineSeparatorsAlways) {
  EXPECT_EQ(json_quote("\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA"), "\"\\u2028\\u2029\xE2\x80\xAA\"");
  EXPECT_EQ(json_quote("\xE2\x80\xA8", false), R"("\u2028")");
}

TEST(JsonQuote, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(json_quote("a\xFF"
                       "b"),
            R"("a\ufffdb")");
  EXPECT_EQ(json_quote("\xE2\x80"), R"("\ufffd\ufffd")");                      // cut short
  EXPECT_EQ(json_quote("\xC0\xAF"), R"("\ufffd\ufffd")");                      // overlong
  EXPECT_EQ(json_quote("\xED\xA0\x80"), R"("\ufffd\ufffd\ufffd")");            // a surrogate
  EXPECT_EQ(json_quote("\xF4\x90\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")");  // beyond U+10FFFF
}

TEST(ValidUtf8, KeepsTextAndRepairsTheRest) {
  EXPECT_EQ(valid_utf8("ä€𝄞 ok"), "ä€𝄞 ok");
  EXPECT_EQ(valid_utf8("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(valid_utf8("\xF0\x9D\x84"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace scaleset::base
