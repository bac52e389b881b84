#pragma once

#include <string>

#include "http/certificates.hpp"

/// For tests only.
namespace scaleset::http::testing {

using http::Authority;
using http::Identity;

/// A new private key, encrypted with a passphrase, PEM.
[[nodiscard]] std::string encrypted_key_pem();

}  // namespace scaleset::http::testing
