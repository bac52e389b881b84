#include "config/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace scaleset::config {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr Position kPlace{7, 3};

/// What "key = TEXT" is in a file.
Value parsed(std::string const& text) {
  auto tree = base::parse_toml("key = " + text);
  EXPECT_TRUE(tree) << text;
  Value value = tree ? *tree->find("key") : Value();
  value.at = kPlace;
  return value;
}

template <class T>
struct Read {
  T value{};
  std::string said;  // empty: it was taken
};
template <class T>
Read<T> read(std::string const& text, Range range = {}, T before = {}) {
  KeyInfo key;
  key.name = "key";
  key.range = range;
  Reading reading{"/etc/scaleset", {}, {}};
  Read<T> result{std::move(before), ""};
  read_value(key, parsed(text), result.value, reading);
  if (reading.problems.empty()) return result;
  EXPECT_EQ(reading.problems.size(), 1U) << text;
  EXPECT_EQ(reading.unread.size(), 1U) << text;
  EXPECT_GT(reading.problems[0].at.line, 0) << text;
  result.said = reading.problems[0].message;
  return result;
}

// Reading.

TEST(ReadValue, TruthValues) {
  EXPECT_TRUE(read<bool>("true").value);
  EXPECT_FALSE(read<bool>("false", {}, true).value);
  EXPECT_EQ(read<bool>("\"true\"").said, "\"key\" must be true or false; this is a text");
  EXPECT_TRUE(read<bool>("0", {}, true).value) << "what is wrong leaves the value as it was";
}

TEST(ReadValue, WholeNumbers) {
  EXPECT_EQ(read<std::int64_t>("3").value, 3);
  EXPECT_EQ(read<std::int64_t>("1_000").value, 1000);
  EXPECT_EQ(read<std::int64_t>("0x10").value, 16);
  EXPECT_EQ(read<std::int64_t>("11", {1, 10}, 5).value, 5);
  EXPECT_EQ(read<std::int64_t>("11", {1, 10}).said,
            "\"key\" must be a whole number from 1 to 10; this is 11");
  EXPECT_EQ(read<std::int64_t>("0", {1}).said,
            "\"key\" must be a whole number of 1 or more; this is 0");
  EXPECT_THAT(read<std::int64_t>("2.5").said, HasSubstr("; this is 2.5"));
  EXPECT_THAT(read<std::int64_t>("2.0").said, HasSubstr("; this is 2.0"));
  EXPECT_THAT(read<std::int64_t>("inf").said, ::testing::EndsWith("; this is inf"));
  EXPECT_THAT(read<std::int64_t>("\"12\"").said,
              HasSubstr("; this is a number in quotation marks"));
}

TEST(ReadValue, Numbers) {
  EXPECT_EQ(read<double>("0.25").value, 0.25);
  EXPECT_EQ(read<double>("4").value, 4) << "a whole number is one as well";
  EXPECT_EQ(read<double>("0.0001", {0.001}).said,
            "\"key\" must be a number of 0.001 or more; this is 1e-04");
  for (char const* text : {"nan", "inf", "-inf", "+nan"})
    EXPECT_THAT(read<double>(text).said, StartsWith("\"key\" must be a number of 0 or more"))
        << text;
}

TEST(ReadValue, Texts) {
  EXPECT_EQ(read<std::string>("\"a b\"").value, "a b");
  EXPECT_EQ(read<std::string>("'''x'''").value, "x");
  EXPECT_EQ(read<std::string>("\"\"").said,
            "\"key\" must be a text that is not empty, in quotation marks; this is an empty text");
  EXPECT_EQ(read<std::string>("\"a\\u0000b\"").said,
            "\"key\" must be a text without zero bytes; this is a text");
  EXPECT_THAT(read<std::string>("2020-01-01").said, HasSubstr("; this is a date or a time"));
  EXPECT_THAT(read<std::string>("[]").said, HasSubstr("; this is a list"));
}

TEST(ReadValue, PathsAreRelativeToTheFolderOfTheFile) {
  using Path = std::filesystem::path;
  EXPECT_EQ(read<Path>("\"token\"").value, "/etc/scaleset/token");
  EXPECT_EQ(read<Path>("\"../a/./b\"").value, "/etc/a/b");
  EXPECT_EQ(read<Path>("\"/x/y\"").value, "/x/y");
  EXPECT_THAT(read<Path>("\"C:\\runner\"").said, HasSubstr("a path without control characters"));
  EXPECT_EQ(read<Path>("'C:\\runner'").value, "/etc/scaleset/C:\\runner");
  EXPECT_THAT(read<Path>("\"\"").said, HasSubstr("not empty"));
}

TEST(ReadValue, Times) {
  EXPECT_EQ(read<Duration>("\"1h30m\"").value, std::chrono::minutes(90));
  EXPECT_EQ(read<Duration>("\"0s\"").value, Duration(0));
  EXPECT_EQ(
      read<Duration>("90").said,
      "\"key\" must be a time with its unit, such as \"90s\", \"10m\" or \"1h30m\"; this is 90");
  EXPECT_EQ(read<Duration>("\"30s\"", {60000}).said,
            "\"key\" must be a time of 1m or more; this is \"30s\"");
  EXPECT_EQ(read<Duration>("\"99999d\"").said,
            "\"key\" must be a time of 3660d or less; this is \"99999d\"");
}

TEST(ReadValue, ListsOfTexts) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(read<Texts>("[\"a\", \"b\"]").value, (Texts{"a", "b"}));
  EXPECT_EQ(read<Texts>("[]", {}, {"a"}).value, Texts());
  EXPECT_EQ(read<Texts>("\"a\"").said,
            "\"key\" must be a list of texts, such as [\"a\", \"b\"]; this is a text");
  EXPECT_EQ(read<Texts>("[\"a\", 1]", {}, {"x"}).value, Texts{"x"});
}

TEST(ReadValue, TablesOfTexts) {
  using Texts = std::map<std::string, std::string>;
  EXPECT_EQ(read<Texts>("{ A = \"1\", \"b c\" = \"\" }").value, (Texts{{"A", "1"}, {"b c", ""}}));
  EXPECT_EQ(read<Texts>("{ A = 1 }").said,
            "\"key.A\" must be a text in quotation marks; this is 1");
  EXPECT_EQ(read<Texts>("[]").said,
            "\"key\" must be a table of texts, such as { NAME = \"value\" }; this is a list");
}

TEST(ReadValue, TablesOfNumbersAndSizes) {
  EXPECT_EQ(read<Numbers>("{ a = 1, b = 0.5, c = \"2KiB\" }").value,
            (Numbers{{"a", 1}, {"b", 0.5}, {"c", 2048}}));
  EXPECT_EQ(read<Numbers>("{ a = 1 }", {}, {{"slots", 1}}).value, (Numbers{{"a", 1}}))
      << "it replaces the default";
  EXPECT_EQ(read<Numbers>("{ a = -1 }").said,
            "\"key.a\" must be a number of 0 or more, or a size such as \"8GiB\"; this is -1");
  EXPECT_EQ(read<Numbers>("1").said,
            "\"key\" must be a table of numbers, such as { slots = 1 }; this is 1");
}

TEST(ReadValue, AnOptionalOneIsThereAfterwards) {
  EXPECT_EQ(read<std::optional<std::int64_t>>("4").value, 4);
  EXPECT_EQ(read<std::optional<Duration>>("\"5s\"").value, std::chrono::seconds(5));
}

// Writing.

TEST(WriteValue, WritesWhatReadsAsTheSame) {
  EXPECT_TRUE(read<bool>(write_value(true)).value);
  for (std::int64_t const number :
       {std::int64_t{0}, std::int64_t{10000}, std::numeric_limits<std::int64_t>::max()})
    EXPECT_EQ(read<std::int64_t>(write_value(number)).value, number);
  for (double const number : {0.0, 0.1, 1.0 / 3.0, 8589934592.0, 1e300, 5e-324})
    EXPECT_EQ(read<double>(write_value(number)).value, number);
  for (std::string const& text : {std::string("a"), std::string("say \"hi\"\\n"),
                                  std::string("\t\n\x1b\x7f"), std::string("größe")})
    EXPECT_EQ(read<std::string>(write_value(text)).value, text);
  for (Duration const time : {Duration(0), Duration(1), Duration(61'001), Duration(90'000'000)})
    EXPECT_EQ(read<Duration>(write_value(time)).value, time);
  std::vector<std::string> const list{"a", "b\"c"};
  EXPECT_EQ(read<std::vector<std::string>>(write_value(list)).value, list);
  std::map<std::string, std::string> const texts{{"A", "1"}, {"x.y", ""}};
  EXPECT_EQ((read<std::map<std::string, std::string>>(write_value(texts)).value), texts);
  Numbers const numbers{{"memory", 1.5}, {"slots", 3}};
  EXPECT_EQ(read<Numbers>(write_value(numbers)).value, numbers);
}

TEST(WriteValue, WhatIsNotSetIsEmpty) {
  EXPECT_EQ(write_value(std::string()), "");
  EXPECT_EQ(write_value(std::filesystem::path()), "");
  EXPECT_EQ(write_value(std::optional<std::int64_t>()), "");
  EXPECT_EQ(write_value(Numbers()), "");
  EXPECT_EQ(write_value(std::vector<std::string>()), "[]") << "an empty list is a value";
}

TEST(TypeOf, AnOptionalOneIsThatOfItsValue) {
  EXPECT_EQ(TypeOf<std::optional<Duration>>::value, Type::duration);
  EXPECT_EQ(TypeOf<std::optional<std::vector<std::string>>>::value, Type::texts);
}

}  // namespace
}  // namespace scaleset::config
