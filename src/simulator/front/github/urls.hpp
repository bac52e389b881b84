#pragma once

#include <string>

#include "simulator/front/parts/call.hpp"
#include "simulator/model/entities.hpp"
#include "simulator/model/options.hpp"

/// The URLs of the service as the caller sees them, without a slash at the end.
namespace scaleset::simulator {

/// The Actions service's URL.
[[nodiscard]] std::string service_url(Profile profile, Call const& call, Tenant const& tenant);
/// Where jobs are acquired for a scale set (E14).
[[nodiscard]] std::string acquire_url(Profile profile, Call const& call, Tenant const& tenant,
                                      ScaleSetId set);
/// The message queue of a session (E16).
[[nodiscard]] std::string queue_url(Profile profile, Call const& call, Tenant const& tenant,
                                    std::string const& session);

}  // namespace scaleset::simulator
