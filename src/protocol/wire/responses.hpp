#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/wire/access.hpp"
#include "protocol/wire/config_url.hpp"
#include "protocol/wire/operations.hpp"
#include "scaleset/error.hpp"
#include "scaleset/http.hpp"
#include "scaleset/types.hpp"

/// One function per endpoint: the answer in, what it means out (protocol.md 5 to 8). An Error has
/// operation, status, request ids, the service's exception and retry_after filled in; its text is
/// one line of at most a few hundred characters without secrets.
///
/// The same in all of them: 400 is bad_request, 409 conflict, 401 is unauthorized (with a queue
/// token: message_queue_token_expired), 403 forbidden, 429 and a 403 with rate limit headers
/// rate_limited, 404 not_found, other 5xx server_error; the service's exceptions (protocol.md 7.3)
/// give the more exact codes whatever the status; a body that does not decode, or lacks what is
/// required, is malformed_response. So is one about something else than what was asked for: another
/// id, or a name that differs by more than upper and lower case. Callers delete and create by what
/// these functions return. `now` is needed for Retry-After dates; what they ask for is capped at
/// five minutes (W-13).
namespace scaleset::protocol {

using WallTime = std::chrono::system_clock::time_point;

// E1 to E3. At 401, 403 and 404 the text names the right that is probably missing (protocol.md 3.5,
// field problem D3).
[[nodiscard]] Result<IssuedToken> read_installation_token(HttpResponse const& response,
                                                          ConfigUrl const& url, WallTime now);
[[nodiscard]] Result<IssuedToken> read_registration_token(HttpResponse const& response,
                                                          ConfigUrl const& url, WallTime now);
[[nodiscard]] Result<AdminConnection> read_admin_connection(HttpResponse const& response,
                                                            ConfigUrl const& url, WallTime now);

/// E4. No value: there is none. An answer without a group is taken as one of `group`. Errors:
/// ambiguous_result.
[[nodiscard]] Result<std::optional<ScaleSet>> read_find_scale_set(HttpResponse const& response,
                                                                  RunnerGroupId group,
                                                                  std::string_view name,
                                                                  WallTime now);
/// E4 without a name.
[[nodiscard]] Result<std::vector<ScaleSet>> read_list_scale_sets(HttpResponse const& response,
                                                                 WallTime now);
/// E5 to E7. Errors: scale_set_not_found, scale_set_exists.
[[nodiscard]] Result<ScaleSet> read_get_scale_set(HttpResponse const& response, ScaleSetId id,
                                                  WallTime now);
[[nodiscard]] Result<ScaleSet> read_create_scale_set(HttpResponse const& response,
                                                     std::string_view name, WallTime now);
[[nodiscard]] Result<ScaleSet> read_update_scale_set(HttpResponse const& response, ScaleSetId id,
                                                     WallTime now);
/// E8. Errors: scale_set_not_found.
[[nodiscard]] Result<void> read_delete_scale_set(HttpResponse const& response, WallTime now);
/// E9. No value: there is none. Errors: ambiguous_result.
[[nodiscard]] Result<std::optional<RunnerGroup>> read_find_runner_group(
    HttpResponse const& response, std::string_view name, WallTime now);
/// E9 without a name.
[[nodiscard]] Result<std::vector<RunnerGroup>> read_list_runner_groups(HttpResponse const& response,
                                                                       WallTime now);

/// E10. Errors: session_conflict (the service's text names the owner), scale_set_not_found,
/// malformed_response ("degraded service") for a session without an id or a queue.
[[nodiscard]] Result<SessionInfo> read_create_session(HttpResponse const& response,
                                                      ScaleSetId scale_set, WallTime now);
/// E11. Fields may be empty: merge them. Errors: session_lost.
[[nodiscard]] Result<SessionInfo> read_refresh_session(HttpResponse const& response,
                                                       std::string_view session_id, WallTime now);
/// E12. A session that the service has already forgotten (404, or 400 with its exception for that)
/// counts as deleted.
[[nodiscard]] Result<void> read_delete_session(HttpResponse const& response, WallTime now);

/// E13. Errors: runner_exists, scale_set_not_found.
[[nodiscard]] Result<JitConfig> read_generate_jit_config(HttpResponse const& response,
                                                         ScaleSetId scale_set,
                                                         std::string_view runner_name,
                                                         WallTime now);
/// E14. The ids that were acquired, a part of `asked`. Errors: not_found where the service assigns
/// jobs itself (protocol.md 9).
[[nodiscard]] Result<std::vector<RequestId>> read_acquire_jobs(HttpResponse const& response,
                                                               std::vector<RequestId> const& asked,
                                                               WallTime now);
/// E15. Errors: runner_not_found.
[[nodiscard]] Result<Runner> read_get_runner(HttpResponse const& response, RunnerId id,
                                             WallTime now);
/// E15 by name. No value: there is none. Errors: ambiguous_result.
[[nodiscard]] Result<std::optional<Runner>> read_find_runner(HttpResponse const& response,
                                                             std::string_view name, WallTime now);
/// E15 without a name.
[[nodiscard]] Result<std::vector<Runner>> read_list_runners(HttpResponse const& response,
                                                            WallTime now);
/// E15. A runner that is gone counts as removed. Errors: job_still_running.
[[nodiscard]] Result<void> read_remove_runner(HttpResponse const& response, WallTime now);

/// E16. No value: no message arrived (202), or the service sent its known empty 200 (W-12). Errors:
/// message_queue_token_expired, session_lost.
[[nodiscard]] Result<std::optional<Message>> read_get_message(HttpResponse const& response,
                                                              WallTime now);
/// E17. Errors: message_queue_token_expired, session_lost, not_found.
[[nodiscard]] Result<void> read_delete_message(HttpResponse const& response, WallTime now);

/// E18. Empty after a 204.
[[nodiscard]] Result<std::vector<JobAvailable>> read_acquirable_jobs(HttpResponse const& response,
                                                                     WallTime now);

/// D.2. No value: the version is not known (404).
[[nodiscard]] Result<std::optional<RunnerDeprecation>> read_runner_deprecation(
    HttpResponse const& response, std::string_view version, WallTime now);

}  // namespace scaleset::protocol
