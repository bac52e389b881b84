#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "simulator/model/model.hpp"

/// The entities as they are on the wire (protocol.md 5, 6). Members are in the order in which the
/// service was seen to write them.
namespace scaleset::simulator {

[[nodiscard]] boost::json::object statistics_json(Statistics const& statistics);
/// RunnerScaleSet without statistics, as in a session. `service_url` has no slash at its end.
[[nodiscard]] boost::json::object scale_set_json(Tenant const& tenant, ScaleSet const& set,
                                                 std::string const& service_url);
[[nodiscard]] boost::json::object runner_json(ScaleSet const* set, Runner const& runner);
/// A runner as the REST API shows it (E19).
[[nodiscard]] boost::json::object rest_runner_json(ScaleSet const* set, Runner const& runner);
[[nodiscard]] boost::json::object group_json(Tenant const& tenant, Group const& group);
/// The envelope of a poll: `body` is a string that holds the JSON list of the entries.
[[nodiscard]] boost::json::object message_json(Delivery const& delivery, Profile profile,
                                               std::string const& acquire_url);
/// An element of acquirablejobs (E18).
[[nodiscard]] boost::json::object acquirable_json(JobFacts const& job,
                                                  std::string const& acquire_url);
/// {"count":n,"value":[...]}
[[nodiscard]] boost::json::object counted(boost::json::array values);

}  // namespace scaleset::simulator
