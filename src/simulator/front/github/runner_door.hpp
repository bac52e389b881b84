#pragma once

#include "http/server.hpp"
#include "simulator/front/github/visits.hpp"

/// What a runner calls at the `ServerUrl` of its settings before it goes on at the broker
/// (protocol.md D.3, items 3 and 11): of the older flow (V1) only the door is there. Runners get
/// settings with `UseV2Flow` on both profiles.
namespace scaleset::simulator {

/// GET {ServerUrl}_apis/connectionData -> 200, where the services are. Anybody may ask: it contains
/// nothing that the caller does not know.
[[nodiscard]] http::ServerResponse connection_data(Call const& call, LiveModel& live);
/// POST {ServerUrl}_apis/distributedtask/pools/{pool}/sessions -> 200
///   {"sessionId","ownerName","BrokerMigrationMessage":{"brokerBaseUrl"}}, which sends the runner
///   to the broker. This session means nothing there.
[[nodiscard]] http::ServerResponse runner_v1_create_session(BrokerVisit const& visit);
/// DELETE {ServerUrl}_apis/distributedtask/pools/{pool}/sessions/{id} -> 204
[[nodiscard]] http::ServerResponse runner_v1_delete_session(BrokerVisit const& visit);

}  // namespace scaleset::simulator
