#include <array>
#include <ctime>
#include <string>
#include <utility>

#include "simulator/front/effects/fault_kinds.hpp"
#include "simulator/front/effects/scene.hpp"
#include "simulator/front/github/errors.hpp"
#include "simulator/front/github/visits.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace {

// What a load balancer in front of the service sends when it fails.
constexpr std::string_view kPage =
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

constexpr std::string_view kRest = "installation_token registration_token admin_connection";
constexpr std::string_view kServiceCalls =
    "find_scale_set get_scale_set create_scale_set update_scale_set delete_scale_set "
    "find_runner_group create_session refresh_session delete_session generate_jit_config "
    "acquire_jobs get_runner find_runner remove_runner get_message delete_message acquirable_jobs";
constexpr std::int64_t kDay = 86400;

http::ServerResponse with_header(http::ServerResponse response, char const* name,
                                 std::string value) {
  response.headers.emplace_back(name, std::move(value));
  return response;
}

/// Mon, 23 Nov 2026 16:00:00 GMT
/// The second form of Retry-After (protocol.md 4.5).
std::string http_date(Timestamp time) {
  std::time_t const seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  std::size_t const size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

std::string segment_or_nothing(Call const& call, std::size_t index) {
  return index < call.segments.size() ? call.segments[index] : "";
}

/// The name of the scale set, if the caller may know it.
/// For the text of the error only. A caller without a good token gets back the number that it sent.
std::string set_name(Scene const& scene) {
  Call const& call = scene.call;
  std::optional<std::string> const tenant = admin_tenant(scene.live, scene.credentials, call);
  if (!tenant) return segment_or_nothing(call, 0);
  Outcome<ScaleSet const*> const set =
      scene.live.model.scale_set(*tenant, ScaleSetId{call.number(0)});
  return set ? (*set)->name : segment_or_nothing(call, 0);
}

http::ServerResponse unavailable(std::string retry_after) {
  return with_header(text_reply(503, "Service Unavailable\n"), "Retry-After",
                     std::move(retry_after));
}

http::ServerResponse retry_after(Scene const& scene) {
  return unavailable(std::to_string(scene.argument));
}

http::ServerResponse retry_after_date(Scene const& scene) {
  return unavailable(http_date(scene.live.now() + std::chrono::seconds(scene.argument)));
}

http::ServerResponse secondary_rate_limit(Scene const& scene) {
  return with_header(rest_error(403, "You have exceeded a secondary rate limit."), "retry-after",
                     std::to_string(scene.argument));
}

http::ServerResponse session_conflict(Scene const& scene) {
  return service_refusal({RefusalKind::session_conflict,
                          "The runner scale set " + set_name(scene) +
                              " already has an active session for owner somebody-else."});
}

http::ServerResponse session_unknown(Scene const&) {
  return service_refusal(
      {RefusalKind::session_evicted, "runner referenced a session ID that doesn't exist in redis"});
}

http::ServerResponse session_expired(Scene const& scene) {
  return service_refusal(
      {RefusalKind::session_expired,
       "The session identifier " + segment_or_nothing(scene.call, 1) + " is not valid."});
}

constexpr auto kKinds = std::to_array<FaultKind>({
    {"accepted_at_once", "get_message", "202 at once, without holding the poll",
     [](Scene const&) { return empty_reply(202); }},
    {"empty_body", "*", "200 without a body", [](Scene const&) { return empty_reply(200); }},
    {"html_error", "*", "502 with a page of HTML",
     [](Scene const&) { return reply_of_type(502, "text/html", std::string(kPage)); }},
    {"text_error", "*", "500 with text/plain",
     [](Scene const&) { return text_reply(500, "Internal Server Error\n"); }},
    {"retry_after", "*", "503 with Retry-After in seconds", retry_after,
     FaultParameter{"retryAfterSeconds", 1, 0, kDay}},
    {"retry_after_date", "*", "503 with Retry-After as a date", retry_after_date,
     FaultParameter{"retryAfterSeconds", 1, 0, kDay}},
    {"secondary_rate_limit", kRest, "403 with retry-after, as the REST API's secondary rate limit",
     secondary_rate_limit, FaultParameter{"retryAfterSeconds", 60, 0, kDay}},
    {"registration_not_visible", "admin_connection",
     "401: the registration token is too new for the server that was asked",
     [](Scene const&) { return rest_error(401, "Bad credentials"); }},
    {"token_expired", kServiceCalls, "401 InvalidTokenException, however good the token is",
     [](Scene const&) { return invalid_token(); }},
    {"session_conflict", "create_session", "409: somebody else has a session", session_conflict},
    {"session_unknown", "refresh_session", "404 RunnerAdminException, although the session lives",
     session_unknown},
    {"session_expired", "delete_session",
     "400 RunnerScaleSetSessionExpiredException, and the session lives on", session_expired},
    {"page_not_found", "acquire_jobs", "404 in plain text, as of a router that has no such route",
     [](Scene const&) { return page_not_found(); }},
    {"unpruned_delete", "delete_message", "204, but the message is still there",
     [](Scene const&) { return empty_reply(204); }},
});

}  // namespace

std::span<FaultKind const> kinds_that_answer() noexcept { return kKinds; }

}  // namespace scaleset::simulator
