#include "base/whole_number.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace scaleset::base {
namespace {

TEST(WholeNumber, ReadsItsWholeRange) {
  EXPECT_EQ(whole_number<int>("0"), 0);
  EXPECT_EQ(whole_number<int>("-7"), -7);
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(whole_number<std::int64_t>(std::to_string(kMost)), kMost);
  EXPECT_EQ(whole_number<std::uint16_t>("65535"), 65535);
}

TEST(WholeNumber, RefusesWhatIsNotAllANumber) {
  for (char const* const text : {"", " 1", "1 ", "+1", "1.5", "0x1", "-", "one", "1e3"}) {
    EXPECT_FALSE(whole_number<int>(text)) << '"' << text << '"';
  }
}

TEST(WholeNumber, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(whole_number<std::uint16_t>("65536"));
  EXPECT_FALSE(whole_number<std::uint16_t>("-1"));
  EXPECT_FALSE(whole_number<std::int64_t>("9223372036854775808"));
}

}  // namespace
}  // namespace scaleset::base
