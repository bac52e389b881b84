#pragma once

#include <boost/asio/awaitable.hpp>

#include "simulator/front/service.hpp"

namespace scaleset::simulator {

/// Answers any request: finds the route, applies faults, lets the right API answer, saves, adds the
/// headers that every answer of the service has, and writes the transcript. `service` outlives it.
boost::asio::awaitable<http::ServerResponse> dispatch(Service* service,
                                                      http::ServerRequest request);

}  // namespace scaleset::simulator
