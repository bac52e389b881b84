#pragma once

#include <boost/asio/awaitable.hpp>

#include "simulator/front/service.hpp"

namespace scaleset::simulator {

/// E10 to E12 (admin token), E14 and E17 (queue token).
[[nodiscard]] http::ServerResponse answer_session_call(Service& service, Call const& call);

/// E16: the long poll. Ends early, with an answer nobody reads, when the caller goes away.
/// `service` outlives it.
boost::asio::awaitable<http::ServerResponse> answer_poll(Service* service, Call call);

}  // namespace scaleset::simulator
