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

TEST(Jwt, KeyIsReadFromItsOwnPem) {
  auto const again = RsaPrivateKey::from_pem(test_key().pem());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->number("n"), test_key().number("n"));
  EXPECT_EQ(again->number("e"), std::string("\x01\x00\x01", 3));
  EXPECT_EQ(again->sign("text"), test_key().sign("text"));
}

TEST(Jwt, BothFormsOfPemAreTheSameKey) {
  std::string const old = test_key().pem().reveal();
  EXPECT_TRUE(old.starts_with("-----BEGIN RSA PRIVATE KEY-----")) << "PKCS#1, as GitHub's";
  using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
  Bio const in(BIO_new_mem_buf(old.data(), static_cast<int>(old.size())), &BIO_free);
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key(
      PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  Bio const out(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  auto const length = BIO_get_mem_data(out.get(), &data);
  std::string const modern(data, static_cast<std::size_t>(length));
  EXPECT_TRUE(modern.starts_with("-----BEGIN PRIVATE KEY-----")) << "PKCS#8";
  auto const again = RsaPrivateKey::from_pem(Secret(modern));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->sign("text"), test_key().sign("text"));
}

TEST(Jwt, Ps256IsAnotherSignatureThanRs256) {
  std::string const token = make_jwt(test_key(), "{}", JwtAlgorithm::ps256);
  EXPECT_EQ(base64url_decode(token.substr(0, token.find('.'))), R"({"alg":"PS256","typ":"JWT"})");
  std::size_t const last = token.rfind('.');
  std::string const signature = base64url_decode(token.substr(last + 1)).value();
  std::string const part = token.substr(0, last);
  EXPECT_TRUE(test_key().verifies(part, signature, JwtAlgorithm::ps256));
  EXPECT_FALSE(test_key().verifies(part, signature));
  EXPECT_FALSE(test_key().verifies(part + "x", signature, JwtAlgorithm::ps256));
  EXPECT_FALSE(test_key().verifies(part, test_key().sign(part), JwtAlgorithm::ps256));
}

TEST(Jwt, RefusesWhatIsNotAnRsaKeyWithoutShowingIt) {
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
