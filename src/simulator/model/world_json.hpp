#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "scaleset/error.hpp"
#include "simulator/model/entities.hpp"
#include "simulator/model/options.hpp"

namespace scaleset::simulator {

/// The whole world as JSON, for the state file. Times are milliseconds since 1970.
[[nodiscard]] boost::json::object to_json(World const& world);

/// Reads what to_json() wrote. Polls do not survive, but whoever was polling when the state was
/// written counts as active at `now`: a service that was away for two minutes does not end all
/// sessions.
/// Errors: malformed_response, naming the place ("tenants/my-org: ..."); parts that contradict each
/// other are an error as well.
[[nodiscard]] Result<World> world_from_json(boost::json::value const& json, Timestamp now);

/// The same for a world and the operations that followed (operation_log.hpp), with the options that
/// they were carried out with. What follows the last end of line is left out: the writer ended
/// while it was writing it.
[[nodiscard]] Result<World> world_from_json(boost::json::value const& json,
                                            boost::json::value const& options,
                                            std::string_view operations, Timestamp now);
[[nodiscard]] boost::json::object to_json(ModelOptions const& options);

}  // namespace scaleset::simulator
