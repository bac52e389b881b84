#pragma once

#include "http/server.hpp"
#include "simulator/front/github/visits.hpp"
#include "simulator/front/parts/runner_releases.hpp"

/// What managers of runners ask the REST API besides (protocol.md D.2, D.4).
namespace scaleset::simulator {

/// GET .../actions/runner-groups[?per_page=&page=] of an organisation or an enterprise -> 200
/// {"total_count","runner_groups"}; 404 if the owner is not known
[[nodiscard]] http::ServerResponse rest_runner_groups(UserVisit const& visit);
/// POST .../actions/runners/remove-token -> 201 {"token","expires_at"}
[[nodiscard]] http::ServerResponse rest_remove_token(UserVisit const& visit,
                                                     Credentials& credentials);
/// GET .../actions/runners/downloads -> 200 [{"os","architecture","download_url","filename",
/// "sha256_checksum"}], of the newest release. The checksum is empty: the simulator does not know
/// it.
[[nodiscard]] http::ServerResponse rest_runner_downloads(UserVisit const& visit,
                                                         RunnerReleases& releases);
/// GET .../actions/runners/deprecations/{version} -> 200 {"runner_version",
/// "registration_deprecates_at","runtime_deprecates_at"}, where null means that it is not known
/// yet; 404 for a version that there is not
[[nodiscard]] http::ServerResponse rest_runner_deprecation(UserVisit const& visit,
                                                           RunnerReleases& releases);

}  // namespace scaleset::simulator
