#include "protocol/wire/app_jwt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "base/jwt.hpp"

namespace scaleset::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

base::RsaPrivateKey const& test_key() {
  static base::RsaPrivateKey const key = base::RsaPrivateKey::generate(2048);
  return key;
}

std::chrono::system_clock::time_point at_seconds(std::int64_t seconds) {
  return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
}

std::string token_with(std::string const& claims,
                       std::string const& header = R"({"alg":"RS256"})") {
  return base::base64url_encode(header) + "." + base::base64url_encode(claims) + ".signature";
}

Secret make_app_jwt(std::string_view client_id, std::chrono::system_clock::time_point now) {
  auto const to_sign = app_jwt_to_sign(client_id, now);
  return signed_app_jwt(to_sign, test_key().sign(to_sign));
}

TEST(AppJwt, HasTheReferencesClaims) {
  auto const now = at_seconds(1795450470) + std::chrono::milliseconds(900);
  auto const jwt = make_app_jwt("Iv1.abc", now);
  std::string const& token = jwt.reveal();
  auto const first = token.find('.');
  auto const second = token.rfind('.');
  EXPECT_EQ(base::base64url_decode(token.substr(0, first)), R"({"alg":"RS256","typ":"JWT"})");
  EXPECT_EQ(base::base64url_decode(token.substr(first + 1, second - first - 1)),
            R"({"iss":"Iv1.abc","exp":1795450950,"iat":1795450410})");
  auto const signature = base::base64url_decode(token.substr(second + 1));
  ASSERT_TRUE(signature.has_value());
  EXPECT_TRUE(test_key().verifies(token.substr(0, second), *signature));
  EXPECT_EQ(jwt_expiry(token), Timestamp(std::chrono::seconds(1795450950)));
}

TEST(AppJwt, QuotesTheClientId) {
  auto const jwt = make_app_jwt("1\"2", at_seconds(1795450470));
  EXPECT_TRUE(jwt_expiry(jwt.reveal()).has_value());
}

TEST(AppJwt, ANumericIdIsAStringToo) {
  auto const jwt = make_app_jwt("123456", at_seconds(1795450470));
  std::string const& token = jwt.reveal();
  auto const first = token.find('.');
  auto const claims = base::base64url_decode(token.substr(first + 1, token.rfind('.') - first - 1));
  EXPECT_THAT(claims.value_or(""), HasSubstr(R"("iss":"123456",)"));
}

TEST(JwtExpiry, ReadsTheClaim) {
  auto const expiry = [](std::string const& claims) {
    auto const time = jwt_expiry(token_with(claims));
    return time ? time->time_since_epoch().count() / 1000 : -12345;
  };
  EXPECT_EQ(expiry(R"({"exp":1795450950})"), 1795450950);
  EXPECT_EQ(expiry(R"({"exp":1.5})"), 1);
  EXPECT_EQ(expiry(R"({"exp":"1"})"), 1);
  EXPECT_EQ(expiry(R"({"exp":1e10})"), 10000000000);  // the year 2286
  EXPECT_EQ(expiry(R"({"exp":0})"), 0);
  EXPECT_EQ(expiry(R"({"exp":-1})"), -1);
  EXPECT_EQ(expiry(R"({"exp":99999999999999})"), 253402300799);  // the end of 9999
  EXPECT_EQ(expiry(R"({"exp":1e300})"), 253402300799);
  EXPECT_EQ(expiry(R"({"exp":18446744073709551615})"), 253402300799);
}

TEST(JwtScopes, AreTheWordsOfTheClaim) {
  EXPECT_THAT(jwt_scopes(token_with(R"({"exp":1,"scp":"Actions.Read Actions.Write:5"})")),
              ElementsAre("Actions.Read", "Actions.Write:5"));
  EXPECT_TRUE(jwt_scopes(token_with(R"({"exp":1})")).empty());
  EXPECT_TRUE(jwt_scopes("no token").empty());
  EXPECT_TRUE(jwt_scopes("").empty());
}

TEST(JwtExpiry, RefusesTokensWithoutAnExpiry) {
  for (std::string const claims :
       {"{}", R"({"exp":null})", "null", "[]", "", "oops", R"({"exp":[]})", R"({"exp":""})",
        R"({"exp":"1x"})", R"({"exp":"nan"})"}) {
    auto const time = jwt_expiry(token_with(claims));
    ASSERT_FALSE(time.has_value()) << claims;
    EXPECT_EQ(time.error().code, ErrorCode::malformed_response);
  }
}

TEST(JwtExpiry, RefusesWhatIsNoJwt) {
  std::string const fine = token_with(R"({"exp":1})");
  for (std::string const& token :
       {std::string("abc"), std::string(), std::string("a.b"), std::string("a.b.c"), fine + ".x",
        token_with(R"({"exp":1})", "{}"), token_with(R"({"exp":1})", "[]"),
        token_with(R"({"exp":1})", R"({"alg":5})"), std::string("..")}) {
    auto const time = jwt_expiry(token);
    ASSERT_FALSE(time.has_value()) << token;
    EXPECT_EQ(time.error().code, ErrorCode::malformed_response);
    if (token.size() > 10) {
      EXPECT_THAT(time.error().message, Not(HasSubstr(token)));
    }
  }
}

}  // namespace
}  // namespace scaleset::protocol
