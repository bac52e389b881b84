#include "base/credential_text.hpp"

#include <gtest/gtest.h>

namespace scaleset::base {
namespace {

using namespace std::string_view_literals;

TEST(CredentialText, WhiteSpaceAndAByteOrderMarkAreTakenOff) {
  EXPECT_EQ(without_surroundings("\xEF\xBB\xBF \tghp_x\r\n"), "ghp_x");
  EXPECT_EQ(without_surroundings("\xEF\xBB\xBF"), "");
  EXPECT_EQ(without_surroundings(" \n"), "");
  EXPECT_EQ(without_surroundings("a b"), "a b");
}

TEST(CredentialText, EveryKindOfTokenIsAccepted) {
  for (auto const token : {"ghp_0123abcXYZ"sv, "github_pat_11AA_bb"sv, "eyJh.eyJl.c2ln-_"sv,
                           "0123456789abcdef0123456789abcdef01234567"sv, "YWJj=="sv, "x"sv})
    EXPECT_EQ(token_problem(token), "") << token;
}

TEST(CredentialText, WhatIsNoTokenIsNamed) {
  struct Case {
    std::string_view text;
    std::string_view says;
  };
  for (auto const& [text, says] : {
           Case{""sv, "blank"},
           Case{" \t\r\n"sv, "blank"},
           Case{"\xFF\xFEg\0h\0p\0"sv, "UTF-16"},
           Case{"\xFE\xFF\0g\0h"sv, "UTF-16"},
           Case{"g\0h\0p\0_\0"sv, "UTF-16"},
           Case{"\0g\0h\0p"sv, "UTF-16"},
           Case{"ghp_a\0b"sv, "zero byte"},
           Case{"ghp_a\nghp_b"sv, "more than one line"},
           Case{"ghp_a\rghp_b"sv, "more than one line"},
           Case{"GITHUB_TOKEN=ghp_a"sv, "NAME=value"},
           Case{"export GITHUB_TOKEN=ghp_a"sv, "NAME=value"},
           Case{"TOKEN=\"ghp_a\""sv, "NAME=value"},
           Case{"\"ghp_a\""sv, "quotation marks"},
           Case{"'ghp_a'"sv, "quotation marks"},
           Case{"Bearer ghp_a"sv, "space"},
           Case{"ghp_\xC3\xA9"sv, "characters"},
           Case{"ghp_\x01"sv, "characters"},
       }) {
    auto const problem = token_problem(text);
    EXPECT_NE(problem.find(says), std::string::npos) << says << ": " << problem;
    EXPECT_EQ(problem.find("ghp_"), std::string::npos) << "the text must not be shown";
  }
}

}  // namespace
}  // namespace scaleset::base
