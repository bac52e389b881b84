#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "scaleset/error.hpp"
#include "simulator/model/entities.hpp"

namespace scaleset::simulator {

/// The whole world as JSON, for the state file. Times are milliseconds since 1970.
[[nodiscard]] boost::json::object to_json(World const& world);

/// The way back. Polls do not survive, but what was polling when the state was written counts as
/// active at `now`: a service that was away for two minutes does not throw out everybody's session.
/// Errors: malformed_response, naming the place ("tenants/my-org: ..."), also when parts do not fit
/// together.
[[nodiscard]] Result<World> world_from_json(boost::json::value const& json, Timestamp now);

}  // namespace scaleset::simulator
