#include "config/spot.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace scaleset::config {
namespace {

constexpr char const* kText =
    "a = 1\nlist = [1, 'x']\n[t]\nb = 2\nlist = [3]\n[[s]]\nc = 3\n[[s]]\n";

class SpotTest : public ::testing::Test {
 protected:
  Spot file() { return {&tree, problems, &unread}; }
  /// "LINE:COLUMN message" of what was reported last; "-" if nothing was.
  std::string last() {
    if (problems.empty()) return "-";
    auto const [at, message] = problems.back();
    problems.clear();
    return std::to_string(at.line) + ":" + std::to_string(at.column) + " " + message;
  }

  Value const tree = base::parse_toml(kText).value();
  std::vector<Problem> problems;
  std::vector<Position> unread;
};

TEST_F(SpotTest, AProblemStandsWhereTheValueDoes) {
  file().report("a", "x");
  EXPECT_EQ(last(), "1:5 x");
  file().in("t").report("b", "x");
  EXPECT_EQ(last(), "4:5 x");
  file().in("s", 0).report("c", "x");
  EXPECT_EQ(last(), "7:5 x");
  file().in("list", 1).report("", "x");
  EXPECT_EQ(last(), "2:12 x");
}

TEST_F(SpotTest, WithoutTheKeyItStandsWhereTheTableBegins) {
  file().in("t").report("none", "x");
  EXPECT_EQ(last(), "3:1 x");
  file().in("s", 1).report("c", "x");
  EXPECT_EQ(last(), "8:1 x");
  file().in("t").in("none").report("", "x");
  EXPECT_EQ(last(), "3:1 x") << "nor without the table";
  file().in("s", 5).report("c", "x");
  EXPECT_EQ(last(), "1:1 x");
  Spot(nullptr, problems).in("t").report("b", "x");
  EXPECT_EQ(last(), "0:0 x") << "without a file";
}

TEST_F(SpotTest, KnowsWhichKeysAreThere) {
  EXPECT_TRUE(file().has("a"));
  EXPECT_FALSE(file().has("b"));
  EXPECT_TRUE(file().in("t").has("b"));
  EXPECT_FALSE(Spot(nullptr, problems).has("a"));
}

TEST_F(SpotTest, WhatWasNotReadHasNoOtherProblem) {
  unread = {{4, 5}};  // t.b
  EXPECT_TRUE(file().in("t").is_unread());
  EXPECT_FALSE(file().is_unread());
  file().in("t").report("b", "x");
  EXPECT_EQ(last(), "-");
  file().in("t").report("", "x");
  EXPECT_EQ(last(), "-") << "of the whole table neither";
  file().in("t").report_together("list", "x");
  EXPECT_EQ(last(), "-") << "nor of several keys together";
  file().in("t").report("list", "x");
  EXPECT_EQ(last(), "5:8 x") << "another value of the table has";
  file().report("a", "x");
  EXPECT_EQ(last(), "1:5 x");
  file().report_together("a", "x");
  EXPECT_EQ(last(), "1:5 x");
}

TEST_F(SpotTest, UnknownKeysAndValuesInListsCountToo) {
  unread = {{4, 1}};  // the key b itself
  EXPECT_TRUE(file().in("t").is_unread());
  unread = {{2, 12}};  // the second value of the list
  EXPECT_TRUE(file().is_unread());
  EXPECT_FALSE(file().in("t").is_unread());
  file().report("list", "x");
  EXPECT_EQ(last(), "-");
  unread = {{3, 1}};  // the table t itself, as if it were of the wrong kind
  file().in("t").report("b", "x");
  EXPECT_EQ(last(), "-");
}

TEST_F(SpotTest, ProblemsCanBeCollectedElsewhere) {
  std::vector<Problem> others;
  file().in("t").into(others).report("b", "x");
  EXPECT_EQ(last(), "-");
  ASSERT_EQ(others.size(), 1U);
  EXPECT_EQ(others[0].at, (Position{4, 5}));
}

}  // namespace
}  // namespace scaleset::config
