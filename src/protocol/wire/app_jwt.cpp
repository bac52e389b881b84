#include "protocol/wire/app_jwt.hpp"

#include "base/base64.hpp"
#include "base/json_text.hpp"
#include "base/jwt.hpp"
#include "protocol/wire/codec.hpp"

namespace scaleset::protocol {
namespace {

/// The decoded payload of a JWT.
Result<std::string> claims_of(std::string_view token) {
  auto const first = token.find('.');
  auto const second = first == std::string_view::npos ? first : token.find('.', first + 1);
  bool const three_parts =
      second != std::string_view::npos && token.find('.', second + 1) == std::string_view::npos;
  if (!three_parts) {
    return fail(ErrorCode::malformed_response, "the service's token is not a JWT of three parts");
  }
  auto const header = base::base64url_decode(token.substr(0, first));
  auto claims = base::base64url_decode(token.substr(first + 1, second - first - 1));
  if (!header || !claims) {
    return fail(ErrorCode::malformed_response, "the service's token is not base64url");
  }
  if (!is_jwt_header(*header)) {
    return fail(ErrorCode::malformed_response, "the service's token has no header with an alg");
  }
  return *std::move(claims);
}

}  // namespace

std::string app_jwt_to_sign(std::string_view client_id, std::chrono::system_clock::time_point now) {
  constexpr std::chrono::seconds clock_slack{60};
  // 480 s from now on; GitHub refuses more than 600 s.
  constexpr std::chrono::seconds life{540};
  auto const issued = std::chrono::floor<std::chrono::seconds>(now - clock_slack);
  auto const issued_at = issued.time_since_epoch().count();
  std::string const claims = "{\"iss\":" + base::json_quote(client_id) +
                             ",\"exp\":" + std::to_string(issued_at + life.count()) +
                             ",\"iat\":" + std::to_string(issued_at) + "}";
  return base::jwt_to_sign(claims);
}

Secret signed_app_jwt(std::string_view to_sign, std::string_view signature) {
  return Secret(std::string(to_sign) + "." + base::base64url_encode(signature));
}

Result<Timestamp> jwt_expiry(std::string_view token) {
  auto const claims = claims_of(token);
  if (!claims) return std::unexpected(claims.error());
  auto const seconds = decode_expiry(*claims);
  if (!seconds) return std::unexpected(seconds.error());
  return Timestamp(std::chrono::seconds(*seconds));
}

std::vector<std::string> jwt_scopes(std::string_view token) {
  auto const claims = claims_of(token);
  return claims ? decode_scopes(*claims) : std::vector<std::string>();
}

}  // namespace scaleset::protocol
