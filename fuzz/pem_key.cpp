// A private key file: a key that signs, or an error that does not repeat what was in the file.
#include "base/jwt.hpp"
#include "fuzz.hpp"

void fuzz_one(std::string_view input) {
  auto const key = scaleset::base::RsaPrivateKey::from_pem(scaleset::Secret(std::string(input)));
  scaleset::fuzz::require(key || scaleset::fuzz::is_one_line(key.error().message));
}
