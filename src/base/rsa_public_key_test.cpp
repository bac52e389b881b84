#include "base/rsa_public_key.hpp"

#include <gtest/gtest.h>

#include "base/jwt.hpp"

namespace scaleset::base {
namespace {

RsaPrivateKey const& key() {
  static RsaPrivateKey const made = RsaPrivateKey::generate(2048);
  return made;
}

constexpr std::string_view kForeignPublicKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf\n"
    "9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==\n"
    "-----END PUBLIC KEY-----\n";

TEST(RsaPublicKeys, ThePublicHalfOfAPrivateKeyChecksItsSignatures) {
  Result<RsaPublicKey> const half = RsaPublicKey::from_pem(key().pem().reveal());
  ASSERT_TRUE(half) << half.error().message;
  std::string const signature = key().sign("text");
  EXPECT_TRUE(half->verifies("text", signature));
  EXPECT_FALSE(half->verifies("other text", signature));
  EXPECT_FALSE(half->verifies("text", "no signature"));
  EXPECT_FALSE(half->verifies("text", ""));
}

TEST(RsaPublicKeys, APublicKeyIsReadAndRefusesTheSignatureOfAnother) {
  Result<RsaPublicKey> const other = RsaPublicKey::from_pem(kForeignPublicKey);
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_FALSE(other->verifies("text", key().sign("text")));
}

TEST(RsaPublicKeys, AnythingElseIsRefusedWithoutBeingShown) {
  for (std::string const& text :
       {std::string(), std::string("hunter2"),
        std::string("-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n"),
        std::string("-----BEGIN EC PRIVATE KEY-----\n"
                    "MHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY/PuoAoGCCqGSM49\n"
                    "AwEHoUQDQgAEPR3tU2Fta9ktY+6P9G0cWO+0kETA6SFs38GecTyudlHz6xvCdz8q\n"
                    "EKTcWGekdmdDPsHloRNtsiCa697B2O9IFA==\n-----END EC PRIVATE KEY-----\n")}) {
    Result<RsaPublicKey> const refused = RsaPublicKey::from_pem(text);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos);
  }
}

}  // namespace
}  // namespace scaleset::base
