#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/wire/access.hpp"
#include "scaleset/error.hpp"
#include "scaleset/types.hpp"

/// The JSON of the service, read as leniently as the reference reads it and more (protocol.md 4.3),
/// written byte for byte as the reference writes it (A.3).
///
/// What has an id (scale sets, groups, runners, jobs to acquire) must have one above 0. A listing
/// has at least one of `count` and `value`.
///
/// Reading: a byte order mark and anything behind the first value are ignored; keys match in any
/// case, the exact one first; unknown keys are ignored; null and missing are the same; an integer
/// is an integer literal in range; times may be empty, without a zone or unreadable (no value
/// then); in text that is not UTF-8, what is wrong becomes U+FFFD. All errors are
/// malformed_response and name the field.
namespace scaleset::protocol {

/// `{"count":1,"value":[...]}`. No count: the number of values.
template <class T>
struct Listing {
  Listing() = default;
  std::int64_t count = 0;
  std::vector<T> values;
};

/// The body of an error (protocol.md 7.3), of the Actions service or the REST API. All parts may be
/// empty.
struct ServerException {
  ServerException() = default;
  std::string type_name;
  std::string message;
};

[[nodiscard]] Result<IssuedToken> decode_issued_token(std::string_view body);
/// Without `expires_at`, which has to be read from the token itself.
[[nodiscard]] Result<AdminConnection> decode_admin_connection(std::string_view body);
/// No value: the body was `null`.
[[nodiscard]] Result<std::optional<ScaleSet>> decode_scale_set(std::string_view body);
[[nodiscard]] Result<Listing<ScaleSet>> decode_scale_sets(std::string_view body);
[[nodiscard]] Result<Listing<RunnerGroup>> decode_runner_groups(std::string_view body);
[[nodiscard]] Result<SessionInfo> decode_session(std::string_view body);
[[nodiscard]] Result<JitConfig> decode_jit_config(std::string_view body);
[[nodiscard]] Result<std::optional<Runner>> decode_runner(std::string_view body);
[[nodiscard]] Result<Listing<Runner>> decode_runners(std::string_view body);
/// D.2. A time that is there but cannot be read is an error: it must not pass for "not yet known".
[[nodiscard]] Result<RunnerDeprecation> decode_runner_deprecation(std::string_view body);
[[nodiscard]] Result<std::vector<RequestId>> decode_request_ids(std::string_view body);
/// E18.
[[nodiscard]] Result<Listing<JobAvailable>> decode_acquirable_jobs(std::string_view body);
/// One delivery (protocol.md 6.3 to 6.5). An error only if there is no message id to go on with:
/// whatever else is wrong with the envelope or a job in it becomes an UnknownJobMessage, so that no
/// message can block the queue (W-24).
[[nodiscard]] Result<Message> decode_message(std::string_view body);
/// No value: the body is not such an object. Also finds an exception that a gateway has wrapped
/// into an error of its own.
[[nodiscard]] std::optional<ServerException> decode_exception(std::string_view body);
/// The payload of a JWT: `exp` in seconds since 1970, within four-digit years.
[[nodiscard]] Result<std::int64_t> decode_expiry(std::string_view claims);
/// The payload of a JWT: the words of `scp`. Empty: there is no such claim, or it is not text.
[[nodiscard]] std::vector<std::string> decode_scopes(std::string_view claims);
/// Whether the text is a JSON object with a string `alg`: the header of a JWT.
[[nodiscard]] bool is_jwt_header(std::string_view text);

/// E3, with the line feed at its end.
[[nodiscard]] std::string encode_registration(std::string_view config_url);
/// E6.
[[nodiscard]] std::string encode_scale_set(ScaleSet const& scale_set);
/// E7: only what has a value. A label without a type gets the reference's type.
[[nodiscard]] std::string encode_scale_set_update(ScaleSetUpdate const& update);
/// E10.
[[nodiscard]] std::string encode_session(std::string_view owner);
/// E13.
[[nodiscard]] std::string encode_jit_config(std::string_view runner_name,
                                            std::string_view work_folder);
/// E14.
[[nodiscard]] std::string encode_request_ids(std::vector<RequestId> const& ids);

}  // namespace scaleset::protocol
