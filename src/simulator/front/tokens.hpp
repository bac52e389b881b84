#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/jwt.hpp"
#include "scaleset/types.hpp"

namespace scaleset::simulator {

/// What the holder of a token may do (spec 3.3). A token of one kind is worth nothing as another.
enum class TokenKind : std::uint8_t { registration, admin, queue, runner };

struct TokenClaims {
  TokenKind kind = TokenKind::admin;
  std::string tenant;   // key
  std::int64_t id = 0;  // queue: scale set; runner: runner
  std::string session;  // queue
  std::string nonce;    // makes every token another text
  Timestamp expires;
};

/// Makes and checks all tokens but the users' own. Nothing is stored: the claims are in the token,
/// signed, so that they hold across a restart as long as the key does.
class Tokens {
 public:
  explicit Tokens(base::RsaPrivateKey key) : key_(std::move(key)) {}

  /// A JWT (RS256, `exp` in seconds); a registration token is opaque.
  [[nodiscard]] std::string issue(TokenClaims const& claims, Timestamp now) const;
  /// A JWT with these claims (JSON), whatever they say. verify() goes by kHonouredUntil, if it is
  /// among them, instead of `exp`.
  [[nodiscard]] std::string sign(std::string_view claims) const {
    return base::make_jwt(key_, claims);
  }
  static constexpr std::string_view kHonouredUntil = "simulator_exp";
  /// None: forged, of another kind, or expired.
  [[nodiscard]] std::optional<TokenClaims> verify(std::string_view token, TokenKind kind,
                                                  Timestamp now) const;

 private:
  [[nodiscard]] std::string seal_of(std::string_view text) const;
  base::RsaPrivateKey key_;
};

/// A JWT that somebody else signed, taken apart.
struct ForeignJwt {
  std::string signed_part;  // header.payload
  std::string signature;    // decoded
  std::string algorithm;
  std::string issuer;  // a number is given as its digits
  std::string subject;
  std::optional<std::int64_t> issued_at;  // seconds
  std::optional<std::int64_t> expires;
};
/// None: not three base64url parts with JSON objects in the first two.
[[nodiscard]] std::optional<ForeignJwt> read_jwt(std::string_view token);

}  // namespace scaleset::simulator
