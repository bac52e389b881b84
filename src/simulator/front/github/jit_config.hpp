#pragma once

#include <string>
#include <string_view>

#include "simulator/front/parts/call.hpp"
#include "simulator/model/entities.hpp"

namespace scaleset::simulator {

/// `encodedJITConfig` (protocol.md 11.1, D.3): base64 of {".runner", ".credentials",
/// ".credentials_rsaparams"}, each base64 of a JSON text. Its URLs are those by which the caller
/// addresses the simulator. `key_file`: Credentials::runner_key_file().
[[nodiscard]] std::string make_jit_config(Call const& call, Tenant const& tenant,
                                          Runner const& runner, bool disable_update,
                                          std::string_view key_file);

}  // namespace scaleset::simulator
