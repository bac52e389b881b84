#include "protocol/wire/responses.hpp"

#include <algorithm>

#include "protocol/wire/app_jwt.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/http_error.hpp"
#include "protocol/wire/permissions.hpp"
#include "protocol/wire/same_name.hpp"

namespace scaleset::protocol {
namespace {

std::unexpected<Error> failure(Operation operation, HttpResponse const& response, WallTime now) {
  return std::unexpected(error_of(operation, response, now));
}

std::unexpected<Error> refusal(Operation operation, HttpResponse const& response,
                               ConfigUrl const& url, WallTime now) {
  auto const exception = decode_exception(response.body);
  std::string const says = exception ? excerpt(exception->message) : "";
  return std::unexpected(explain_refusal(error_of(operation, response, now), operation, url, says));
}

/// An error found in a successful answer.
std::unexpected<Error> bad_body(Operation operation, HttpResponse const& response, Error error) {
  return std::unexpected(with_response(std::move(error), operation, response));
}

std::unexpected<Error> malformed(Operation operation, HttpResponse const& response,
                                 std::string text) {
  return bad_body(operation, response, Error(ErrorCode::malformed_response, std::move(text)));
}

template <class T>
Result<T> decoded(Operation operation, HttpResponse const& response, Result<T> value) {
  if (!value) return bad_body(operation, response, std::move(value.error()));
  return value;
}

std::string quoted(std::string_view name) { return "\"" + excerpt(name) + "\""; }

/// The error for an answer about `answered` although `asked` was asked for.
std::unexpected<Error> other_thing(Operation operation, HttpResponse const& response,
                                   std::string const& answered, std::string const& asked) {
  return malformed(operation, response,
                   "degraded service: the answer is about " + answered +
                       ", but what was asked for is " + asked + "; it was not used");
}

template <class T>
Result<T> with_id(Operation operation, HttpResponse const& response, Result<T> thing,
                  std::string const& what, std::int64_t asked) {
  if (!thing || thing->id.value == asked) return thing;
  return other_thing(operation, response, what + " " + std::to_string(thing->id.value),
                     std::to_string(asked));
}

/// The only element of a listing, or no value if there is none. The count decides, and it must fit
/// to what was sent (W-1).
template <class T>
Result<std::optional<T>> only_element(Operation operation, HttpResponse const& response,
                                      Result<Listing<T>> listing, std::string_view what,
                                      std::string_view name) {
  if (!listing) return bad_body(operation, response, std::move(listing.error()));
  if (listing->count > 1) {
    return bad_body(operation, response,
                    Error(ErrorCode::ambiguous_result,
                          std::to_string(listing->count) + " " + std::string(what) +
                              "s match the name \"" + excerpt(name) + "\"; expected one"));
  }
  if (listing->count < 1) return std::optional<T>();
  if (listing->values.empty())
    return malformed(operation, response,
                     "degraded service: it says that one " + std::string(what) + " matches " +
                         quoted(name) + ", but sends none");
  auto& found = listing->values.front();
  if (!same_name(found.name, name))
    return other_thing(operation, response, std::string(what) + " " + quoted(found.name),
                       quoted(name));
  return std::optional<T>(std::move(found));
}

/// All elements of a listing. Its count is ignored, since what a differing one would mean is not
/// known, except that an empty list cannot come with a count.
template <class T>
Result<std::vector<T>> elements(Operation operation, HttpResponse const& response,
                                Result<Listing<T>> listing) {
  if (!listing) return bad_body(operation, response, std::move(listing.error()));
  if (listing->values.empty() && listing->count > 0)
    return malformed(operation, response,
                     "degraded service: it counts " + std::to_string(listing->count) +
                         " entries, but sends none");
  return std::move(listing->values);
}

Result<ScaleSet> required_scale_set(Operation operation, HttpResponse const& response) {
  auto scale_set = decode_scale_set(response.body);
  if (!scale_set) return bad_body(operation, response, std::move(scale_set.error()));
  if (!*scale_set && operation == Operation::get_scale_set) {
    return bad_body(operation, response,
                    Error(ErrorCode::scale_set_not_found, "there is no scale set with this id"));
  }
  if (!*scale_set) {
    return malformed(operation, response, "degraded service: an answer without a scale set");
  }
  return **std::move(scale_set);
}

Result<IssuedToken> read_issued_token(Operation operation, HttpResponse const& response,
                                      ConfigUrl const& url, WallTime now) {
  if (response.status != 201) return refusal(operation, response, url, now);
  auto issued = decode_issued_token(response.body);
  if (issued && issued->token.empty()) {
    return malformed(operation, response, "degraded service: an answer without a token");
  }
  return decoded(operation, response, std::move(issued));
}

}  // namespace

Result<IssuedToken> read_installation_token(HttpResponse const& response, ConfigUrl const& url,
                                            WallTime now) {
  return read_issued_token(Operation::installation_token, response, url, now);
}

Result<IssuedToken> read_registration_token(HttpResponse const& response, ConfigUrl const& url,
                                            WallTime now) {
  return read_issued_token(Operation::registration_token, response, url, now);
}

Result<AdminConnection> read_admin_connection(HttpResponse const& response, ConfigUrl const& url,
                                              WallTime now) {
  constexpr auto operation = Operation::admin_connection;
  if (response.status < 200 || response.status > 299) {
    return refusal(operation, response, url, now);
  }
  auto admin = decode_admin_connection(response.body);
  if (!admin) return bad_body(operation, response, std::move(admin.error()));
  if (admin->url.empty()) {
    return malformed(operation, response, "degraded service: an admin connection without a URL");
  }
  if (admin->token.empty()) {
    return malformed(operation, response, "degraded service: an admin connection without a token");
  }
  auto const expiry = jwt_expiry(admin->token.reveal());
  if (!expiry) return bad_body(operation, response, expiry.error());
  admin->expires_at = *expiry;
  return admin;
}

Result<std::optional<ScaleSet>> read_find_scale_set(HttpResponse const& response,
                                                    RunnerGroupId group, std::string_view name,
                                                    WallTime now) {
  constexpr auto operation = Operation::find_scale_set;
  if (response.status != 200) return failure(operation, response, now);
  auto found =
      only_element(operation, response, decode_scale_sets(response.body), "scale set", name);
  if (!found || !*found) return found;
  auto& answered = (*found)->group;
  if (answered.value == 0) answered = group;
  if (answered == group) return found;
  return other_thing(operation, response,
                     "a scale set of runner group " + std::to_string(answered.value),
                     "one of group " + std::to_string(group.value));
}

Result<std::vector<ScaleSet>> read_list_scale_sets(HttpResponse const& response, WallTime now) {
  constexpr auto operation = Operation::list_scale_sets;
  if (response.status != 200) return failure(operation, response, now);
  return elements(operation, response, decode_scale_sets(response.body));
}

Result<ScaleSet> read_get_scale_set(HttpResponse const& response, ScaleSetId id, WallTime now) {
  constexpr auto operation = Operation::get_scale_set;
  if (response.status != 200) return failure(operation, response, now);
  return with_id(operation, response, required_scale_set(operation, response), "scale set",
                 id.value);
}

Result<ScaleSet> read_create_scale_set(HttpResponse const& response, std::string_view name,
                                       WallTime now) {
  constexpr auto operation = Operation::create_scale_set;
  if (response.status != 200) return failure(operation, response, now);
  auto created = required_scale_set(operation, response);
  if (created && !created->name.empty() && !same_name(created->name, name))
    return other_thing(operation, response, "scale set " + quoted(created->name), quoted(name));
  return created;
}

Result<ScaleSet> read_update_scale_set(HttpResponse const& response, ScaleSetId id, WallTime now) {
  constexpr auto operation = Operation::update_scale_set;
  if (response.status != 200) return failure(operation, response, now);
  return with_id(operation, response, required_scale_set(operation, response), "scale set",
                 id.value);
}

Result<void> read_delete_scale_set(HttpResponse const& response, WallTime now) {
  if (response.status == 204) return {};
  return failure(Operation::delete_scale_set, response, now);
}

Result<std::optional<RunnerGroup>> read_find_runner_group(HttpResponse const& response,
                                                          std::string_view name, WallTime now) {
  constexpr auto operation = Operation::find_runner_group;
  if (response.status != 200) return failure(operation, response, now);
  return only_element(operation, response, decode_runner_groups(response.body), "runner group",
                      name);
}

Result<std::vector<RunnerGroup>> read_list_runner_groups(HttpResponse const& response,
                                                         WallTime now) {
  constexpr auto operation = Operation::list_runner_groups;
  if (response.status != 200) return failure(operation, response, now);
  return elements(operation, response, decode_runner_groups(response.body));
}

Result<SessionInfo> read_create_session(HttpResponse const& response, ScaleSetId scale_set,
                                        WallTime now) {
  constexpr auto operation = Operation::create_session;
  if (response.status != 200) return failure(operation, response, now);
  auto session = decode_session(response.body);
  if (!session) return bad_body(operation, response, std::move(session.error()));
  bool const usable =
      !session->id.empty() && !session->queue.url.empty() && !session->queue.token.empty();
  if (!usable) {
    return malformed(operation, response,
                     "degraded service: a session without an id, a message queue or its token");
  }
  if (session->scale_set.value != 0 && session->scale_set != scale_set)
    return other_thing(operation, response,
                       "a session of scale set " + std::to_string(session->scale_set.value),
                       "one of scale set " + std::to_string(scale_set.value));
  return session;
}

Result<SessionInfo> read_refresh_session(HttpResponse const& response, std::string_view session_id,
                                         WallTime now) {
  constexpr auto operation = Operation::refresh_session;
  if (response.status != 200) return failure(operation, response, now);
  auto session = decoded(operation, response, decode_session(response.body));
  if (session && session->without_queue) {
    return bad_body(operation, response,
                    Error(ErrorCode::session_lost,
                          "degraded service: the session has no message queue any more"));
  }
  if (session && !session->id.empty() && session->id != session_id)
    return other_thing(operation, response, "session " + session->id, std::string(session_id));
  return session;
}

Result<void> read_delete_session(HttpResponse const& response, WallTime now) {
  if (response.status == 204 || response.status == 404) return {};
  Error error = error_of(Operation::delete_session, response, now);
  if (error.code == ErrorCode::session_lost) return {};
  return std::unexpected(std::move(error));
}

Result<JitConfig> read_generate_jit_config(HttpResponse const& response, ScaleSetId scale_set,
                                           std::string_view runner_name, WallTime now) {
  constexpr auto operation = Operation::generate_jit_config;
  if (response.status != 200) return failure(operation, response, now);
  auto config = decode_jit_config(response.body);
  if (!config) return bad_body(operation, response, std::move(config.error()));
  if (config->encoded.empty() || config->runner.id.value <= 0) {
    return malformed(operation, response,
                     "degraded service: a JIT configuration without its text or its runner");
  }
  if (!same_name(config->runner.name, runner_name))
    return other_thing(operation, response, "runner " + quoted(config->runner.name),
                       quoted(runner_name));
  ScaleSetId const its_set = config->runner.scale_set;
  if (its_set.value != 0 && its_set != scale_set)
    return other_thing(operation, response,
                       "a runner of scale set " + std::to_string(its_set.value),
                       "one of scale set " + std::to_string(scale_set.value));
  return config;
}

Result<std::vector<RequestId>> read_acquire_jobs(HttpResponse const& response,
                                                 std::vector<RequestId> const& asked,
                                                 WallTime now) {
  constexpr auto operation = Operation::acquire_jobs;
  if (response.status != 200) return failure(operation, response, now);
  auto acquired = decoded(operation, response, decode_request_ids(response.body));
  if (!acquired) return acquired;
  auto const stranger = std::ranges::find_if(
      *acquired, [&asked](RequestId id) { return std::ranges::find(asked, id) == asked.end(); });
  if (stranger == acquired->end()) return acquired;
  return other_thing(operation, response, "job request " + std::to_string(stranger->value),
                     "others");
}

Result<Runner> read_get_runner(HttpResponse const& response, RunnerId id, WallTime now) {
  constexpr auto operation = Operation::get_runner;
  if (response.status != 200) return failure(operation, response, now);
  auto runner = decode_runner(response.body);
  if (!runner) return bad_body(operation, response, std::move(runner.error()));
  if (!*runner) {
    return bad_body(operation, response,
                    Error(ErrorCode::runner_not_found, "there is no runner with this id"));
  }
  return with_id(operation, response, Result<Runner>(**std::move(runner)), "runner", id.value);
}

Result<std::optional<Runner>> read_find_runner(HttpResponse const& response, std::string_view name,
                                               WallTime now) {
  constexpr auto operation = Operation::find_runner;
  if (response.status != 200) return failure(operation, response, now);
  return only_element(operation, response, decode_runners(response.body), "runner", name);
}

Result<std::vector<Runner>> read_list_runners(HttpResponse const& response, WallTime now) {
  constexpr auto operation = Operation::list_runners;
  if (response.status != 200) return failure(operation, response, now);
  return elements(operation, response, decode_runners(response.body));
}

Result<void> read_remove_runner(HttpResponse const& response, WallTime now) {
  if (response.status == 204) return {};
  Error error = error_of(Operation::remove_runner, response, now);
  if (error.code == ErrorCode::runner_not_found) return {};
  return std::unexpected(std::move(error));
}

Result<std::optional<Message>> read_get_message(HttpResponse const& response, WallTime now) {
  constexpr auto operation = Operation::get_message;
  if (response.status == 202) return std::optional<Message>();
  if (response.status != 200) return failure(operation, response, now);
  bool const empty = response.body.find_first_not_of(" \t\r\n") == std::string::npos;
  if (empty) return std::optional<Message>();
  auto message = decode_message(response.body);
  if (!message) return bad_body(operation, response, std::move(message.error()));
  return std::optional<Message>(*std::move(message));
}

Result<void> read_delete_message(HttpResponse const& response, WallTime now) {
  if (response.status == 204) return {};
  return failure(Operation::delete_message, response, now);
}

Result<std::vector<JobAvailable>> read_acquirable_jobs(HttpResponse const& response, WallTime now) {
  constexpr auto operation = Operation::acquirable_jobs;
  if (response.status == 204) return std::vector<JobAvailable>();
  if (response.status != 200) return failure(operation, response, now);
  return elements(operation, response, decode_acquirable_jobs(response.body));
}

Result<std::optional<RunnerDeprecation>> read_runner_deprecation(HttpResponse const& response,
                                                                 std::string_view version,
                                                                 WallTime now) {
  constexpr auto operation = Operation::runner_deprecation;
  if (response.status == 404) return std::optional<RunnerDeprecation>();
  if (response.status != 200) return failure(operation, response, now);
  auto read = decode_runner_deprecation(response.body);
  if (!read) return bad_body(operation, response, std::move(read.error()));
  if (read->version != version)
    return other_thing(operation, response, "runner version " + quoted(read->version),
                       quoted(version));
  return std::optional<RunnerDeprecation>(*std::move(read));
}

}  // namespace scaleset::protocol
