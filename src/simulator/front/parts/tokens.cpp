#include "simulator/front/parts/tokens.hpp"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/base64.hpp"
#include "base/hmac.hpp"
#include "simulator/front/parts/fields.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::string_view kIssuer = "scaleset-simulator";
// A registration token is opaque and short at GitHub (protocol.md 3.3), so ours is no JWT: claims
// and a seal.
constexpr std::size_t kSignatureBytes = 256;  // as with RSA's usual keys of 2048 bits
constexpr std::size_t kSealLetters = 43;      // of the 32 bytes of a SHA-256, in base64url
constexpr std::size_t kMostChecked = 1024;    // so that the memory has a bound

std::string_view audience(TokenKind kind) {
  constexpr std::array<std::string_view, 6> kNames{"registration", "admin", "queue",
                                                   "runner",       "job",   "blob"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::int64_t to_seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

/// Everything that a token stands for is in it, so that the simulator keeps no list of tokens and a
/// restart keeps them good.
std::string payload_of(TokenClaims const& claims, Timestamp now) {
  json::object payload;
  payload["iss"] = kIssuer;
  payload["aud"] = audience(claims.kind);
  payload["iat"] = to_seconds(now);
  payload["exp"] = to_seconds(claims.expires);
  payload["tenant"] = claims.tenant;
  payload["id"] = claims.id;
  payload["session"] = claims.session;
  payload["jti"] = claims.nonce;
  return json::serialize(payload);
}

std::optional<TokenKind> kind_of(std::optional<std::string> const& audience_name) {
  for (TokenKind const kind : {TokenKind::registration, TokenKind::admin, TokenKind::queue,
                               TokenKind::runner, TokenKind::job, TokenKind::blob}) {
    if (audience_name == audience(kind)) return kind;
  }
  return std::nullopt;
}

std::optional<TokenClaims> read_payload(std::string_view text) {
  Fields fields(text);
  std::optional<TokenKind> const kind = kind_of(fields.text("aud"));
  // A fault may have changed what the token says about itself; the simulator still honours it as
  // long as before (ADR 25).
  std::optional<std::int64_t> expires = fields.integer(Tokens::kHonouredUntil);
  if (!expires) expires = fields.integer("exp");
  TokenClaims claims;
  claims.tenant = fields.text("tenant").value_or("");
  claims.id = fields.integer("id").value_or(0);
  claims.session = fields.text("session").value_or("");
  claims.nonce = fields.text("jti").value_or("");
  if (!fields.problem().empty() || !kind || !expires) return std::nullopt;
  claims.kind = *kind;
  claims.expires = Timestamp(std::chrono::seconds(*expires));
  return claims;
}

/// An App names itself by its client id or by its number (protocol.md 3.2).
std::string text_or_number(Fields& fields, std::string_view name) {
  json::value const* value = fields.find(name);
  if (value != nullptr && value->is_int64()) return std::to_string(value->as_int64());
  return fields.text(name).value_or("");
}

}  // namespace

std::string Tokens::issue(TokenClaims const& claims, Timestamp now) const {
  std::string const payload = payload_of(claims, now);
  if (claims.kind != TokenKind::registration) return sign(payload);
  std::string token = base::base64url_encode(payload);
  token += seal_of(token);
  return token;
}

std::string Tokens::sign(std::string_view claims) const {
  static std::string const header = base::base64url_encode(R"({"alg":"RS256","typ":"JWT"})");
  std::string token = header + "." + base::base64url_encode(claims);
  token += "." + signature_of(token);
  return token;
}

std::string Tokens::seal_of(std::string_view text) const {
  return base::base64url_encode(base::hmac_sha256(key_, text));
}

std::string Tokens::signature_of(std::string_view text) const {
  std::string const digest = base::hmac_sha256(key_, text);
  std::string signature;
  while (signature.size() < kSignatureBytes) signature += digest;
  return base::base64url_encode(signature);
}

std::optional<TokenClaims> Tokens::verify(std::string_view token, TokenKind kind,
                                          Timestamp now) const {
  auto known = checked_.find(token);
  if (known == checked_.end()) {
    std::optional<TokenClaims> claims = genuine_claims(token, kind);
    if (!claims) return std::nullopt;
    if (checked_.size() >= kMostChecked) checked_.clear();
    known = checked_.emplace(token, *std::move(claims)).first;
  }
  TokenClaims const& claims = known->second;
  if (claims.kind != kind || claims.expires <= now) return std::nullopt;
  return claims;
}

/// How a token is checked depends on its kind, so only one of the kind that it says is genuine.
std::optional<TokenClaims> Tokens::genuine_claims(std::string_view token, TokenKind kind) const {
  std::optional<std::string> const payload =
      kind == TokenKind::registration ? sealed_payload(token) : signed_payload(token);
  std::optional<TokenClaims> claims = payload ? read_payload(*payload) : std::nullopt;
  if (claims && claims->kind != kind) claims.reset();
  return claims;
}

std::optional<std::string> Tokens::sealed_payload(std::string_view token) const {
  if (token.size() <= kSealLetters) return std::nullopt;
  std::string_view const text = token.substr(0, token.size() - kSealLetters);
  std::optional<std::string> payload = base::base64url_decode(text);
  if (!payload || seal_of(text) != token.substr(text.size())) return std::nullopt;
  return payload;
}

std::optional<std::string> Tokens::signed_payload(std::string_view token) const {
  std::size_t const first = token.find('.');
  std::size_t const last = token.rfind('.');
  if (first == last || token.substr(last + 1) != signature_of(token.substr(0, last)))
    return std::nullopt;
  return base::base64url_decode(token.substr(first + 1, last - first - 1));
}

std::optional<ForeignJwt> read_jwt(std::string_view token) {
  std::size_t const first = token.find('.');
  std::size_t const last = token.rfind('.');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  std::optional<std::string> const header = base::base64url_decode(token.substr(0, first));
  std::optional<std::string> const payload =
      base::base64url_decode(token.substr(first + 1, last - first - 1));
  std::optional<std::string> signature = base::base64url_decode(token.substr(last + 1));
  if (!header || !payload || !signature || header->empty() || payload->empty()) return std::nullopt;
  Fields header_fields(*header);
  Fields claims(*payload);
  ForeignJwt jwt;
  jwt.algorithm = header_fields.text("alg").value_or("");
  if (!header_fields.problem().empty() || !claims.problem().empty()) return std::nullopt;
  jwt.signed_part = std::string(token.substr(0, last));
  jwt.signature = std::move(*signature);
  jwt.issuer = text_or_number(claims, "iss");
  jwt.subject = text_or_number(claims, "sub");
  jwt.issued_at = claims.integer("iat");
  jwt.expires = claims.integer("exp");
  return jwt;
}

}  // namespace scaleset::simulator
