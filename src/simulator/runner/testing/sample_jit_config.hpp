#pragma once

#include <string>

#include "base/jwt.hpp"

namespace scaleset::simulator::pretend {

/// The key of all samples, made once.
[[nodiscard]] base::RsaPrivateKey const& sample_key();
[[nodiscard]] std::string sample_rsa_parameters();
/// As the service makes it (protocol.md 11.1), written down here independently of the simulator's
/// own code.
[[nodiscard]] std::string sample_jit_config(std::string const& base_url);

}  // namespace scaleset::simulator::pretend
