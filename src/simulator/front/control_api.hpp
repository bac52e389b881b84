#pragma once

#include "simulator/front/service.hpp"

namespace scaleset::simulator {

/// What only a simulator has, off GitHub's namespace. No token is asked for. Errors: {"error":"what
/// was wrong"}.
///
///   POST /_sim/jobs       {"count":1, "labels":["set"], "tenant":"my-org", "repository":"r",
///   "displayName":"build",
///                          "durationMilliseconds":1500 or [least, most], "result":"succeeded",
///                          "script":"", "public":false, "group":"Big"}
///                         -> 201 {"jobIds":[...]}. Only labels must be given. Without a tenant it
///                         is the only one there is.
///   POST /_sim/jobs/{id}/cancel  -> 202; 404 for a job that is unknown or over
///   POST /_sim/faults     {"route":"generate_jit_config", "status":500, "headers":{}, "body":"",
///   "count":3 or "seconds":60,
///                          "drop":"before" or "after", "delayMilliseconds":0} -> 201 {"id":1}.
///                          Routes: Operation's names, or "*".
///                         A status is answered without carrying the call out, unless drop is
///                         "after". Delays are of the machine's time. Without count and seconds it
///                         stays until DELETE.
///   DELETE /_sim/faults   -> 204
///   POST /_sim/clock/advance {"seconds":90} (a number, may have a fraction) -> 200 {"now"}; 409
///   with the machine's clock GET /_sim/state       -> {"now", "profile", "tenants":[{"path",
///                             "scaleSets":[{"id","name","runnerGroupId","labels":[],"session":{"id","owner"}
///                             or null,
///                                           "advertisedCapacity","undeletedMessages","statistics":{as
///                                           on the wire}}],
///                             "runners":[{"id","name","scaleSetId","state":"provisioned|online|busy"}],
///                             "jobs":[{"jobId","displayName","state","result","runnerName","attempts",
///                                      "queueTime","assignTime","runnerTime","finishTime"}]}],
///                            "counters":{"messagesAcknowledged","messagesDelivered","jitConfigs","runnersOnline"
///                            (ever),
///                                        "sessionsCreated"}}
///                         States of jobs: queued, available, acquired, assigned, running,
///                         completed. Times are RFC 3339 or null. Jobs are in the order of
///                         queueing.
///   /_sim/apps, /_sim/world: see world_api.hpp
///   GET /_sim/transcript  -> JSON lines, see transcript.hpp
[[nodiscard]] http::ServerResponse answer_control_call(Service& service, Call const& call);

}  // namespace scaleset::simulator
