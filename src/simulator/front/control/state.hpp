#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

#include "http/server.hpp"
#include "simulator/front/parts/call.hpp"
#include "simulator/front/parts/live_model.hpp"

namespace scaleset::simulator {

/// GET /_sim/state -> 200
///   {"now", "profile", "tenants":[{"path",
///       "scaleSets":[{"id","name","runnerGroupId","labels":[],"session":{"id","owner"} or null,
///                     "advertisedCapacity","undeletedMessages","statistics":{as on the wire}}],
///       "runners":[{"id","name","scaleSetId","state":"provisioned|online|busy"}],
///       "jobs":[{"jobId","displayName","state","result","runnerName","attempts","queueTime",
///                "assignTime","runnerTime","finishTime"}]}],
///    "counters":{"messagesAcknowledged","messagesDelivered","jitConfigs","runnersOnline",
///                "sessionsCreated"}}
///   States of jobs are queued, available, acquired, assigned, running and completed. Times are RFC
///   3339 or null. Jobs are in the order in which they were queued. "runnersOnline" counts all that
///   ever came online.
[[nodiscard]] http::ServerResponse control_state(Call const& call, LiveModel& live);

/// One of the jobs as GET /_sim/state shows it, of whatever tenant. None: there is no such job.
[[nodiscard]] std::optional<boost::json::object> job_view(Model const& model,
                                                          std::string_view job_id);

}  // namespace scaleset::simulator
