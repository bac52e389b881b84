#include "protocol/wire/redact.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::protocol {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Redact, LeavesOrdinaryTextAlone) {
  for (std::string const text :
       {"", "404 page not found", R"({"message":"Bad credentials","status":"401"})",
        "The session identifier 4fd0ffb0-d365-4dae-99ff-8dae173984f9 is not valid.",
        "GitHub.Actions.Runtime.WebApi.RunnerScaleSetSessionConflictException, GitHub",
        "InvalidTokenException", "the token has expired", "heyjude", "12345678901234567890123456",
        R"({"errorCode":0,"eventId":3000,"typeKey":"InvalidTokenException"})"}) {
    EXPECT_EQ(redact(text), text);
  }
}

TEST(Redact, KnowsTokensByTheirLook) {
  EXPECT_EQ(redact("bad eyJhbGciOiJSUzI1NiJ9.e30.c2ln!"), "bad ***!");
  EXPECT_EQ(redact("ghs_123_eyJh.e30.x is bad"), "*** is bad");
  EXPECT_EQ(redact("(ghp_abc) gho_1 ghu_2 ghr_3 github_pat_11_x"), "(***) *** *** *** ***");
  EXPECT_EQ(redact("LLBF3JGZDX3P5PMEXLND6TS6FCWO6"), "***");
  EXPECT_EQ(redact("key -----BEGIN RSA PRIVATE KEY----- MIIE"), "key ***");
  EXPECT_EQ(redact("-----BEGIN X----- MIIE -----END X-----"), "***-----END X-----");
}

TEST(Redact, KnowsTokensByTheirName) {
  EXPECT_EQ(redact(R"({"token":"LLBF3","url":"https://h"})"), R"({"token":***,"url":"https://h"})");
  EXPECT_EQ(redact(R"({"accessToken" : "a b","n":1})"), R"({"accessToken" : ***,"n":1})");
  EXPECT_EQ(redact(R"("encodedJITConfig":"e30=")"), R"("encodedJITConfig":***)");
  EXPECT_EQ(redact(R"({"d":"{\"token\":\"x\",\"n\":1}"})"), R"({"d":"{\"token\":***,\"n\":1}"})");
  EXPECT_EQ(redact("https://h/?access_token=x&n=1"), "https://h/?access_token=***&n=1");
  EXPECT_EQ(redact("password: hunter2, ok"), "password: ***, ok");
  EXPECT_EQ(redact("Authorization: Bearer abc def"), "Authorization: *** def");
  EXPECT_EQ(redact("a Bearer abc def"), "a Bearer *** def");
  EXPECT_EQ(redact(R"({"tokens":["a",["b"]],"n":1})"), R"({"tokens":***)");
  EXPECT_EQ(redact(R"({"token":"never closed)"), R"({"token":***)");
}

TEST(Redact, KnowsThemBehindAndWithinWords) {
  for (std::string const before : {"", "my_", "x9", "Z", "-", "."}) {
    for (std::string const name : {"token", "JitConfig", "jit_config", "password", "Secret",
                                   "private_key", "privateKey", "AUTHORIZATION"}) {
      EXPECT_EQ(redact(before + name + "=abc d"), before + name + "=*** d");
    }
    for (std::string const token : {"ghp_1", "gho_1", "GHU_1", "ghs_1", "ghr_1", "github_pat_1",
                                    "eyJh.e.s", "-----BEGIN K-----"}) {
      EXPECT_EQ(redact(before + token), before + "***");
    }
    for (std::string const scheme : {"Bearer ", "remoteauth "})
      EXPECT_EQ(redact(before + scheme + "abc d"), before + scheme + "*** d");
  }
}

TEST(RedactedBeginning, IsOneLine) {
  EXPECT_EQ(redacted_beginning(" <html>\r\n\t<b>no</b>\n"), "<html> <b>no</b>");
  EXPECT_EQ(redacted_beginning("a\xFF"), "a\xEF\xBF\xBD");
  EXPECT_EQ(redacted_beginning(""), "");
}

TEST(RedactedBeginning, IsAtMostAKilobyte) {
  EXPECT_EQ(redacted_beginning(std::string(1024, 'x')), std::string(1024, 'x'));
  EXPECT_EQ(redacted_beginning(std::string(1025, 'x')), std::string(1021, 'x') + "...");
  // Three bytes each, so that one of them is cut in two.
  std::string euros;
  for (int i = 0; i < 1000; ++i) euros += "\xE2\x82\xAC";
  auto const text = redacted_beginning(euros);
  EXPECT_LE(text.size(), 1024U);
  EXPECT_THAT(text, EndsWith("\xE2\x82\xAC..."));
}

TEST(RedactedBeginning, BlanksATokenThatIsCutInTwo) {
  auto const text = redacted_beginning(std::string(1000, ' ') + "a eyJhbGciOiJSUzI1NiJ9.e30.c2ln");
  EXPECT_EQ(text, "a ***...");
  EXPECT_THAT(redacted_beginning(std::string(1010, '.') + "\"token\":\"abcdefghijklm\""),
              Not(HasSubstr("abc")));
}

}  // namespace
}  // namespace scaleset::protocol
