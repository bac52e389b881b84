#pragma once

#include <map>
#include <string>
#include <string_view>

#include "backends/backend.hpp"
#include "backends/docker/codec.hpp"
#include "backends/docker/labels.hpp"
#include "backends/docker/settings.hpp"

namespace scaleset::backends::docker {

/// The entry of a container ends with this code if it was given no JIT configuration.
inline constexpr int kNothingDelivered = 97;
/// How long it waits for one.
inline constexpr int kDeliverySeconds = 60;

/// Whether an engine takes it as the name of a container.
[[nodiscard]] bool is_container_name(std::string_view text);

/// The name of the scale set's own network.
[[nodiscard]] std::string network_name(base::OwnerKey const& owner);

/// What is asked of the engine for a runner. The JIT configuration is not in it: everybody who may
/// ask the engine can read all of this. The container reads it as one line from its standard input.
/// `passed` are variables that are handed on from this process.
[[nodiscard]] ContainerSpec container_for(ContainerSettings const& settings, Template const& what,
                                          std::map<std::string, std::string> const& passed,
                                          Ownership const& ownership);

}  // namespace scaleset::backends::docker
