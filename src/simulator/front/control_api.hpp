#pragma once

#include "simulator/front/service.hpp"

namespace scaleset::simulator {

/// What only a simulator has, off GitHub's namespace. No token is asked for. Errors: {"error":"what
/// was wrong"}. docs/simulator/openapi.json has all of it with examples; in short:
///
///   POST /_sim/jobs  {"count":1, "labels":["set"], "tenant":"my-org", "repository":"r",
///                     "displayName":"build", "durationMilliseconds":1500 or [least, most],
///                     "result":"succeeded", "script":"", "public":false, "group":"Big"}
///       -> 201 {"jobIds":[...]}. Only labels must be given. Without a tenant it is the only one.
///   GET, DELETE /_sim/jobs/{id}; POST /_sim/jobs/{id}/cancel is the same as DELETE -> 202
///   DELETE /_sim/sessions/{id} -> 204: a live session is evicted
///
///   POST /_sim/faults  {"route":"generate_jit_config", then either "kind":"bom" (fault_kinds.hpp)
///                       or "status":500, "headers":{}, "body":"", "drop":"before" or "after",
///                       "delayMilliseconds":0; "count":3, "probability":0.5, "from", "until" or
///                       "seconds":60 of the simulator's clock} -> 201 {"id":1}
///       Routes: Operation's names, "rest", or "*". A status is answered without carrying the call
///       out, unless drop is "after". Delays are of the machine's time. Without count and end it
///       stays until DELETE.
///   GET /_sim/faults -> {"faults":[...], "kinds":[...]}; DELETE /_sim/faults, /_sim/faults/{id}
///   POST, GET, DELETE /_sim/latency     see latency.hpp
///   POST, GET, DELETE /_sim/rate-limit  see rate_limit.hpp
///   /_sim/apps, /_sim/world               see world_api.hpp
///
///   GET /_sim/clock; POST /_sim/clock/advance {"seconds":90} (a number, may have a fraction)
///       -> 200 {"now"}; 409 with the machine's clock
///   GET /_sim/state  -> {"now", "profile", "tenants":[{"path",
///       "scaleSets":[{"id","name","runnerGroupId","labels":[],"session":{"id","owner"} or null,
///                     "advertisedCapacity","undeletedMessages","statistics":{as on the wire}}],
///       "runners":[{"id","name","scaleSetId","state":"provisioned|online|busy"}],
///       "jobs":[{"jobId","displayName","state","result","runnerName","attempts","queueTime",
///                "assignTime","runnerTime","finishTime"}]}],
///       "counters":{"messagesAcknowledged","messagesDelivered","jitConfigs","runnersOnline"
///                   (ever),"sessionsCreated"}}
///       States of jobs: queued, available, acquired, assigned, running, completed. Times are RFC
///       3339 or null. Jobs are in the order of queueing.
///   GET /_sim/transcript?operation=&since=number or time&secrets=show  -> JSON lines, see
///       transcript.hpp; DELETE forgets them
[[nodiscard]] http::ServerResponse answer_control_call(Service& service, Call const& call);

}  // namespace scaleset::simulator
