#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/toml_tree.hpp"

namespace scaleset::base {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// "LINE:COLUMN: message"
std::string mistake(std::string const& text) {
  auto const tree = parse_toml(text);
  if (tree) return "none";
  auto const& error = tree.error();
  return std::to_string(error.at.line) + ":" + std::to_string(error.at.column) + ": " +
         error.message;
}

struct Case {
  std::string text;
  char const* said;
};
void expect_said(std::initializer_list<Case> cases) {
  for (auto const& [text, said] : cases) EXPECT_EQ(mistake(text), said) << text;
}

TEST(TomlMistake, OfTextsWithoutQuotationMarks) {
  expect_said({
      {"a = 1\nname = linux\n",
       "2:8: the value of \"name\" cannot be read; put quotation marks around a text: name = "
       "\"...\""},
      {"t = { file = /etc/x }",
       "1:14: the value of \"file\" cannot be read; put quotation marks around a text: file = "
       "\"...\""},
      {"labels = [\"a\", b]",
       "1:16: the value of \"labels\" cannot be read; put quotation marks around a text: \"...\""},
      {"max_job = 5m",
       "1:11: the value of \"max_job\" cannot be read; put quotation marks around a text: max_job "
       "= \"5m\""},
      {"memory = 8GiB",
       "1:10: the value of \"memory\" cannot be read; put quotation marks around a text: memory = "
       "\"8GiB\""},
      {"day = 2020-13-01",
       "1:7: the value of \"day\" cannot be read; put quotation marks around a text: day = "
       "\"...\""},
      {"name = \u201clinux\u201d",
       "1:8: the value of \"name\" cannot be read; its quotation marks are typographic ones; put a "
       "text into plain ones: name = \"...\""},
  });
}

TEST(TomlMistake, RepeatsNoValueSinceItMayBeASecret) {
  for (char const* text :
       {"token = ghp_0123456789abcdef", "token = \"ghp_0123456789abcdef", "a = 1\na = ghp_01234",
        "ghp_0123456789abcdefghp_0123456789abcdefghp_0123456789abcdef = x", "a = 5ghp_01234567890"})
    EXPECT_THAT(mistake(text), AllOf(Not("none"), Not(HasSubstr("ghp")))) << text;
}

TEST(TomlMistake, OfOtherValues) {
  expect_said({
      {"a = True", "1:5: the value of \"a\" cannot be read; write true"},
      {"a = yes", "1:5: the value of \"a\" cannot be read; write true"},
      {"a = Off", "1:5: the value of \"a\" cannot be read; write false"},
      {"a = 010",
       "1:8: the value of \"a\" is a number that begins with 0; leave the zeros out, or put "
       "quotation marks around a text"},
      {"a = 99999999999999999999", "1:5: the value of \"a\" is too large a number"},
      {"a = 1;", "1:6: nothing ends a value but the end of the line; leave the semicolon out"},
      {"a = \nb = 1", "1:5: the value of \"a\" is missing behind the ="},
      {"a =", "1:4: the value of \"a\" is missing behind the ="},
  });
}

TEST(TomlMistake, OfTextsWithoutAnEndIsWhereTheyBegin) {
  expect_said({
      {"a = 1\nname = \"linux\nb = 1\n",
       "2:8: this text has no closing quotation mark; put \" at its end"},
      {"name = \"linux\r\nb = 1\n",
       "1:8: this text has no closing quotation mark; put \" at its end"},
      {"name = \"linux", "1:8: this text has no closing quotation mark; put \" at its end"},
      {"name = 'linux\n", "1:8: this text has no closing quotation mark; put ' at its end"},
      {"a = \"\"\"x\ny\nz = 1\n",
       "1:5: this text has no closing quotation mark; put \"\"\" at its end"},
      {"a = \"größe\" # \"\nb = [\"x\", \"y]\n",
       "2:11: this text has no closing quotation mark; put \" at its end"},
  });
}

TEST(TomlMistake, OfWhatIsInATextOrInTheFile) {
  expect_said({
      {"dir = \"C:\\q\"",
       "1:11: a backslash begins an escape, and this is none; write \\\\ for a backslash, or put "
       "the text between apostrophes: '...'"},
      {"a = \"x\x01y\"", "1:7: there is a control character in this text; leave it out"},
      {"a = \"\xff\"", "1:5: the text is not UTF-8; save the file as UTF-8"},
      {"a = 1\rb = 2", "1:7: a line ends with a carriage return alone; end it with a line feed"},
  });
  EXPECT_THAT(mistake("a = " + std::string(300, '[') + std::string(300, ']')),
              HasSubstr("too many lists or tables within each other"));
}

TEST(TomlMistake, OfWhatIsThereTwice) {
  expect_said({
      {"[x]\na = 0\n[y]\na = 1\nb = 2\na = 3\n",
       "6:5: the key \"a\" is there twice, the first time in line 4; remove one of them"},
      {"t = { a = 1, a = 2 }", "1:18: the key \"a\" is there twice; remove one of them"},
      {"[c.main]\nx = 1\n[b]\n[c.main]\n",
       "4:1: [c.main] is there twice, the first time in line 1; write its keys below one heading, "
       "or give the second table another name"},
      {"[[s]]\na = 1\n[s]\n",
       "3:1: \"s\" is a table in one place ([s]) and a list of tables in another ([[s]]); write "
       "the brackets in the same way"},
      {"[s]\na = 1\n[[s]]\n",
       "3:1: \"s\" is a table in one place ([s]) and a list of tables in another ([[s]]); write "
       "the brackets in the same way"},
      {"a = 1\na.b = 2\n",
       "2:1: this makes a table of a key that has a value above; remove one of the two"},
      {"[a]\nb = 1\n[a.b]\n",
       "3:1: this makes a table of a key that has a value above; remove one of the two"},
      {"a = { b = 1 }\n[a.c]\n",
       "2:6: \"a.c\" belongs to a table that is complete in its braces; write it inside them"},
  });
}

TEST(TomlMistake, OfLines) {
  std::string const sign =
      "behind a key stands = and its value, as in name = \"linux\"; a key has no space in it";
  EXPECT_EQ(mistake("name \"linux\""), "1:6: " + sign);
  EXPECT_EQ(mistake("max runners = 1"), "1:5: " + sign);
  expect_said({
      {"name: \"x\"", "1:5: between a key and its value stands =, not a colon"},
      {"; x", "1:1: a comment begins with #"},
      {"// x", "1:1: a comment begins with #"},
      {"{\"a\": 1}",
       "1:1: this looks like JSON; the file is TOML, with lines such as name = \"linux\""},
      {" = 1",
       "1:2: a line is a key and its value, as in name = \"linux\", the heading of a table, as in "
       "[[scale_set]], or a comment that begins with #"},
      {"a = \"x\" y",
       "1:9: behind the value of \"a\" stands more than a comment; each key has a line of its own, "
       "and a quotation mark inside a text is written \\\""},
      {"a = 1 b = 2",
       "1:7: behind the value of \"a\" stands more than a comment; each key has a line of its own, "
       "and a quotation mark inside a text is written \\\""},
  });
}

TEST(TomlMistake, OfBrackets) {
  std::string const braces =
      "a table in braces must end with } in the line in which it begins, with commas between its "
      "values";
  EXPECT_EQ(mistake("t = { a = 1\nb = 2"), "1:5: " + braces);
  EXPECT_EQ(mistake("t = {\n a = 1\n}"), "1:5: " + braces);
  expect_said({
      {"\n[scale_set\na = 1",
       "2:1: the heading of a table must end in its line with ], as in [template.linux]"},
      {"[[scale_set]\na = 1",
       "1:1: the heading of a table must end in its line with ]], as in [[scale_set]]"},
      {"a = 1\n  [[[b]]]\n",
       "2:3: the brackets of this line are malformed: the heading of a table is [name] or "
       "[[name]], "
       "and a list ends with ]"},
      {"a = [1,\n2, }\nb = [[[[[[1]]]]]]\n",
       "2:1: the brackets of this line are malformed: the heading of a table is [name] or "
       "[[name]], "
       "and a list ends with ]"},
      {"t = { a = 1, }",
       "1:14: a table in braces has no comma behind its last value; leave it out"},
      {"l = [\"a\",\n \"b\"\nx = 1",
       "3:1: the list that begins in line 1, column 5 has no ] before this, or there is no comma "
       "between two of its values"},
  });
}

// Whatever the library says: one line, and a place in the text.
TEST(TomlMistake, HasAPlaceForEveryCutAndEveryWrongByteOfAText) {
  std::string const whole =
      "# c\na = \"x\\n\"\n[t.u]\nl = ['y', [1.5, true]]\n[[s]]\nd = { e = 2020-01-01, f = "
      "\"\"\"\nz\"\"\" }\n";
  for (std::size_t i = 0; i <= whole.size(); ++i) {
    for (char const wrong : {'\0', '"', '[', '}', '=', '\n', '\xff', 'x'}) {
      std::string text = whole;
      if (i < text.size()) text[i] = wrong;
      for (std::string const& tried : {text, whole.substr(0, i)}) {
        std::string const said = mistake(tried);
        EXPECT_THAT(said, AllOf(Not(StartsWith("0:")), Not(HasSubstr("\n")))) << tried;
      }
    }
  }
}

}  // namespace
}  // namespace scaleset::base
