#include "simulator/front/fault_kinds.hpp"

#include <algorithm>
#include <array>

namespace scaleset::simulator {
namespace {

using enum FaultKind;
using enum FaultStage;

constexpr std::string_view kRest = "installation_token registration_token admin_connection";
constexpr std::string_view kTokenGivers = "admin_connection create_session refresh_session";
constexpr std::string_view kSessionGivers = "create_session refresh_session";
constexpr std::string_view kStatisticsGivers =
    "create_session refresh_session get_message get_scale_set create_scale_set update_scale_set";
constexpr std::string_view kLists =
    "find_scale_set find_runner_group find_runner acquire_jobs acquirable_jobs";
constexpr std::string_view kServiceCalls =
    "find_scale_set get_scale_set create_scale_set update_scale_set delete_scale_set "
    "find_runner_group create_session refresh_session delete_session generate_jit_config "
    "acquire_jobs get_runner find_runner remove_runner get_message delete_message acquirable_jobs";
constexpr std::string_view kQueueCalls =
    "get_message delete_message acquire_jobs refresh_session delete_session";
constexpr std::string_view kPoll = "get_message";
constexpr std::int64_t kDay = 86400;

constexpr auto kKinds = std::to_array<FaultKindInfo>({
    {accepted_at_once, instead, "accepted_at_once", kPoll, "", 0, 0, 0,
     "202 at once, without holding the poll"},
    {empty_body, instead, "empty_body", "*", "", 0, 0, 0, "200 without a body"},
    {html_error, instead, "html_error", "*", "", 0, 0, 0, "502 with a page of HTML"},
    {text_error, instead, "text_error", "*", "", 0, 0, 0, "500 with text/plain"},
    {retry_after, instead, "retry_after", "*", "retryAfterSeconds", 1, 0, kDay,
     "503 with Retry-After in seconds"},
    {retry_after_date, instead, "retry_after_date", "*", "retryAfterSeconds", 1, 0, kDay,
     "503 with Retry-After as a date"},
    {secondary_rate_limit, instead, "secondary_rate_limit", kRest, "retryAfterSeconds", 60, 0, kDay,
     "403 with retry-after, as the REST API's secondary rate limit"},
    {registration_not_visible, instead, "registration_not_visible", "admin_connection", "", 0, 0, 0,
     "401: the registration token is too new for the server that was asked"},
    {token_expired, instead, "token_expired", kServiceCalls, "", 0, 0, 0,
     "401 InvalidTokenException, however good the token is"},
    {session_conflict, instead, "session_conflict", "create_session", "", 0, 0, 0,
     "409: somebody else has a session"},
    {session_unknown, instead, "session_unknown", "refresh_session", "", 0, 0, 0,
     "404 RunnerAdminException, although the session lives"},
    {session_expired, instead, "session_expired", "delete_session", "", 0, 0, 0,
     "400 RunnerScaleSetSessionExpiredException, and the session lives on"},
    {page_not_found, instead, "page_not_found", "acquire_jobs", "", 0, 0, 0,
     "404 in plain text, as of a router that has no such route"},
    {unpruned_delete, instead, "unpruned_delete", "delete_message", "", 0, 0, 0,
     "204, but the message is still there"},
    {acquire_subset, request, "acquire_subset", "acquire_jobs", "", 0, 0, 0,
     "the last of several requested jobs is not acquired"},
    {acquire_nothing, request, "acquire_nothing", "acquire_jobs", "", 0, 0, 0,
     "none of the requested jobs is acquired"},
    {session_eviction, request, "session_eviction", kQueueCalls, "", 0, 0, 0,
     "the caller's session is ended first, as if by the service"},
    {sequence_restart, request, "sequence_restart", kPoll, "", 0, 0, 0,
     "the message ids of the scale set start again first; what is undeleted is numbered anew"},
    {bom, answer, "bom", "*", "", 0, 0, 0, "a byte order mark before the body"},
    {slow_body, answer, "slow_body", "*", "bodyMilliseconds", 1000, 1, kDay * 1000,
     "the body comes in ten pieces over that time"},
    {unknown_fields, answer, "unknown_fields", "*", "", 0, 0, 0,
     "fields of the future in the answer and in every job message"},
    {token_unparsable, answer, "token_unparsable", kTokenGivers, "", 0, 0, 0,
     "the token is no JWT, and good for nothing"},
    {token_without_exp, answer, "token_without_exp", kTokenGivers, "", 0, 0, 0,
     "the token does not say when it expires"},
    {token_short_ttl, answer, "token_short_ttl", kTokenGivers, "ttlSeconds", 5, 0, kDay,
     "the token expires that soon"},
    {token_clock_skew, answer, "token_clock_skew", kTokenGivers, "skewSeconds", 3600, -kDay, kDay,
     "iat and exp of the token are by a clock that is that much ahead; it holds as long as ever"},
    {empty_queue_url, answer, "empty_queue_url", kSessionGivers, "", 0, 0, 0,
     "messageQueueUrl is empty"},
    {statistics_missing, answer, "statistics_missing", kStatisticsGivers, "", 0, 0, 0,
     "no statistics"},
    {statistics_zero, answer, "statistics_zero", kStatisticsGivers, "", 0, 0, 0,
     "statistics of zeros, whatever is true"},
    {count_mismatch, answer, "count_mismatch", kLists, "", 0, 0, 0,
     "count is one more than there are values"},
    {duplicate_delivery, answer, "duplicate_delivery", kPoll, "", 0, 0, 0,
     "the session's next poll gets this message again, whatever its cursor"},
    {duplicate_entries, answer, "duplicate_entries", kPoll, "", 0, 0, 0,
     "every job message twice in its batch"},
    {out_of_order_delivery, answer, "out_of_order_delivery", kPoll, "", 0, 0, 0,
     "of two waiting messages the second comes first; the next poll gets the other one"},
    {unknown_message_type, answer, "unknown_message_type", kPoll, "", 0, 0, 0,
     "the envelope is of a type of the future"},
    {unknown_job_message, answer, "unknown_job_message", kPoll, "", 0, 0, 0,
     "job messages of the future, and an empty one, in front of the others"},
    {seven_digit_times, answer, "seven_digit_times", kPoll, "", 0, 0, 0,
     "times with seven digits after the point"},
    {zoneless_times, answer, "zoneless_times", kPoll, "", 0, 0, 0, "times without a zone"},
    {empty_times, answer, "empty_times", kPoll, "", 0, 0, 0, "times that are empty texts"},
    {numeric_job_id, answer, "numeric_job_id", kPoll, "", 0, 0, 0, "jobId is a number"},
    {zero_request_ids, answer, "zero_request_ids", kPoll, "", 0, 0, 0,
     "runnerRequestId is 0 in every job message"},
    {completed_on_unknown_runner, answer, "completed_on_unknown_runner", kPoll, "", 0, 0, 0,
     "one more JobCompleted, of a job and a runner nobody knows"},
    {job_on_unknown_runner, answer, "job_on_unknown_runner", kPoll, "", 0, 0, 0,
     "JobStarted and JobCompleted name a runner nobody knows"},
    {job_on_other_runner, answer, "job_on_other_runner", kPoll, "", 0, 0, 0,
     "JobStarted and JobCompleted name another runner of the scale set"},
});

}  // namespace

std::span<FaultKindInfo const> fault_kinds() noexcept { return kKinds; }

FaultKindInfo const& info_of(FaultKind kind) noexcept {
  return kKinds[static_cast<std::size_t>(kind)];
}

FaultKindInfo const* fault_kind_named(std::string_view name) noexcept {
  auto const found =
      std::ranges::find_if(kKinds, [&](FaultKindInfo const& info) { return info.name == name; });
  return found == kKinds.end() ? nullptr : &*found;
}

bool can_hit(FaultKindInfo const& info, std::string_view operation) noexcept {
  if (info.routes == "*") return true;
  std::string_view rest = info.routes;
  while (!rest.empty()) {
    std::size_t const space = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, space) == operation) return true;
    rest.remove_prefix(std::min(space + 1, rest.size()));
  }
  return false;
}

}  // namespace scaleset::simulator
