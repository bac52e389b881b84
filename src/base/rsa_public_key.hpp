#pragma once

#include <memory>
#include <string_view>

#include "scaleset/error.hpp"

struct evp_pkey_st;

namespace scaleset::base {

/// The half of an RSA key that checks signatures. Copyable (shares the key); immutable.
class RsaPublicKey {
 public:
  /// PEM: a public key ("PUBLIC KEY" or "RSA PUBLIC KEY"), or a private one without a password, of
  /// which only the public half is kept. Errors: invalid_argument, never with any of the text.
  static Result<RsaPublicKey> from_pem(std::string_view pem);

  /// RS256: whether the signature is this key's over `bytes`.
  [[nodiscard]] bool verifies(std::string_view bytes, std::string_view signature) const;

 private:
  explicit RsaPublicKey(std::shared_ptr<evp_pkey_st> key);
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace scaleset::base
