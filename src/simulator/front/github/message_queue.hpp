#pragma once

#include <boost/asio/awaitable.hpp>

#include "http/server.hpp"
#include "simulator/front/github/visits.hpp"

/// What a session's owner does with messages and jobs.
namespace scaleset::simulator {

/// E16, the long poll. When the caller goes away it ends early with an answer that nobody reads.
/// `live` and `credentials` outlive it.
boost::asio::awaitable<http::ServerResponse> get_message(Call call, LiveModel* live,
                                                         Credentials* credentials);
/// E17
[[nodiscard]] http::ServerResponse delete_message(Call const& call, LiveModel& live,
                                                  Credentials& credentials);
/// E14, with a queue token. The broker profile does not have this route.
[[nodiscard]] http::ServerResponse acquire_jobs(Call const& call, LiveModel& live,
                                                Credentials& credentials);
/// E18, with an admin token.
[[nodiscard]] http::ServerResponse acquirable_jobs(AdminVisit const& visit);

}  // namespace scaleset::simulator
