#pragma once

#include <string>

#include "base/jwt.hpp"
#include "simulator/model/entities.hpp"

namespace scaleset::simulator {

/// `encodedJITConfig` (protocol.md 11.1): base64 of {".runner", ".credentials",
/// ".credentials_rsaparams"}, each base64 of a JSON text. `base_url` has no slash at its end;
/// `config_url` is the tenant's.
[[nodiscard]] std::string make_jit_config(Runner const& runner, bool disable_update,
                                          std::string const& base_url,
                                          std::string const& config_url,
                                          base::RsaPrivateKey const& key);

}  // namespace scaleset::simulator
