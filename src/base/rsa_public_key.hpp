#pragma once

#include <memory>
#include <string_view>

#include "scaleset/error.hpp"

struct evp_pkey_st;

namespace scaleset::base {

/// An RSA public key, which checks signatures. Copies share the key. Immutable.
class RsaPublicKey {
 public:
  /// From PEM text: a public key ("PUBLIC KEY" or "RSA PUBLIC KEY"), or a private key without a
  /// password, of which only the public half is kept. Errors: invalid_argument; its message never
  /// has any of the text.
  static Result<RsaPublicKey> from_pem(std::string_view pem);

  /// Whether `signature` is the RS256 signature of `bytes` by this key.
  [[nodiscard]] bool verifies(std::string_view bytes, std::string_view signature) const;

 private:
  explicit RsaPublicKey(std::shared_ptr<evp_pkey_st> key);
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace scaleset::base
