// Fuzzes a private key file. The result is a key, or an error of one line.
#include "base/jwt.hpp"
#include "fuzz.hpp"

void fuzz_one(std::string_view input) {
  auto const key = scaleset::base::RsaPrivateKey::from_pem(scaleset::Secret(std::string(input)));
  scaleset::fuzz::require(key || scaleset::fuzz::is_one_line(key.error().message));
}
