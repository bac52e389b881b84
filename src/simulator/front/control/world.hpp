#pragma once

#include "http/server.hpp"
#include "simulator/front/parts/call.hpp"
#include "simulator/front/parts/credentials.hpp"
#include "simulator/front/parts/live_model.hpp"
#include "simulator/front/parts/runner_releases.hpp"

/// What the simulator knows from the start.
namespace scaleset::simulator {

/// POST /_sim/apps {"clientId":"Iv1.abc","publicKeyPem":"-----BEGIN PUBLIC KEY-----...",
///     "installations":[42]} -> 201. From now on only registered Apps are let in (parts/apps.hpp).
///   A private key will do as well. Without installations, every installation id counts as the
///   App's. Apps are not kept in the state file.
[[nodiscard]] http::ServerResponse control_add_app(Call const& call, Credentials& credentials);
/// GET /_sim/runner-releases -> 200 {"minimum","releases":[{"version","registrationEndsAt",
///   "runtimeEndsAt"}]}: which versions of the runner program there are, and below which one a
///   runner is refused (parts/runner_releases.hpp). They are not kept in the state file.
[[nodiscard]] http::ServerResponse control_show_runner_releases(Call const& call,
                                                                RunnerReleases& releases);
/// PUT /_sim/runner-releases with the same, of which anything may be left out -> 200, as GET
[[nodiscard]] http::ServerResponse control_change_runner_releases(Call const& call,
                                                                  RunnerReleases& releases);
/// GET /_sim/world -> 200, everything there is, in the state file's form
[[nodiscard]] http::ServerResponse control_show_world(Call const& call, LiveModel& live);
/// PUT /_sim/world, with what GET gave, from this simulator or another -> 204. The keys are not
/// part
///   of it, so tokens are only good at the simulator that issued them. A virtual clock moves on to
///   the world's time if that is later.
[[nodiscard]] http::ServerResponse control_replace_world(Call const& call, LiveModel& live);

}  // namespace scaleset::simulator
