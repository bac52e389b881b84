#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

struct evp_pkey_st;

namespace scaleset::base {

/// An RSA private key. Copies share the key. Immutable.
class RsaPrivateKey {
 public:
  /// From PEM text, PKCS#1 or PKCS#8, in any form that usual_pem() reads. Errors:
  /// invalid_private_key; the text begins with `name`, says what it is and how to convert it, and
  /// never has any of the key in it.
  static Result<RsaPrivateKey> from_pem(Secret const& pem,
                                        std::string_view name = "the App's private key");
  /// A new key, for the simulator and tests. Takes about a tenth of a second for 2048 bits.
  static RsaPrivateKey generate(int bits);

  /// The RS256 signature of `bytes` (RSASSA-PKCS1-v1_5 with SHA-256), as raw bytes.
  [[nodiscard]] std::string sign(std::string_view bytes) const;
  [[nodiscard]] bool verifies(std::string_view bytes, std::string_view signature) const;
  /// One of the key's numbers as big-endian bytes: "n", "e", "d", "p", "q", "dp", "dq" or "qi". The
  /// caller must treat them as a secret.
  [[nodiscard]] std::string number(std::string_view name) const;
  /// The key as PEM text, PKCS#8.
  [[nodiscard]] Secret pem() const;

 private:
  explicit RsaPrivateKey(std::shared_ptr<evp_pkey_st> key);
  std::shared_ptr<evp_pkey_st> key_;
};

/// What is signed of a JWT: `header.payload`, with the header {"alg":"RS256","typ":"JWT"}.
[[nodiscard]] std::string jwt_to_sign(std::string_view payload_json);
/// A signed JWT, `header.payload.signature`, with the header {"alg":"RS256","typ":"JWT"}
/// (protocol.md 3.2).
[[nodiscard]] std::string make_jwt(RsaPrivateKey const& key, std::string_view payload_json);

}  // namespace scaleset::base
