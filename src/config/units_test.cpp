#include "config/units.hpp"

#include <gtest/gtest.h>

namespace scaleset::config {
namespace {

TEST(Units, TimesAreNumbersWithTheirUnits) {
  struct Case {
    char const* text;
    std::int64_t milliseconds;
  };
  for (auto const& [text, milliseconds] : {
           Case{"0s", 0},
           Case{"500ms", 500},
           Case{"90s", 90000},
           Case{"10m", 600000},
           Case{"1h30m", 5400000},
           Case{"7d", 604800000},
           Case{"1d2h3m4s5ms", 93784005},
           Case{"3660d", 316224000000},
       }) {
    ASSERT_TRUE(parse_duration(text)) << text;
    EXPECT_EQ(parse_duration(text)->count(), milliseconds) << text;
  }
}

TEST(Units, OtherTextsAreNoTimes) {
  for (char const* text :
       {"", " ", "s", "5", "5 s", "s5", "1.5h", "-1s", "+1s", "1m1h", "1s1s", "1S", "1h30", "1y",
        "1s ", "99999999999999999999", "99999999999999999999y"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Units, ATimeThatIsTooLongIsOneAllTheSame) {
  for (char const* text :
       {"3661d", "3660d1ms", "9223372036854775807d", "99999999999999999999s",
        "99999999999999999999d99999999999999999999h99999999999999999999m99999999999999999999s"})
    EXPECT_EQ(parse_duration(text), kTooLong) << text;
}

TEST(Units, ATimeIsWrittenAsItIsRead) {
  for (char const* text : {"0s", "500ms", "1m30s", "10m", "1h30m", "7d", "1d2h3m4s5ms"})
    EXPECT_EQ(duration_text(parse_duration(text).value()), text);
  EXPECT_EQ(duration_text(std::chrono::seconds(90)), "1m30s");
}

TEST(Units, SizesAreBytes) {
  EXPECT_EQ(parse_size("100B"), 100);
  EXPECT_EQ(parse_size("1KiB"), 1024);
  EXPECT_EQ(parse_size("8GiB"), 8589934592.0);
  EXPECT_EQ(parse_size("10GB"), 10000000000.0);
  EXPECT_EQ(parse_size("8192TiB"), 9007199254740992.0);
  for (char const* text :
       {"", "8", "GiB", "8 GiB", "8gib", "8G", "1.5GiB", "-1B", "8193TiB", "1GiB1B"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Units, AmountsAreWrittenForPeople) {
  struct Case {
    double amount;
    char const* text;
  };
  for (auto const& [amount, text] : {
           Case{0, "0"},
           Case{4, "4"},
           Case{0.1 + 0.2, "0.3"},
           Case{1024, "1024"},
           Case{1048576, "1MiB"},
           Case{1048577, "1048577"},
           Case{1536.0 * 1048576, "1536MiB"},
           Case{8589934592, "8GiB"},
           Case{2048.0 * 8589934592, "16TiB"},
           Case{-1, "-1"},
       })
    EXPECT_EQ(amount_text(amount), text);
}

}  // namespace
}  // namespace scaleset::config
