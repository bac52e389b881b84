#pragma once

#include <boost/asio/awaitable.hpp>

#include "http/server.hpp"
#include "simulator/front/front.hpp"

namespace scaleset::simulator {

/// Answers any request: finds the route, applies what is set to go wrong, lets the route's handler
/// answer, saves, adds the headers that every answer of the service has, and writes the transcript.
/// The front outlives the coroutine.
boost::asio::awaitable<http::ServerResponse> dispatch(Front* front, http::ServerRequest request);

}  // namespace scaleset::simulator
