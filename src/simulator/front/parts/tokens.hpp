#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "scaleset/secret.hpp"
#include "scaleset/types.hpp"

namespace scaleset::simulator {

/// What the holder of a token may do (protocol.md 3.3). A token is good only as what it was issued
/// for.
enum class TokenKind : std::uint8_t { registration, admin, queue, runner, job, blob };

struct TokenClaims {
  TokenKind kind = TokenKind::admin;
  std::string tenant;   // key
  std::int64_t id = 0;  // queue: scale set; runner and job: runner
  std::string session;  // queue: session; job: the job's id; blob: the place that may be written to
  std::string nonce;    // makes every token different
  Timestamp expires;
};

/// Makes and checks all tokens but the users' own. Nothing is stored: the signed claims are in the
/// token, so that it stays valid across a restart if the key is kept. Not for several threads.
class Tokens {
 public:
  explicit Tokens(Secret key) : key_(std::move(key)) {}

  /// A JWT (RS256, `exp` in seconds); a registration token is opaque. The signature has the length
  /// of the service's and is made with HMAC: nobody but the simulator checks it, and RSA would take
  /// most of the time of a simulated call.
  [[nodiscard]] std::string issue(TokenClaims const& claims, Timestamp now) const;
  /// A JWT with any claims (JSON). If kHonouredUntil is among them, verify() uses it instead of
  /// `exp`.
  [[nodiscard]] std::string sign(std::string_view claims) const;
  static constexpr std::string_view kHonouredUntil = "simulator_exp";
  /// None: the token is forged, of another kind, or expired.
  [[nodiscard]] std::optional<TokenClaims> verify(std::string_view token, TokenKind kind,
                                                  Timestamp now) const;

 private:
  [[nodiscard]] std::string seal_of(std::string_view text) const;
  [[nodiscard]] std::string signature_of(std::string_view text) const;
  [[nodiscard]] std::optional<std::string> sealed_payload(std::string_view token) const;
  [[nodiscard]] std::optional<std::string> signed_payload(std::string_view token) const;
  [[nodiscard]] std::optional<TokenClaims> genuine_claims(std::string_view token,
                                                          TokenKind kind) const;

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  Secret key_;
  // Most calls come with a token that was checked before, and checking was a large part of such a
  // call.
  mutable std::unordered_map<std::string, TokenClaims, Hash, std::equal_to<>> checked_;
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
/// None: the text is not three base64url parts with JSON objects in the first two.
[[nodiscard]] std::optional<ForeignJwt> read_jwt(std::string_view token);

}  // namespace scaleset::simulator
