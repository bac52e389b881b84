#include "simulator/front/parts/apps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/jwt.hpp"

namespace scaleset::simulator {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr Timestamp kNow{seconds(1795450410)};

base::RsaPrivateKey const& key() {
  static base::RsaPrivateKey const made = base::RsaPrivateKey::generate(2048);
  return made;
}
base::RsaPrivateKey const& other_key() {
  static base::RsaPrivateKey const made = base::RsaPrivateKey::generate(2048);
  return made;
}

/// Times in seconds from now.
std::string jwt(std::string const& issuer, std::int64_t issued, std::int64_t expires,
                base::RsaPrivateKey const& signer = key()) {
  std::int64_t const now = 1795450410;
  return base::make_jwt(signer, R"({"iss":)" + issuer + R"(,"exp":)" +
                                    std::to_string(now + expires) + R"(,"iat":)" +
                                    std::to_string(now + issued) + "}");
}

App app(std::string id, std::vector<std::int64_t> installations = {}) {
  return App{std::move(id), base::RsaPublicKey::from_pem(key().pem().reveal()).value(),
             std::move(installations)};
}

TEST(KnownApps, WithoutAnyEveryWellFormedJwtIsAccepted) {
  Apps const none;
  EXPECT_EQ(none.jwt_problem(jwt("\"Iv1.any\"", -60, 480, other_key()), kNow), "");
  EXPECT_THAT(none.jwt_problem("not.a.jwt", kNow), HasSubstr("could not be decoded"));
  EXPECT_TRUE(none.may_use(jwt("\"Iv1.any\"", -60, 480), 42));
  EXPECT_FALSE(none.may_use(jwt("\"Iv1.any\"", -60, 480), 0));
}

TEST(KnownApps, OnlyTheirOwnSignatureCounts) {
  Apps apps;
  apps.add(app("Iv1.abc"));
  EXPECT_EQ(apps.jwt_problem(jwt("\"Iv1.abc\"", -60, 480), kNow), "");
  EXPECT_THAT(apps.jwt_problem(jwt("\"Iv1.abc\"", -60, 480, other_key()), kNow),
              HasSubstr("could not be decoded"));
  EXPECT_THAT(apps.jwt_problem(jwt("\"Iv1.other\"", -60, 480), kNow),
              HasSubstr("could not be decoded"));
}

TEST(KnownApps, AreNamedByTheirNumberToo) {
  Apps apps;
  apps.add(app("12345"));
  EXPECT_EQ(apps.jwt_problem(jwt("12345", -60, 480), kNow), "");
  EXPECT_EQ(apps.jwt_problem(jwt("\"12345\"", -60, 480), kNow), "");
}

TEST(KnownApps, TimesHaveAMinutesTolerance) {
  Apps apps;
  apps.add(app("a"));
  EXPECT_EQ(apps.jwt_problem(jwt("\"a\"", 60, 600), kNow), "");
  EXPECT_THAT(apps.jwt_problem(jwt("\"a\"", 61, 600), kNow), HasSubstr("'iat'"));
  EXPECT_EQ(apps.jwt_problem(jwt("\"a\"", -600, -59), kNow), "");
  EXPECT_THAT(apps.jwt_problem(jwt("\"a\"", -600, -60), kNow), HasSubstr("'exp') must be"));
  EXPECT_EQ(apps.jwt_problem(jwt("\"a\"", 0, 660), kNow), "");
  EXPECT_THAT(apps.jwt_problem(jwt("\"a\"", 0, 661), kNow), HasSubstr("too far in the future"));
}

TEST(KnownApps, HaveTheirInstallations) {
  Apps apps;
  apps.add(app("a", {7, 8}));
  std::string const token = jwt("\"a\"", 0, 60);
  EXPECT_TRUE(apps.may_use(token, 8));
  EXPECT_FALSE(apps.may_use(token, 9));
  apps.add(app("a"));
  EXPECT_TRUE(apps.may_use(token, 9)) << "the second registration takes the first one's place";
}

}  // namespace
}  // namespace scaleset::simulator
