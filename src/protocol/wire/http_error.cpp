#include "protocol/wire/http_error.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/json_text.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/redact.hpp"

namespace scaleset::protocol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  char const* const begin = text.data();
  char const* const end = begin + text.size();
  auto const [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return value;
}

/// Parts of the names of the service's exceptions (protocol.md 7.2, 7.3). They decide whatever the
/// HTTP status is.
struct KnownException {
  std::string_view type;
  ErrorCode code;
};
constexpr std::array<KnownException, 8> kKnownExceptions{{
    {"AgentExistsException", ErrorCode::runner_exists},
    {"AgentNotFoundException", ErrorCode::runner_not_found},
    {"JobStillRunningException", ErrorCode::job_still_running},
    {"RunnerScaleSetSessionConflictException", ErrorCode::session_conflict},
    {"RunnerScaleSetSessionExpiredException", ErrorCode::session_lost},
    {"RunnerScaleSetNotFoundException", ErrorCode::scale_set_not_found},
    {"RunnerScaleSetExistsException", ErrorCode::scale_set_exists},
    {"InvalidTokenException", ErrorCode::unauthorized},
}};

bool is_session_operation(Operation operation) {
  return operation == Operation::refresh_session || operation == Operation::delete_session ||
         traits(operation).uses_queue_token;
}

bool rate_limited(HttpResponse const& response, std::string_view text) {
  if (response.status == 429) return true;
  if (response.status != 403) return false;
  return !response.header("Retry-After").empty() ||
         response.header("x-ratelimit-remaining") == "0" ||
         text.find("secondary rate limit") != std::string_view::npos;
}

ErrorCode code_of_status(Operation operation, int status) {
  if (status == 400) return ErrorCode::bad_request;
  if (status == 401) {
    return traits(operation).uses_queue_token ? ErrorCode::message_queue_token_expired
                                              : ErrorCode::unauthorized;
  }
  if (status == 403) return ErrorCode::forbidden;
  if (status == 404) {
    return operation == Operation::refresh_session ? ErrorCode::session_lost : ErrorCode::not_found;
  }
  if (status == 409) {
    return operation == Operation::create_session ? ErrorCode::session_conflict
                                                  : ErrorCode::conflict;
  }
  if (status >= 500 && status != 501) return ErrorCode::server_error;
  return ErrorCode::unexpected_status;
}

ErrorCode code_of(Operation operation, HttpResponse const& response,
                  ServerException const& exception) {
  if (rate_limited(response, exception.message)) return ErrorCode::rate_limited;
  auto const names = [&exception](std::string_view part) {
    return exception.type_name.find(part) != std::string::npos;
  };
  // A refused queue token needs a session refresh, whatever exception comes with it.
  bool const decided = response.status == 401 && traits(operation).uses_queue_token;
  for (auto const& known : kKnownExceptions) {
    if (!decided && names(known.type)) return known.code;
  }
  bool const session_forgotten = names("RunnerAdminException") && response.status == 404;
  if (session_forgotten && is_session_operation(operation)) return ErrorCode::session_lost;
  return code_of_status(operation, response.status);
}

std::string_view phrase_of(int status) {
  switch (status) {
    case 400: return "bad request";
    case 401: return "unauthorized";
    case 403: return "forbidden";
    case 404: return "not found";
    case 408: return "request timeout";
    case 409: return "conflict";
    case 422: return "unprocessable";
    case 429: return "too many requests";
    case 500: return "internal server error";
    case 502: return "bad gateway";
    case 503: return "service unavailable";
    case 504: return "gateway timeout";
    default: return "";
  }
}

/// "GitHub.Actions.Runtime.WebApi.FooException, GitHub.Actions.Runtime.WebApi" -> "FooException"
std::string short_type(std::string_view type_name) {
  type_name = type_name.substr(0, type_name.find(','));
  auto const dot = type_name.rfind('.');
  if (dot != std::string_view::npos) type_name.remove_prefix(dot + 1);
  return excerpt(type_name);
}

/// Of a redirect that was not followed: where it points, and what that usually means.
std::string advice_for_redirect(HttpResponse const& response) {
  std::string_view const location = response.header("Location");
  if (response.status < 300 || response.status >= 400 || location.empty()) return {};
  // What follows the path may be secret.
  return "; it points to " + excerpt(location.substr(0, location.find_first_of("?#"))) +
         ", and only a GET is repeated there: the repository or organization was probably renamed, "
         "so give the URL that it has now";
}

std::string text_of(HttpResponse const& response, std::optional<ServerException> const& exception) {
  std::string text = "the service answered " + std::to_string(response.status);
  if (auto const phrase = phrase_of(response.status); !phrase.empty()) {
    text.append(" (").append(phrase).append(")");
  }
  std::string const detail = exception ? excerpt(exception->message) : excerpt(response.body);
  if (!detail.empty()) text += ": " + detail;
  return text + advice_for_redirect(response);
}

bool looks_secret(std::string_view text) {
  constexpr std::array<std::string_view, 12> marks{
      "eyJ",         "ghp_",   "gho_",        "ghu_",         "ghs_",    "ghr_",
      "github_pat_", "oken\"", "JITConfig\"", "jit_config\"", "Bearer ", "PRIVATE KEY"};
  return std::any_of(marks.begin(), marks.end(), [text](std::string_view mark) {
    return text.find(mark) != std::string_view::npos;
  });
}

std::optional<unsigned> month_number(std::string_view name) {
  constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
  for (unsigned month = 0; month < 12; ++month) {
    if (names.substr(std::size_t{3} * month, 3) == name) return month + 1;
  }
  return std::nullopt;
}

}  // namespace

std::string excerpt(std::string_view text) {
  constexpr std::size_t longest = 200;
  if (looks_secret(text)) return "(not shown: it may hold a credential)";
  std::string line;
  // Cut first and repaired afterwards: a character that was cut in two becomes U+FFFD.
  for (char const c : base::valid_utf8(text.substr(0, longest))) {
    bool const control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (!control && !(c == ' ' && line.ends_with(' '))) line += c;
    if (control && !line.ends_with(' ')) line += ' ';
  }
  while (line.ends_with(' ')) line.pop_back();
  while (line.starts_with(' ')) line.erase(0, 1);
  return text.size() > longest ? line + "..." : line;
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  using std::chrono::day, std::chrono::month, std::chrono::year;
  if (text.size() != 29 || !text.ends_with(" GMT") || text.substr(3, 2) != ", ") {
    return std::nullopt;
  }
  auto const number = [text](std::size_t at, std::size_t digits) {
    return parse_number(text.substr(at, digits)).value_or(-1);
  };
  auto const month_of_year = month_number(text.substr(8, 3));
  auto const hours = number(17, 2);
  auto const minutes = number(20, 2);
  auto const whole_seconds = number(23, 2);
  bool const in_range = hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 &&
                        whole_seconds >= 0 && whole_seconds < 61;
  if (!month_of_year || !in_range || number(5, 2) < 1 || number(12, 4) < 0) return std::nullopt;
  std::chrono::year_month_day const date{year{static_cast<int>(number(12, 4))},
                                         month{*month_of_year},
                                         day{static_cast<unsigned>(number(5, 2))}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hours} + std::chrono::minutes{minutes} +
         seconds{whole_seconds};
}

std::optional<milliseconds> requested_delay(HttpResponse const& response,
                                            std::chrono::system_clock::time_point now) {
  std::int64_t const longest = 300;  // seconds
  auto const today = std::chrono::floor<seconds>(now);
  auto const capped = [longest](std::int64_t wanted) {
    return milliseconds(seconds(std::clamp<std::int64_t>(wanted, 0, longest)));
  };
  std::string_view const header = response.header("Retry-After");
  if (auto const wanted = parse_number(header); wanted && *wanted >= 0) return capped(*wanted);
  if (auto const date = parse_http_date(header)) return capped((*date - today).count());
  if (response.header("x-ratelimit-remaining") == "0") {
    auto const reset = parse_number(response.header("x-ratelimit-reset"));
    // Compared before subtracting, since an absurd number must not overflow.
    auto const at = today.time_since_epoch().count();
    if (reset) return capped(*reset <= at ? 0 : std::min(*reset, at + longest) - at);
  }
  return std::nullopt;
}

Error with_response(Error error, Operation operation, HttpResponse const& response) {
  error.operation = traits(operation).name;
  error.http_status = response.status;
  ServiceReply reply = error.reply();
  reply.activity_id = excerpt(response.header("ActivityId"));
  reply.github_request_id = excerpt(response.header("X-GitHub-Request-Id"));
  error.set_reply(std::move(reply));
  return error;
}

Error with_earlier_answer(Error last, Error const& earlier) {
  if (last.http_status != 0 || earlier.http_status == 0) return last;
  last.message += "; before that " + earlier.message;
  last.http_status = earlier.http_status;
  last.set_reply(earlier.reply());
  return last;
}

Error error_of(Operation operation, HttpResponse const& response,
               std::chrono::system_clock::time_point now) {
  constexpr std::size_t longest = 64U << 10U;  // the service's exceptions are below 1 KiB (W-6)
  auto const exception = decode_exception(std::string_view(response.body).substr(0, longest));
  ErrorCode const code = code_of(operation, response, exception.value_or(ServerException()));
  Error error = with_response(Error(code, text_of(response, exception)), operation, response);
  ServiceReply reply = error.reply();
  if (exception) reply.server_exception = short_type(exception->type_name);
  reply.response_body = redacted_beginning(response.body);
  error.set_reply(std::move(reply));
  error.retry_after = requested_delay(response, now);
  if (code == ErrorCode::rate_limited && !error.retry_after && response.status == 403) {
    // For secondary limits without a Retry-After, GitHub asks for a wait of at least a minute
    // (protocol.md 8).
    error.retry_after = seconds(60);
  }
  return error;
}

}  // namespace scaleset::protocol
