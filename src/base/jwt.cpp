#include "base/jwt.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <map>
#include <stdexcept>

#include "base/base64.hpp"
#include "base/private_key_text.hpp"

namespace scaleset::base {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

unsigned char const* bytes_of(std::string_view text) {
  return reinterpret_cast<unsigned char const*>(text.data());
}

/// Makes OpenSSL refuse a key that needs a password, instead of asking for it on the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return -1; }

void require(bool ok, char const* what) {
  if (!ok) throw std::runtime_error(std::string("OpenSSL failed: ") + what);
}

void set_padding(EVP_PKEY_CTX* parameters, JwtAlgorithm algorithm) {
  if (algorithm == JwtAlgorithm::rs256) return;
  require(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1,
          "choosing the padding");
}

}  // namespace

RsaPrivateKey::RsaPrivateKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}

Result<RsaPrivateKey> RsaPrivateKey::from_pem(Secret const& pem, std::string_view name) {
  auto const refuse = [name](std::string const& what) {
    return fail(ErrorCode::invalid_private_key, std::string(name) + " " + what);
  };
  auto const usual = usual_pem(pem);
  if (!usual) return refuse(usual.error().message);
  auto const& text = usual->reveal();
  Bio const bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr),
                                &EVP_PKEY_free);
  ERR_clear_error();
  if (!key)
    return refuse(
        "is damaged: it looks like a PEM private key, but its content cannot be read; copy the "
        "whole file again, or make a new key in the App's settings");
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
    return refuse(
        "is no RSA key, and GitHub Apps use RSA keys only; make a new one in the App's settings "
        "(\"Generate a private key\")");
  return RsaPrivateKey(std::move(key));
}

RsaPrivateKey RsaPrivateKey::generate(int bits) {
  std::shared_ptr<EVP_PKEY> key(EVP_RSA_gen(static_cast<unsigned>(bits)), &EVP_PKEY_free);
  require(key != nullptr, "key generation");
  return RsaPrivateKey(std::move(key));
}

std::string RsaPrivateKey::sign(std::string_view bytes, JwtAlgorithm algorithm) const {
  DigestContext const context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_PKEY_CTX* parameters = nullptr;
  std::size_t length = 0;
  require(EVP_DigestSignInit(context.get(), &parameters, EVP_sha256(), nullptr, key_.get()) == 1,
          "signing");
  set_padding(parameters, algorithm);
  require(EVP_DigestSign(context.get(), nullptr, &length, bytes_of(bytes), bytes.size()) == 1,
          "signing");
  std::string signature(length, '\0');
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                         bytes_of(bytes), bytes.size()) == 1,
          "signing");
  signature.resize(length);
  return signature;
}

bool RsaPrivateKey::verifies(std::string_view bytes, std::string_view signature,
                             JwtAlgorithm algorithm) const {
  DigestContext const context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_PKEY_CTX* parameters = nullptr;
  require(EVP_DigestVerifyInit(context.get(), &parameters, EVP_sha256(), nullptr, key_.get()) == 1,
          "verifying");
  set_padding(parameters, algorithm);
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(bytes),
                          bytes.size()) == 1;
}

std::string RsaPrivateKey::number(std::string_view name) const {
  static std::map<std::string_view, char const*> const parameters{
      {"n", OSSL_PKEY_PARAM_RSA_N},          {"e", OSSL_PKEY_PARAM_RSA_E},
      {"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
      {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
      {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
  BIGNUM* raw = nullptr;
  require(EVP_PKEY_get_bn_param(key_.get(), parameters.at(name), &raw) == 1,
          "reading a number of the key");
  std::unique_ptr<BIGNUM, decltype(&BN_clear_free)> const number(raw, &BN_clear_free);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

Secret RsaPrivateKey::pem() const {
  Bio const bio(BIO_new(BIO_s_secmem()), &BIO_free);
  require(PEM_write_bio_PrivateKey_traditional(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                                               nullptr) == 1,
          "writing PEM");
  char* data = nullptr;
  auto const length = BIO_get_mem_data(bio.get(), &data);
  return Secret(std::string(data, static_cast<std::size_t>(length)));
}

std::string jwt_to_sign(std::string_view payload_json, JwtAlgorithm algorithm) {
  std::string_view const header = algorithm == JwtAlgorithm::ps256
                                      ? R"({"alg":"PS256","typ":"JWT"})"
                                      : R"({"alg":"RS256","typ":"JWT"})";
  return base64url_encode(header) + "." + base64url_encode(payload_json);
}

std::string make_jwt(RsaPrivateKey const& key, std::string_view payload_json,
                     JwtAlgorithm algorithm) {
  std::string token = jwt_to_sign(payload_json, algorithm);
  token += "." + base64url_encode(key.sign(token, algorithm));
  return token;
}

}  // namespace scaleset::base
