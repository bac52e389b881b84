#include "http/testing/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

namespace scaleset::http::testing {

std::string encrypted_key_pem() {
  std::shared_ptr<EVP_PKEY> const key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  std::unique_ptr<BIO, decltype(&BIO_free)> const memory(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PKCS8PrivateKey(memory.get(), key.get(), EVP_aes_256_cbc(), "passphrase", 10,
                                nullptr, nullptr);
  char* data = nullptr;
  long const size = BIO_get_mem_data(memory.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace scaleset::http::testing
