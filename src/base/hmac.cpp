#include "base/hmac.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace scaleset::base {

std::string hmac_sha256(Secret const& key, std::string_view bytes) {
  auto const& text = key.reveal();
  std::string digest(32, '\0');
  unsigned length = 0;
  auto const* const result =
      HMAC(EVP_sha256(), text.data(), static_cast<int>(text.size()),
           reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(digest.data()), &length);
  if (result == nullptr || length != digest.size())
    throw std::runtime_error("OpenSSL failed: HMAC-SHA256");
  return digest;
}

}  // namespace scaleset::base
