#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

struct evp_pkey_st;

namespace scaleset::base {

/// How a JWT is signed: RSASSA-PKCS1-v1_5 or RSASSA-PSS (with a salt as long as the digest), both
/// with SHA-256.
enum class JwtAlgorithm : std::uint8_t { rs256, ps256 };

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

  /// The signature of `bytes`, as raw bytes.
  [[nodiscard]] std::string sign(std::string_view bytes,
                                 JwtAlgorithm algorithm = JwtAlgorithm::rs256) const;
  [[nodiscard]] bool verifies(std::string_view bytes, std::string_view signature,
                              JwtAlgorithm algorithm = JwtAlgorithm::rs256) const;
  /// One of the key's numbers as big-endian bytes: "n", "e", "d", "p", "q", "dp", "dq" or "qi". The
  /// caller must treat them as a secret.
  [[nodiscard]] std::string number(std::string_view name) const;
  /// The key as PEM text, PKCS#1 ("RSA PRIVATE KEY"), which is the form of the keys that GitHub
  /// offers for download.
  [[nodiscard]] Secret pem() const;

 private:
  explicit RsaPrivateKey(std::shared_ptr<evp_pkey_st> key);
  std::shared_ptr<evp_pkey_st> key_;
};

/// What is signed of a JWT: `header.payload`.
[[nodiscard]] std::string jwt_to_sign(std::string_view payload_json,
                                      JwtAlgorithm algorithm = JwtAlgorithm::rs256);
/// A signed JWT, `header.payload.signature`, with the header {"alg":"RS256","typ":"JWT"}
/// (protocol.md 3.2), or "PS256", which runners use (protocol.md D.3).
[[nodiscard]] std::string make_jwt(RsaPrivateKey const& key, std::string_view payload_json,
                                   JwtAlgorithm algorithm = JwtAlgorithm::rs256);

}  // namespace scaleset::base
