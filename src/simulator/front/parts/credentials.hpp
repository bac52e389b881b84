#pragma once

#include <cstdint>
#include <string>

#include "base/jwt.hpp"
#include "simulator/front/parts/apps.hpp"
#include "simulator/front/parts/tokens.hpp"

namespace scaleset::simulator {

/// What callers identify themselves with: the tokens that the simulator issues, the GitHub Apps it
/// knows, and the key that its runners sign with.
class Credentials {
 public:
  /// The same seed gives the same sequence of passing_hex().
  Credentials(Secret token_key, base::RsaPrivateKey key_of_runners, std::uint64_t nonce_seed);

  Tokens tokens;
  Apps apps;
  base::RsaPrivateKey runner_key;  // every JIT configuration contains it
  /// The key as the file of a runner (protocol.md 11.1): a JSON text. It is made once, since taking
  /// a key apart takes longer than the rest of a JIT configuration.
  [[nodiscard]] std::string const& runner_key_file() const noexcept { return runner_key_file_; }

  /// A token with these claims and a nonce, which makes it different from all others.
  [[nodiscard]] std::string issue(TokenClaims claims, Timestamp now);
  /// Random hexadecimal digits for what is not kept: unlike the ids of the world, they do not
  /// change anything that would have to be saved.
  [[nodiscard]] std::string passing_hex(std::size_t digits);

 private:
  std::string runner_key_file_;
  std::uint64_t nonce_state_;
};

}  // namespace scaleset::simulator
