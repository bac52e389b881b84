#include "simulator/front/parts/credentials.hpp"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/base64.hpp"
#include "base/random_text.hpp"
#include "simulator/model/world_random.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

/// The names that .NET gives to the numbers of an RSA key, beside OpenSSL's.
std::string key_file(base::RsaPrivateKey const& key) {
  constexpr std::array<std::array<char const*, 2>, 8> kNumbers{{{"d", "d"},
                                                                {"dp", "dp"},
                                                                {"dq", "dq"},
                                                                {"exponent", "e"},
                                                                {"inverseQ", "qi"},
                                                                {"modulus", "n"},
                                                                {"p", "p"},
                                                                {"q", "q"}}};
  json::object file;
  for (auto const& [name, number] : kNumbers) file[name] = base::base64_encode(key.number(number));
  return json::serialize(file);
}

}  // namespace

Credentials::Credentials(Secret token_key, base::RsaPrivateKey key_of_runners,
                         std::uint64_t nonce_seed)
    : tokens(std::move(token_key)),
      runner_key(std::move(key_of_runners)),
      runner_key_file_(key_file(runner_key)),
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
