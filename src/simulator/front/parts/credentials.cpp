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
  // So that two tokens of the same second differ, as the service's do: a refreshed session must
  // have a new token (protocol.md E11).
  claims.nonce = passing_hex(16);
  return tokens.issue(claims, now);
}

std::string Credentials::passing_hex(std::size_t digits) {
  // Not from the world's sequence: tokens and request ids are not saved, so they must not change
  // the ids that a restart repeats (ADR 26).
  WorldRandom random(nonce_state_);
  return base::random_hex(random, digits);
}

}  // namespace scaleset::simulator
