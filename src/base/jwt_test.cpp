#include "base/jwt.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/base64.hpp"

namespace scaleset::base {
namespace {

RsaPrivateKey const& test_key() {
  static RsaPrivateKey const key = RsaPrivateKey::generate(2048);
  return key;
}

TEST(Jwt, IsThreeSegmentsThatVerify) {
  std::string const token = make_jwt(test_key(), R"({"iss":"Iv1.abc"})");
  auto const first = token.find('.');
  auto const last = token.rfind('.');
  EXPECT_EQ(base64url_decode(token.substr(0, first)), R"({"alg":"RS256","typ":"JWT"})");
  EXPECT_EQ(base64url_decode(token.substr(first + 1, last - first - 1)), R"({"iss":"Iv1.abc"})");
  auto const signature = base64url_decode(token.substr(last + 1));
  ASSERT_TRUE(signature);
  EXPECT_TRUE(test_key().verifies(token.substr(0, last), *signature));
  EXPECT_FALSE(test_key().verifies(token.substr(0, last - 1), *signature));
}

TEST(Jwt, KeyGoesThroughPem) {
  auto const again = RsaPrivateKey::from_pem(test_key().pem());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->number("n"), test_key().number("n"));
  EXPECT_EQ(again->number("e"), std::string("\x01\x00\x01", 3));
  EXPECT_EQ(again->sign("text"), test_key().sign("text"));
}

TEST(Jwt, RefusesWhatIsNoRsaKeyWithoutEchoingIt) {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const curve(EVP_EC_gen("P-256"),
                                                                  &EVP_PKEY_free);
  std::unique_ptr<BIO, decltype(&BIO_free)> const bio(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PrivateKey(bio.get(), curve.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  auto const length = BIO_get_mem_data(bio.get(), &data);
  for (auto const& pem : {std::string("hunter2"), std::string(),
                          std::string(data, static_cast<std::size_t>(length))}) {
    auto const key = RsaPrivateKey::from_pem(Secret(pem));
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, ErrorCode::invalid_private_key);
    EXPECT_EQ(key.error().message.find("hunter2"), std::string::npos);
  }
}

}  // namespace
}  // namespace scaleset::base
