#include <gtest/gtest.h>

#include <regex>

#include "base/backoff.hpp"
#include "base/base64.hpp"
#include "base/clock.hpp"
#include "base/random_text.hpp"
#include "base/rfc3339.hpp"
#include "scaleset/testing/fake_clock.hpp"

namespace scaleset::base {
namespace {

using namespace std::chrono_literals;

TEST(Base64, KnownVectors) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
}

TEST(Base64, DecodesWhatItEncodes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
  }
}

TEST(Base64, RefusesWhatIsNotBase64) {
  for (auto const* text : {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Z g=", "Zm9\n", "-_8="}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
  for (auto const* text : {"Zg==", "+w", "/w", "Zm9 "})
    EXPECT_FALSE(base64url_decode(text)) << text;
}

TEST(Rfc3339, ReadsWhatTheServiceWrites) {
  auto const expected =
      Timestamp{std::chrono::sys_days{std::chrono::July / 26 / 2026} + 23h + 29min + 36s};
  EXPECT_EQ(parse_rfc3339("2026-07-26T23:29:36Z"), expected);
  EXPECT_EQ(parse_rfc3339("2026-07-26T23:29:36.1234567Z"), expected + 123ms);
  EXPECT_EQ(parse_rfc3339("2026-07-26T23:29:36.1234567890Z"), expected + 123ms);
  EXPECT_EQ(parse_rfc3339("2026-07-26T23:29:36"), expected);
  EXPECT_EQ(parse_rfc3339("2026-07-27T01:29:36+02:00"), expected);
  EXPECT_EQ(parse_rfc3339("2026-07-26T15:29:36.5-08:00"), expected + 500ms);
}

TEST(Rfc3339, ZeroTimesAreNotTimes) {
  EXPECT_FALSE(parse_rfc3339(""));
  EXPECT_FALSE(parse_rfc3339("0001-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("0001-01-01T00:00:00"));
}

TEST(Rfc3339, RefusesWhatIsNotATime) {
  for (auto const* text :
       {"yesterday", "2026-07-26", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
        "2026-07-26T24:00:00Z", "2026-07-26T23:29:36.Z", "2026-07-26T23:29:36ZZ",
        "2026-07-26T23:29:36+0200", "-026-07-26T23:29:36Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(Rfc3339, WritesWhatItReads) {
  for (auto const* text : {"2026-07-26T23:29:36Z", "1999-12-31T23:59:59.007Z"}) {
    EXPECT_EQ(format_rfc3339(*parse_rfc3339(text)), text);
  }
}

TEST(RandomText, HasTheShapeThatWasAskedFor) {
  auto random = system_random();
  EXPECT_TRUE(std::regex_match(random_hex(*random, 8), std::regex("[0-9a-f]{8}")));
  EXPECT_TRUE(std::regex_match(
      random_uuid(*random),
      std::regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")));
  EXPECT_NE(random_hex(*random, 16), random_hex(*random, 16));
}

TEST(Backoff, DoublesUpToItsMaximum) {
  testing::FixedRandom whole(0.0);
  BackoffOptions const options{1s, 10s};
  EXPECT_EQ(backoff_delay(options, 0, whole), 1s);
  EXPECT_EQ(backoff_delay(options, 1, whole), 2s);
  EXPECT_EQ(backoff_delay(options, 3, whole), 8s);
  EXPECT_EQ(backoff_delay(options, 4, whole), 10s);
  EXPECT_EQ(backoff_delay(options, 1000000, whole), 10s);
}

TEST(Backoff, JitterShortensByUpToAQuarter) {
  testing::FixedRandom most(0.999999);
  EXPECT_GE(backoff_delay({1s, 10s}, 0, most), 750ms);
  EXPECT_LT(backoff_delay({1s, 10s}, 0, most), 752ms);
}

}  // namespace
}  // namespace scaleset::base
