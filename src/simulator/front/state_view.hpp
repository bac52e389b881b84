#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

#include "simulator/model/model.hpp"

namespace scaleset::simulator {

/// The answer of GET /_sim/state; its form is described in control_api.hpp.
[[nodiscard]] boost::json::object state_view(Model const& model, Timestamp now);
/// One of its jobs, of whatever tenant; none: there is no such job.
[[nodiscard]] std::optional<boost::json::object> job_view(Model const& model,
                                                          std::string_view job_id);

}  // namespace scaleset::simulator
