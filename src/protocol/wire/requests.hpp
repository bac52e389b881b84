#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/wire/access.hpp"
#include "protocol/wire/config_url.hpp"
#include "scaleset/error.hpp"
#include "scaleset/http.hpp"
#include "scaleset/types.hpp"

/// One function per endpoint: values in, the request out, byte for byte what the reference sends
/// (protocol.md 4.1, A.1 to A.4) except that names are percent-encoded (W-2).
/// `HttpRequest::traffic` is set; the caller sets `timeout`.
///
/// Errors, all of them before anything is sent: invalid_argument (an id that is not above 0, a name
/// with control characters, a negative capacity, a change that makes no sense), malformed_response
/// (the service gave a text as URL that is not one).
namespace scaleset::protocol {

// REST API: E1 to E3 and D.2.
[[nodiscard]] HttpRequest installation_token_request(ConfigUrl const& url,
                                                     std::int64_t installation_id,
                                                     Secret const& app_jwt,
                                                     std::string_view user_agent);
[[nodiscard]] HttpRequest registration_token_request(ConfigUrl const& url, Secret const& token,
                                                     std::string_view user_agent);
[[nodiscard]] HttpRequest admin_connection_request(ConfigUrl const& url,
                                                   Secret const& registration_token,
                                                   std::string_view user_agent);

/// D.2, with the token that E2 is called with. Errors: invalid_argument (no version).
[[nodiscard]] Result<HttpRequest> runner_deprecation_request(ConfigUrl const& url,
                                                             Secret const& token,
                                                             std::string_view version,
                                                             std::string_view user_agent);

// Actions service: E4 to E13, E15 and E18, with the admin token.
[[nodiscard]] Result<HttpRequest> find_scale_set_request(AdminConnection const& admin,
                                                         RunnerGroupId group, std::string_view name,
                                                         std::string_view user_agent);
/// E4 without a name. Without a group: all of the tenant.
[[nodiscard]] Result<HttpRequest> list_scale_sets_request(AdminConnection const& admin,
                                                          std::optional<RunnerGroupId> group,
                                                          std::string_view user_agent);
[[nodiscard]] Result<HttpRequest> get_scale_set_request(AdminConnection const& admin, ScaleSetId id,
                                                        std::string_view user_agent);
/// A scale set without labels gets one: its name. Errors: invalid_argument (neither name nor
/// label).
[[nodiscard]] Result<HttpRequest> create_scale_set_request(AdminConnection const& admin,
                                                           ScaleSet const& scale_set,
                                                           std::string_view user_agent);
/// E7. What has no value is not in the body, so that the service leaves it alone (W-26). Errors:
/// invalid_argument (an empty name, no labels, a group below 1: the reference silently leaves them
/// out).
[[nodiscard]] Result<HttpRequest> update_scale_set_request(AdminConnection const& admin,
                                                           ScaleSetId id,
                                                           ScaleSetUpdate const& update,
                                                           std::string_view user_agent);
[[nodiscard]] Result<HttpRequest> delete_scale_set_request(AdminConnection const& admin,
                                                           ScaleSetId id,
                                                           std::string_view user_agent);
[[nodiscard]] Result<HttpRequest> find_runner_group_request(AdminConnection const& admin,
                                                            std::string_view name,
                                                            std::string_view user_agent);
[[nodiscard]] Result<HttpRequest> list_runner_groups_request(AdminConnection const& admin,
                                                             std::string_view user_agent);
[[nodiscard]] Result<HttpRequest> create_session_request(AdminConnection const& admin,
                                                         ScaleSetId id, std::string_view owner,
                                                         std::string_view user_agent);
[[nodiscard]] Result<HttpRequest> refresh_session_request(AdminConnection const& admin,
                                                          ScaleSetId id,
                                                          std::string_view session_id,
                                                          std::string_view user_agent);
[[nodiscard]] Result<HttpRequest> delete_session_request(AdminConnection const& admin,
                                                         ScaleSetId id, std::string_view session_id,
                                                         std::string_view user_agent);
[[nodiscard]] Result<HttpRequest> generate_jit_config_request(AdminConnection const& admin,
                                                              ScaleSetId id,
                                                              std::string_view runner_name,
                                                              std::string_view work_folder,
                                                              std::string_view user_agent);
[[nodiscard]] Result<HttpRequest> get_runner_request(AdminConnection const& admin, RunnerId id,
                                                     std::string_view user_agent);
[[nodiscard]] Result<HttpRequest> find_runner_request(AdminConnection const& admin,
                                                      std::string_view name,
                                                      std::string_view user_agent);
[[nodiscard]] Result<HttpRequest> list_runners_request(AdminConnection const& admin,
                                                       std::string_view user_agent);
[[nodiscard]] Result<HttpRequest> remove_runner_request(AdminConnection const& admin, RunnerId id,
                                                        std::string_view user_agent);

[[nodiscard]] Result<HttpRequest> acquirable_jobs_request(AdminConnection const& admin,
                                                          ScaleSetId id,
                                                          std::string_view user_agent);

/// E14: the URL is the Actions service's, the token the queue's.
[[nodiscard]] Result<HttpRequest> acquire_jobs_request(AdminConnection const& admin,
                                                       QueueAccess const& queue, ScaleSetId id,
                                                       std::vector<RequestId> const& ids,
                                                       std::string_view user_agent);

// Message queue: E16 and E17, with the queue token.
[[nodiscard]] Result<HttpRequest> get_message_request(QueueAccess const& queue, MessageId last,
                                                      int max_capacity,
                                                      std::string_view user_agent);
[[nodiscard]] Result<HttpRequest> delete_message_request(QueueAccess const& queue, MessageId id,
                                                         std::string_view user_agent);

}  // namespace scaleset::protocol
