#pragma once

#include "simulator/front/service.hpp"

namespace scaleset::simulator {

/// The control routes for what the simulator knows beforehand. Errors: {"error":"what was wrong"}.
///
///   POST /_sim/apps   {"clientId":"Iv1.abc","publicKeyPem":"-----BEGIN PUBLIC KEY-----...",
///                      "installations":[42]} -> 201: from now on only registered Apps are let in
///                     (apps.hpp). A private key will do, too; without installations all are its
///                     own. Not kept in the state file.
///   GET  /_sim/world  -> 200, everything there is, in the state file's form
///   PUT  /_sim/world  what GET gave, from this or another simulator -> 204. Tokens that it knew
///                     stay good only where they came from: the keys are no part of it. A virtual
///                     clock moves on to the world's time if that is later.
[[nodiscard]] http::ServerResponse answer_world_call(Service& service, Call const& call);

}  // namespace scaleset::simulator
