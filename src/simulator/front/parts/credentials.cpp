#include "simulator/front/parts/credentials.hpp"

#include <utility>

#include "base/random_text.hpp"
#include "simulator/model/world_random.hpp"

namespace scaleset::simulator {

Credentials::Credentials(base::RsaPrivateKey token_key, base::RsaPrivateKey key_of_runners,
                         std::uint64_t nonce_seed)
    : tokens(std::move(token_key)),
      runner_key(std::move(key_of_runners)),
      nonce_state_(nonce_seed) {}

std::string Credentials::issue(TokenClaims claims, Timestamp now) {
  claims.nonce = passing_hex(16);
  return tokens.issue(claims, now);
}

std::string Credentials::passing_hex(std::size_t digits) {
  WorldRandom random(nonce_state_);
  return base::random_hex(random, digits);
}

}  // namespace scaleset::simulator
