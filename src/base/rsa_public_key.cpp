#include "base/rsa_public_key.hpp"

#include <openssl/bio.h>
#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <string>

namespace scaleset::base {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Key = std::shared_ptr<EVP_PKEY>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

unsigned char const* bytes_of(std::string_view text) {
  return reinterpret_cast<unsigned char const*>(text.data());
}

/// Makes OpenSSL refuse a key that needs a password, instead of asking for it on the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return -1; }

Bio reader_of(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
}

/// Reads a public key from either of its PEM forms.
Key read_public(std::string_view pem) {
  EVP_PKEY* raw = nullptr;
  std::unique_ptr<OSSL_DECODER_CTX, decltype(&OSSL_DECODER_CTX_free)> const decoder(
      OSSL_DECODER_CTX_new_for_pkey(&raw, "PEM", nullptr, "RSA", EVP_PKEY_PUBLIC_KEY, nullptr,
                                    nullptr),
      &OSSL_DECODER_CTX_free);
  Bio const bio = reader_of(pem);
  if (!decoder || OSSL_DECODER_from_bio(decoder.get(), bio.get()) != 1) return nullptr;
  return Key(raw, &EVP_PKEY_free);
}

/// Keeps only the public half, so that nothing secret stays in memory.
Key read_private(std::string_view pem) {
  Bio const bio = reader_of(pem);
  Key const whole(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr),
                  &EVP_PKEY_free);
  if (!whole || EVP_PKEY_get_base_id(whole.get()) != EVP_PKEY_RSA) return nullptr;
  unsigned char* encoded = nullptr;
  int const length = i2d_PUBKEY(whole.get(), &encoded);
  if (length <= 0) return nullptr;
  unsigned char const* position = encoded;
  Key half(d2i_PUBKEY(nullptr, &position, length), &EVP_PKEY_free);
  OPENSSL_free(encoded);
  return half;
}

}  // namespace

RsaPublicKey::RsaPublicKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}

Result<RsaPublicKey> RsaPublicKey::from_pem(std::string_view pem) {
  bool const is_private = pem.find("PRIVATE KEY") != std::string_view::npos;
  Key key = is_private ? read_private(pem) : read_public(pem);
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return fail(ErrorCode::invalid_argument,
                "no RSA key in PEM form: expected -----BEGIN PUBLIC KEY-----, or a private key "
                "without a password");
  }
  return RsaPublicKey(std::move(key));
}

bool RsaPublicKey::verifies(std::string_view bytes, std::string_view signature) const {
  DigestContext const context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(bytes),
                          bytes.size()) == 1;
}

}  // namespace scaleset::base
