#pragma once

#include <boost/json/object.hpp>

#include "simulator/model/model.hpp"

namespace scaleset::simulator {

/// The answer of GET /_sim/state; its form is described in control_api.hpp.
[[nodiscard]] boost::json::object state_view(Model const& model, Timestamp now);

}  // namespace scaleset::simulator
