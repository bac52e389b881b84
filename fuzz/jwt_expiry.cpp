// Fuzzes the claims of the admin token.
#include "fuzz.hpp"
#include "protocol/wire/app_jwt.hpp"

void fuzz_one(std::string_view input) {
  (void)scaleset::protocol::jwt_expiry(input);
  for (auto const& scope : scaleset::protocol::jwt_scopes(input))
    scaleset::fuzz::require(!scope.empty());
}
