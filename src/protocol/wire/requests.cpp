#include "protocol/wire/requests.hpp"

#include "base/url.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/name_problem.hpp"
#include "protocol/wire/operations.hpp"
#include "protocol/wire/url_join.hpp"

namespace scaleset::protocol {
namespace {

constexpr std::string_view kScaleSets = "_apis/runtime/runnerscalesets";
constexpr std::string_view kRunnerGroups = "_apis/runtime/runnergroups/";
constexpr std::string_view kAgents = "_apis/distributedtask/pools/0/agents";

/// What a request to the Actions service is made of.
struct Call {
  HttpMethod method = HttpMethod::get;
  std::string path;
  base::QueryParameters query;
  std::string body;
};

HttpRequest make_request(HttpMethod method, std::string url, std::string_view user_agent,
                         std::string authorization) {
  HttpRequest request;
  request.method = method;
  request.url = std::move(url);
  request.headers.emplace_back("User-Agent", user_agent);
  request.headers.emplace_back("Authorization", std::move(authorization));
  return request;
}

std::string bearer(Secret const& token) { return "Bearer " + token.reveal(); }

Result<HttpRequest> make_service_request(AdminConnection const& admin, Secret const& token,
                                         Call call, std::string_view user_agent) {
  auto url = join_service_url(admin.url, call.path, call.query);
  if (!url) return std::unexpected(url.error());
  auto request = make_request(call.method, *std::move(url), user_agent, bearer(token));
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(call.body);
  return request;
}

Result<HttpRequest> make_admin_request(AdminConnection const& admin, Call call,
                                       std::string_view user_agent) {
  return make_service_request(admin, admin.token, std::move(call), user_agent);
}

std::string scale_set_path(ScaleSetId id, std::string_view tail = {}) {
  return std::string(kScaleSets) + "/" + std::to_string(id.value) + std::string(tail);
}

std::string session_path(ScaleSetId id, std::string_view session_id) {
  return scale_set_path(id, "/sessions/") + base::encode_path_segment(session_id);
}

Result<void> check_name(std::string_view what, std::string_view name) {
  if (!has_control_characters(name)) return {};
  return fail(ErrorCode::invalid_argument,
              std::string(what) + " contains control characters, such as a line feed");
}

/// For look-ups: the service takes an empty name for none, and lists everything. The first of these
/// would then pass for what was looked for.
Result<void> check_wanted_name(std::string_view what, std::string_view name) {
  if (!name.empty()) return check_name(what, name);
  return fail(ErrorCode::invalid_argument, std::string(what) + " is empty");
}

/// An id of 0 or below is one that was never given: a request with it would be about something
/// else, or about nothing.
Result<void> check_id(std::string_view what, std::int64_t id) {
  if (id > 0) return {};
  return fail(ErrorCode::invalid_argument, "there is no " + std::string(what) + " " +
                                               std::to_string(id) +
                                               ": ids are above 0; nothing was sent");
}

Result<void> check_session(ScaleSetId scale_set, std::string_view session_id) {
  if (auto valid = check_id("scale set", scale_set.value); !valid) return valid;
  if (!session_id.empty()) return {};
  return fail(ErrorCode::invalid_argument, "the session's id is missing; nothing was sent");
}

Result<void> check_labels(std::vector<Label> const& labels) {
  for (auto const& label : labels) {
    if (auto checked = check_name("a label", label.name); !checked) return checked;
  }
  return {};
}

Result<void> check_scale_set(ScaleSet const& scale_set) {
  if (scale_set.name.empty() && scale_set.labels.empty()) {
    return fail(ErrorCode::invalid_argument,
                "a scale set needs a name or at least one label to be created");
  }
  if (auto checked = check_name("the scale set's name", scale_set.name); !checked) return checked;
  return check_labels(scale_set.labels);
}

Result<void> check_update(ScaleSetUpdate const& update) {
  if (update.name && update.name->empty()) {
    return fail(ErrorCode::invalid_argument,
                "a scale set's name cannot become empty; leave it out to keep it");
  }
  if (update.labels && update.labels->empty()) {
    return fail(ErrorCode::invalid_argument,
                "a scale set cannot be without labels; leave them out to keep them");
  }
  if (update.group && update.group->value <= 0) {
    return fail(ErrorCode::invalid_argument, "there is no runner group " +
                                                 std::to_string(update.group->value) +
                                                 "; leave it out to keep the group");
  }
  if (auto checked = check_name("the scale set's name", update.name.value_or("")); !checked) {
    return checked;
  }
  return check_labels(update.labels.value_or(std::vector<Label>()));
}

}  // namespace

HttpRequest installation_token_request(ConfigUrl const& url, std::int64_t installation_id,
                                       Secret const& app_jwt, std::string_view user_agent) {
  auto request = make_request(
      HttpMethod::post,
      url.api_base + "/app/installations/" + std::to_string(installation_id) + "/access_tokens",
      user_agent, bearer(app_jwt));
  request.headers.emplace_back("Content-Type", "application/vnd.github+json");
  return request;
}

HttpRequest registration_token_request(ConfigUrl const& url, Secret const& token,
                                       std::string_view user_agent) {
  auto request = make_request(HttpMethod::post, url.api_base + registration_path(url), user_agent,
                              bearer(token));
  request.headers.emplace_back("Content-Type", "application/vnd.github.v3+json");
  return request;
}

HttpRequest admin_connection_request(ConfigUrl const& url, Secret const& registration_token,
                                     std::string_view user_agent) {
  auto request = make_request(HttpMethod::post, url.api_base + "/actions/runner-registration",
                              user_agent, "RemoteAuth " + registration_token.reveal());
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = encode_registration(url.text);
  return request;
}

Result<HttpRequest> runner_deprecation_request(ConfigUrl const& url, Secret const& token,
                                               std::string_view version,
                                               std::string_view user_agent) {
  if (version.empty())
    return fail(ErrorCode::invalid_argument,
                "the runner's version is missing; give one such as 2.336.0");
  if (auto valid = check_name("the runner's version", version); !valid)
    return std::unexpected(valid.error());
  auto request = make_request(
      HttpMethod::get,
      url.api_base + runners_path(url) + "/deprecations/" + base::encode_path_segment(version),
      user_agent, bearer(token));
  request.headers.emplace_back("Accept", "application/vnd.github+json");
  return request;
}

Result<HttpRequest> find_scale_set_request(AdminConnection const& admin, RunnerGroupId group,
                                           std::string_view name, std::string_view user_agent) {
  if (auto valid = check_id("runner group", group.value); !valid)
    return std::unexpected(valid.error());
  auto const checked = check_wanted_name("the scale set's name", name);
  if (!checked) return std::unexpected(checked.error());
  Call call;
  call.path = kScaleSets;
  call.query.emplace_back("runnerGroupId", std::to_string(group.value));
  call.query.emplace_back("name", name);
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> list_scale_sets_request(AdminConnection const& admin,
                                            std::optional<RunnerGroupId> group,
                                            std::string_view user_agent) {
  if (auto valid = check_id("runner group", group.value_or(kDefaultRunnerGroup).value); !valid)
    return std::unexpected(valid.error());
  Call call;
  call.path = kScaleSets;
  if (group) call.query.emplace_back("runnerGroupId", std::to_string(group->value));
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> get_scale_set_request(AdminConnection const& admin, ScaleSetId id,
                                          std::string_view user_agent) {
  if (auto valid = check_id("scale set", id.value); !valid) return std::unexpected(valid.error());
  Call call;
  call.path = scale_set_path(id);
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> create_scale_set_request(AdminConnection const& admin,
                                             ScaleSet const& scale_set,
                                             std::string_view user_agent) {
  auto const checked = check_scale_set(scale_set);
  if (!checked) return std::unexpected(checked.error());
  Call call;
  call.method = HttpMethod::post;
  call.path = kScaleSets;
  call.body = encode_scale_set(scale_set);
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> update_scale_set_request(AdminConnection const& admin, ScaleSetId id,
                                             ScaleSetUpdate const& update,
                                             std::string_view user_agent) {
  if (auto valid = check_id("scale set", id.value); !valid) return std::unexpected(valid.error());
  auto const checked = check_update(update);
  if (!checked) return std::unexpected(checked.error());
  Call call;
  call.method = HttpMethod::patch;
  call.path = scale_set_path(id);
  call.body = encode_scale_set_update(update);
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> delete_scale_set_request(AdminConnection const& admin, ScaleSetId id,
                                             std::string_view user_agent) {
  if (auto valid = check_id("scale set", id.value); !valid) return std::unexpected(valid.error());
  Call call;
  call.method = HttpMethod::del;
  call.path = scale_set_path(id);
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> find_runner_group_request(AdminConnection const& admin, std::string_view name,
                                              std::string_view user_agent) {
  auto const checked = check_wanted_name("the runner group's name", name);
  if (!checked) return std::unexpected(checked.error());
  Call call;
  call.path = kRunnerGroups;
  call.query.emplace_back("groupName", name);
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> list_runner_groups_request(AdminConnection const& admin,
                                               std::string_view user_agent) {
  Call call;
  call.path = kRunnerGroups;
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> create_session_request(AdminConnection const& admin, ScaleSetId id,
                                           std::string_view owner, std::string_view user_agent) {
  if (auto valid = check_id("scale set", id.value); !valid) return std::unexpected(valid.error());
  auto const checked = check_name("the session's owner", owner);
  if (!checked) return std::unexpected(checked.error());
  Call call;
  call.method = HttpMethod::post;
  call.path = scale_set_path(id, "/sessions");
  call.body = encode_session(owner);
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> refresh_session_request(AdminConnection const& admin, ScaleSetId id,
                                            std::string_view session_id,
                                            std::string_view user_agent) {
  if (auto valid = check_session(id, session_id); !valid) return std::unexpected(valid.error());
  Call call;
  call.method = HttpMethod::patch;
  call.path = session_path(id, session_id);
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> delete_session_request(AdminConnection const& admin, ScaleSetId id,
                                           std::string_view session_id,
                                           std::string_view user_agent) {
  if (auto valid = check_session(id, session_id); !valid) return std::unexpected(valid.error());
  Call call;
  call.method = HttpMethod::del;
  call.path = session_path(id, session_id);
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> generate_jit_config_request(AdminConnection const& admin, ScaleSetId id,
                                                std::string_view runner_name,
                                                std::string_view work_folder,
                                                std::string_view user_agent) {
  if (auto valid = check_id("scale set", id.value); !valid) return std::unexpected(valid.error());
  auto const checked = check_name("the runner's name", runner_name);
  if (!checked) return std::unexpected(checked.error());
  Call call;
  call.method = HttpMethod::post;
  call.path = scale_set_path(id, "/generatejitconfig");
  call.body = encode_jit_config(runner_name, work_folder);
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> get_runner_request(AdminConnection const& admin, RunnerId id,
                                       std::string_view user_agent) {
  if (auto valid = check_id("runner", id.value); !valid) return std::unexpected(valid.error());
  Call call;
  call.path = std::string(kAgents) + "/" + std::to_string(id.value);
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> find_runner_request(AdminConnection const& admin, std::string_view name,
                                        std::string_view user_agent) {
  auto const checked = check_wanted_name("the runner's name", name);
  if (!checked) return std::unexpected(checked.error());
  Call call;
  call.path = kAgents;
  call.query.emplace_back("agentName", name);
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> list_runners_request(AdminConnection const& admin,
                                         std::string_view user_agent) {
  Call call;
  call.path = kAgents;
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> remove_runner_request(AdminConnection const& admin, RunnerId id,
                                          std::string_view user_agent) {
  if (auto valid = check_id("runner", id.value); !valid) return std::unexpected(valid.error());
  Call call;
  call.method = HttpMethod::del;
  call.path = std::string(kAgents) + "/" + std::to_string(id.value);
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> acquirable_jobs_request(AdminConnection const& admin, ScaleSetId id,
                                            std::string_view user_agent) {
  if (auto valid = check_id("scale set", id.value); !valid) return std::unexpected(valid.error());
  Call call;
  call.path = scale_set_path(id, "/acquirablejobs");
  return make_admin_request(admin, std::move(call), user_agent);
}

Result<HttpRequest> acquire_jobs_request(AdminConnection const& admin, QueueAccess const& queue,
                                         ScaleSetId id, std::vector<RequestId> const& ids,
                                         std::string_view user_agent) {
  if (auto valid = check_id("scale set", id.value); !valid) return std::unexpected(valid.error());
  Call call;
  call.method = HttpMethod::post;
  call.path = scale_set_path(id, "/acquirejobs");
  call.body = encode_request_ids(ids);
  return make_service_request(admin, queue.token, std::move(call), user_agent);
}

Result<HttpRequest> get_message_request(QueueAccess const& queue, MessageId last, int max_capacity,
                                        std::string_view user_agent) {
  if (max_capacity < 0) {
    return fail(ErrorCode::invalid_argument,
                "the capacity is " + std::to_string(max_capacity) + "; it cannot be below 0");
  }
  auto url = poll_url(queue.url, last);
  if (!url) return std::unexpected(url.error());
  auto request = make_request(HttpMethod::get, *std::move(url), user_agent, bearer(queue.token));
  request.headers.emplace_back("Accept", "application/json; api-version=6.0-preview");
  request.headers.emplace_back("X-ScaleSetMaxCapacity", std::to_string(max_capacity));
  request.traffic = traits(Operation::get_message).traffic;
  return request;
}

Result<HttpRequest> delete_message_request(QueueAccess const& queue, MessageId id,
                                           std::string_view user_agent) {
  if (auto valid = check_id("message", id.value); !valid) return std::unexpected(valid.error());
  auto url = message_url(queue.url, id);
  if (!url) return std::unexpected(url.error());
  auto request = make_request(HttpMethod::del, *std::move(url), user_agent, bearer(queue.token));
  request.headers.emplace_back("Content-Type", "application/json");
  return request;
}

}  // namespace scaleset::protocol
