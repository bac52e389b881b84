#include "simulator/front/parts/apps.hpp"

#include <algorithm>

#include "simulator/front/parts/tokens.hpp"

namespace scaleset::simulator {
namespace {

// GitHub's maximum (protocol.md 3.2). The tolerance is for clocks that differ a little.
constexpr std::int64_t kLongestJwt = 600;  // seconds
constexpr std::int64_t kTolerance = 60;    // seconds

// GitHub's words (protocol.md E1).
constexpr std::string_view kNotDecodable = "A JSON web token could not be decoded";
constexpr std::string_view kBadIssuedAt =
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was "
    "issued";
constexpr std::string_view kBadExpiry =
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which "
    "the assertion expires";
constexpr std::string_view kTooFar = "'Expiration time' claim ('exp') is too far in the future";

std::string_view time_problem(ForeignJwt const& jwt, Timestamp now) {
  std::int64_t const seconds =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (!jwt.issued_at || *jwt.issued_at > seconds + kTolerance) return kBadIssuedAt;
  if (!jwt.expires || *jwt.expires <= seconds - kTolerance) return kBadExpiry;
  if (*jwt.expires > seconds + kLongestJwt + kTolerance) return kTooFar;
  return {};
}

}  // namespace

void Apps::add(App app) {
  auto const same = std::ranges::find(apps_, app.client_id, &App::client_id);
  if (same != apps_.end()) {
    *same = std::move(app);
  } else {
    apps_.push_back(std::move(app));
  }
}

App const* Apps::find(std::string_view client_id) const {
  auto const found = std::ranges::find(apps_, client_id, &App::client_id);
  return found == apps_.end() ? nullptr : &*found;
}

std::string Apps::jwt_problem(std::string_view token, Timestamp now) const {
  std::optional<ForeignJwt> const jwt = read_jwt(token);
  if (!jwt || jwt->algorithm != "RS256" || jwt->issuer.empty() || jwt->signature.empty())
    return std::string(kNotDecodable);
  // Without any App registered, every well-formed JWT is accepted, so that a client can be tried
  // without telling the simulator its public key.
  if (!apps_.empty()) {
    App const* const app = find(jwt->issuer);
    if (app == nullptr || !app->key.verifies(jwt->signed_part, jwt->signature))
      return std::string(kNotDecodable);
  }
  return std::string(time_problem(*jwt, now));
}

bool Apps::may_use(std::string_view token, std::int64_t installation) const {
  if (installation <= 0) return false;
  // An App that is not known, or was registered without installations, may use any.
  std::optional<ForeignJwt> const jwt = read_jwt(token);
  App const* const app = jwt ? find(jwt->issuer) : nullptr;
  return app == nullptr || app->installations.empty() ||
         std::ranges::find(app->installations, installation) != app->installations.end();
}

}  // namespace scaleset::simulator
