#include "simulator/front/parts/tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace scaleset::simulator {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Timestamp kNow{hours(480'000)};

TokenClaims claims(TokenKind kind) {
  TokenClaims claims;
  claims.kind = kind;
  claims.tenant = "org/my-org";
  claims.id = 7;
  claims.session = "session-1";
  claims.nonce = "abc";
  claims.expires = kNow + hours(1);
  return claims;
}

constexpr std::array kKinds{TokenKind::registration, TokenKind::admin, TokenKind::queue,
                            TokenKind::runner,       TokenKind::job,   TokenKind::blob};

class TokensTest : public ::testing::TestWithParam<TokenKind> {
 protected:
  Tokens tokens{Secret("the key")};
  std::string token = tokens.issue(claims(GetParam()), kNow);
};

TEST_P(TokensTest, AreGoodAsWhatTheyWereIssuedForUntilTheyExpire) {
  auto const found = tokens.verify(token, GetParam(), kNow + hours(1) - seconds(1));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->tenant, "org/my-org");
  EXPECT_EQ(found->id, 7);
  EXPECT_EQ(found->session, "session-1");
  EXPECT_EQ(found->nonce, "abc");
  EXPECT_EQ(found->expires, kNow + hours(1));
  EXPECT_FALSE(tokens.verify(token, GetParam(), kNow + hours(1)));
  for (TokenKind const kind : kKinds)
    EXPECT_EQ(tokens.verify(token, kind, kNow).has_value(), kind == GetParam());
}

TEST_P(TokensTest, AreKnownToAnotherProcessWithTheSameKeyOnly) {
  EXPECT_TRUE(Tokens(Secret("the key")).verify(token, GetParam(), kNow));
  EXPECT_FALSE(Tokens(Secret("another key")).verify(token, GetParam(), kNow));
}

TEST_P(TokensTest, AreForgottenWhenThereAreManyAndStayGood) {
  std::vector<std::string> issued;
  for (int i = 0; i < 2500; ++i) {
    TokenClaims some = claims(GetParam());
    some.id = i;
    issued.push_back(tokens.issue(some, kNow));
  }
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < issued.size(); ++i) {
      auto const found = tokens.verify(issued[i], GetParam(), kNow);
      ASSERT_TRUE(found) << i;
      ASSERT_EQ(found->id, static_cast<std::int64_t>(i));
    }
  }
}

TEST_P(TokensTest, AreRefusedIfAnyLetterIsChanged) {
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.verify(forged, GetParam(), kNow)) << "letter " << i;
  }
  EXPECT_FALSE(tokens.verify(token + "A", GetParam(), kNow));
  EXPECT_FALSE(tokens.verify(token.substr(1), GetParam(), kNow));
}

INSTANTIATE_TEST_SUITE_P(Kinds, TokensTest, ::testing::ValuesIn(kKinds));

TEST(Tokens, WhatIsNoTokenIsRefused) {
  Tokens const tokens{Secret("the key")};
  std::vector<std::string> const texts{"", ".", "..", "...", "a.b.c", "a", std::string(43, 'a')};
  for (std::string const& text : texts)
    for (TokenKind const kind : kKinds) EXPECT_FALSE(tokens.verify(text, kind, kNow)) << text;
}

TEST(Tokens, AreJwtsExceptThoseForRegistration) {
  Tokens const tokens{Secret("the key")};
  auto const jwt = read_jwt(tokens.issue(claims(TokenKind::admin), kNow));
  ASSERT_TRUE(jwt);
  EXPECT_EQ(jwt->algorithm, "RS256");
  EXPECT_EQ(jwt->signature.size(), 256U);
  EXPECT_EQ(jwt->expires, (kNow + hours(1)).time_since_epoch() / seconds(1));
  EXPECT_THAT(tokens.issue(claims(TokenKind::registration), kNow), Not(HasSubstr(".")));
}

TEST(Tokens, MayBeHonouredLongerThanTheySay) {
  Tokens const tokens{Secret("the key")};
  std::string const token =
      tokens.sign(R"({"aud":"admin","exp":100,"simulator_exp":5000000000,"tenant":"t"})");
  EXPECT_TRUE(tokens.verify(token, TokenKind::admin, kNow));
  EXPECT_FALSE(tokens.verify(tokens.sign(R"({"aud":"admin","exp":100})"), TokenKind::admin, kNow));
  EXPECT_FALSE(tokens.verify(tokens.sign("no JSON"), TokenKind::admin, kNow));
}

}  // namespace
}  // namespace scaleset::simulator
