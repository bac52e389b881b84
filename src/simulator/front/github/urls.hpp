#pragma once

#include <string>

#include "simulator/front/parts/call.hpp"
#include "simulator/model/entities.hpp"
#include "simulator/model/options.hpp"

/// The URLs of the service as the caller sees them, without a slash at the end unless that is said.
namespace scaleset::simulator {

/// The Actions service's URL.
[[nodiscard]] std::string service_url(Profile profile, Call const& call, Tenant const& tenant);
/// Where runners call the service (`ServerUrl` and `ServerUrlV2` of their settings). Both end in a
/// slash, since runners resolve relative URLs against them.
[[nodiscard]] std::string runner_server_url(Call const& call, Tenant const& tenant);
[[nodiscard]] std::string broker_url(Call const& call);
/// Where jobs are acquired for a scale set (E14).
[[nodiscard]] std::string acquire_url(Profile profile, Call const& call, Tenant const& tenant,
                                      ScaleSetId set);
/// The message queue of a session (E16).
[[nodiscard]] std::string queue_url(Profile profile, Call const& call, Tenant const& tenant,
                                    std::string const& session);

}  // namespace scaleset::simulator
