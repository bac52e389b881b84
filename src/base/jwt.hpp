#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

struct evp_pkey_st;

namespace scaleset::base {

/// An RSA private key that signs. Copyable (shares the key); immutable.
class RsaPrivateKey {
 public:
  /// PEM, PKCS#1 or PKCS#8. Errors: invalid_private_key, never with any of the text.
  static Result<RsaPrivateKey> from_pem(Secret const& pem);
  /// A fresh key, for the simulator and tests. About a tenth of a second for 2048 bits.
  static RsaPrivateKey generate(int bits);

  /// RS256: RSASSA-PKCS1-v1_5 with SHA-256 over `bytes`; raw signature.
  [[nodiscard]] std::string sign(std::string_view bytes) const;
  [[nodiscard]] bool verifies(std::string_view bytes, std::string_view signature) const;
  /// Big-endian bytes of one of the key's numbers: "n", "e", "d", "p", "q", "dp", "dq", "qi". The
  /// caller handles them as a secret.
  [[nodiscard]] std::string number(std::string_view name) const;
  /// PKCS#8 PEM.
  [[nodiscard]] Secret pem() const;

 private:
  explicit RsaPrivateKey(std::shared_ptr<evp_pkey_st> key);
  std::shared_ptr<evp_pkey_st> key_;
};

/// `header.payload.signature` with the header {"alg":"RS256","typ":"JWT"} and the payload as given
/// (spec 3.2).
[[nodiscard]] std::string make_jwt(RsaPrivateKey const& key, std::string_view payload_json);

}  // namespace scaleset::base
