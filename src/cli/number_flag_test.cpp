#include "cli/number_flag.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <optional>

namespace scaleset::cli {
namespace {

class NumberFlag : public ::testing::Test {
 protected:
  NumberFlag() {
    add_number(command_, "--count", kRunnerCount, count_, "How many");
    add_number(command_, "--id", kId, id_, "Which");
    add_number(command_, "--seed", {}, seed_, "Chance");
  }
  /// The text of the error, or nothing.
  std::string refusal(std::string const& argument) {
    try {
      command_.parse(std::vector<std::string>{argument});
    } catch (CLI::ParseError const& error) {
      return error.what();
    }
    return "";
  }

  CLI::App command_{"test"};
  int count_ = 10;
  std::int64_t id_ = 0;
  std::optional<std::uint64_t> seed_;
};

TEST_F(NumberFlag, KeepsTheNumber) {
  EXPECT_EQ(refusal("--count=10000"), "");
  EXPECT_EQ(count_, 10000);
  EXPECT_EQ(refusal("--id=9223372036854775807"), "");
  EXPECT_EQ(id_, 9223372036854775807);
  EXPECT_EQ(refusal("--seed=18446744073709551615"), "");
  EXPECT_EQ(seed_, 18446744073709551615U);
}

TEST_F(NumberFlag, SaysWhatItTakes) {
  for (char const* const wrong : {"abc", "-1", "10001", "1.5", "1e3", "0x10", " 5", "+5"}) {
    EXPECT_EQ(refusal("--count=" + std::string(wrong)),
              "--count must be a whole number from 0 to 10000")
        << wrong;
  }
  EXPECT_EQ(refusal("--id=0"), "--id must be a whole number, 1 or more");
  EXPECT_EQ(refusal("--seed=-1"), "--seed must be a whole number, 0 or more");
  EXPECT_EQ(refusal("--seed=18446744073709551616"), "--seed must be a whole number, 0 or more");
  EXPECT_EQ(count_, 10);
}

}  // namespace
}  // namespace scaleset::cli
