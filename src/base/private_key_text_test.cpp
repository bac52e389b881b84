#include "base/private_key_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <functional>

#include "base/base64.hpp"
#include "base/jwt.hpp"

namespace scaleset::base {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RsaPrivateKey const& test_key() {
  static RsaPrivateKey const key = RsaPrivateKey::generate(2048);
  return key;
}

std::string replaced(std::string text, std::string_view old, std::string_view by) {
  for (auto at = text.find(old); at != std::string::npos; at = text.find(old, at + by.size()))
    text.replace(at, old.size(), by);
  return text;
}

std::string written_by(std::function<void(BIO*)> const& write) {
  std::unique_ptr<BIO, decltype(&BIO_free)> const bio(BIO_new(BIO_s_mem()), &BIO_free);
  write(bio.get());
  char* data = nullptr;
  auto const length = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

std::shared_ptr<EVP_PKEY> parsed(std::string const& pem) {
  std::unique_ptr<BIO, decltype(&BIO_free)> const in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  return {PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free};
}

std::string pkcs1() {
  auto const key = parsed(test_key().pem().reveal());
  return written_by([&key](BIO* bio) {
    PEM_write_bio_PrivateKey_traditional(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

void expect_accepted(std::string const& text, std::string_view what) {
  auto const key = RsaPrivateKey::from_pem(Secret(text));
  ASSERT_TRUE(key) << what << ": " << key.error().message;
  EXPECT_EQ(key->number("n"), test_key().number("n")) << what;
}

Error refused(std::string const& text) {
  auto const key = RsaPrivateKey::from_pem(Secret(text), "the key in /k.pem");
  EXPECT_FALSE(key);
  if (key) return {ErrorCode::io, "accepted"};
  EXPECT_EQ(key.error().code, ErrorCode::invalid_private_key);
  EXPECT_THAT(key.error().message, HasSubstr("/k.pem"));
  return key.error();
}

TEST(PrivateKeyText, KeysAreReadAsPeoplePasteThem) {
  for (std::string const& pem : {test_key().pem().reveal(), pkcs1()}) {
    expect_accepted(pem, "as it is");
    expect_accepted(replaced(pem, "\n", "\\n"), "line ends written out");
    expect_accepted(replaced(pem, "\n", "\\r\\n"), "CR LF written out");
    expect_accepted("\"" + replaced(pem, "\n", "\\n") + "\"", "in quotation marks");
    expect_accepted("    " + replaced(pem, "\n", "\n    "), "indented, as in YAML");
    expect_accepted("\t" + replaced(pem, "\n", "\r\n\t"), "indented with tabs, CR LF");
    expect_accepted(replaced(pem, "\n", "\r"), "CR only");
    expect_accepted(replaced(pem, "\n", " "), "on one line");
    expect_accepted(replaced(pem, "\n", ""), "on one line without a space");
    expect_accepted("\xEF\xBB\xBF" + pem, "a byte order mark");
    expect_accepted(base64_encode(pem), "base64 of the whole");
    expect_accepted(replaced(base64_encode(pem), "A", "A\n"), "base64 of the whole, in lines");
    for (std::string const end : {"", "\n", "\n\n"}) {
      // So that there are some with padding, whatever the length of the key.
      expect_accepted(base64url_encode(pem + end), "base64 for URLs, which has no padding");
      expect_accepted(replaced(base64_encode(pem + end), "=", ""), "base64 without padding");
    }
    expect_accepted(base64_encode("\xEF\xBB\xBF" + replaced(pem, "\n", "\r\n")), "base64, CR LF");
    expect_accepted("Bag Attributes\n    friendlyName: x\n" + pem, "text before the key");
    expect_accepted("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + pem,
                    "behind a certificate");
  }
}

TEST(PrivateKeyText, WhatNeedsAPasswordSaysHowToTakeItOff) {
  auto const key = parsed(test_key().pem().reveal());
  std::string password = "secret";
  auto const* bytes = reinterpret_cast<unsigned char const*>(password.data());
  auto const modern = written_by([&](BIO* bio) {
    PEM_write_bio_PrivateKey(bio, key.get(), EVP_aes_128_cbc(), bytes, 6, nullptr, nullptr);
  });
  auto const old = written_by([&](BIO* bio) {
    PEM_write_bio_PrivateKey_traditional(bio, key.get(), EVP_aes_128_cbc(), bytes, 6, nullptr,
                                         nullptr);
  });
  ASSERT_THAT(old, HasSubstr("Proc-Type"));
  for (auto const& pem : {modern, old, replaced(old, "\n", "\\n")})
    EXPECT_THAT(refused(pem).message, HasSubstr("openssl pkey -in FILE -out NEW"));
}

TEST(PrivateKeyText, EllipticCurveKeysAreNamedWhateverTheirLabel) {
  std::shared_ptr<EVP_PKEY> const curve(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  auto const modern = written_by([&](BIO* bio) {
    PEM_write_bio_PrivateKey(bio, curve.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  auto const old = written_by([&](BIO* bio) {
    PEM_write_bio_PrivateKey_traditional(bio, curve.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  ASSERT_THAT(old, HasSubstr("EC PRIVATE KEY"));
  for (auto const& pem : {modern, old}) EXPECT_THAT(refused(pem).message, HasSubstr("no RSA key"));
}

TEST(PrivateKeyText, OtherFilesAreNamedWithTheCommandThatConvertsThem) {
  auto const block = [](std::string const& label) {
    return "-----BEGIN " + label + "-----\nAAAA\n-----END " + label + "-----\n";
  };
  struct Case {
    std::string text;
    std::string says;
  };
  std::string wide;
  Secret const pem = test_key().pem();  // a loop does not keep it alive
  for (char const c : pem.reveal()) wide.append(1, c).append(1, '\0');
  for (auto const& [text, says] : {
           Case{block("OPENSSH PRIVATE KEY"), "ssh-keygen -p -N '' -m PEM -f FILE"},
           Case{block("PUBLIC KEY"), "public key"},
           Case{block("RSA PUBLIC KEY"), "public key"},
           Case{block("CERTIFICATE"), "certificate"},
           Case{block("PGP MESSAGE"), "no PEM private key"},
           Case{"ssh-rsa AAAA me@host", "public key of OpenSSH"},
           Case{"PuTTY-User-Key-File-3: ssh-rsa", "puttygen"},
           Case{std::string("\x30\x82\x04\xA3\x02", 5), "-inform DER"},
           Case{"\xFF\xFE" + wide, "UTF-16"},
           Case{wide, "UTF-16"},
           Case{"", "is empty"},
           Case{"hunter2", "no PEM private key"},
           Case{"-----BEGIN RSA PRIVATE KEY-----\nAAAA", "has a beginning but no end"},
           Case{"-----BEGIN ", "no PEM private key"},
           Case{block("RSA PRIVATE KEY"), "damaged"},
       }) {
    auto const message = refused(text).message;
    EXPECT_THAT(message, HasSubstr(says));
    EXPECT_THAT(message, Not(HasSubstr("hunter2")));
    EXPECT_THAT(message, Not(HasSubstr("AAAA")));
  }
}

}  // namespace
}  // namespace scaleset::base
