#include <array>
#include <ctime>

#include "simulator/front/access.hpp"
#include "simulator/front/fault_effects.hpp"
#include "simulator/front/replies.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {
namespace {

constexpr std::string_view kPage =
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/// As it was ordered, word for word.
http::ServerResponse own_answer(Fault const& fault) {
  http::ServerResponse response = empty_reply(fault.status.value_or(500));
  response.body = fault.body;
  response.headers = fault.headers;
  bool typed = fault.body.empty();
  for (auto const& [name, value] : fault.headers)
    typed = typed || equal_ignoring_case(name, "Content-Type");
  bool const is_json = fault.body.starts_with('{') || fault.body.starts_with('[');
  if (!typed)
    response.headers.emplace_back(
        "Content-Type", is_json ? "application/json; charset=utf-8" : "text/plain; charset=utf-8");
  return response;
}

http::ServerResponse with_header(http::ServerResponse response, char const* name,
                                 std::string value) {
  response.headers.emplace_back(name, std::move(value));
  return response;
}

http::ServerResponse page_of_html() {
  http::ServerResponse response = empty_reply(502);
  response.headers.emplace_back("Content-Type", "text/html");
  response.body = kPage;
  return response;
}

/// Mon, 23 Nov 2026 16:00:00 GMT
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

std::string parameter_or_nothing(Call const& call, std::size_t index) {
  auto const& parameters = call.route.parameters;
  return index < parameters.size() ? parameters[index] : "";
}

/// The name of the scale set, if the caller may know it.
std::string set_name(Service const& service, Call const& call) {
  std::optional<std::string> const tenant = admin_tenant(service, call);
  if (!tenant) return parameter_or_nothing(call, 0);
  Outcome<ScaleSet const*> const set = service.model.scale_set(*tenant, ScaleSetId{call.number(0)});
  return set ? (*set)->name : parameter_or_nothing(call, 0);
}

}  // namespace

http::ServerResponse faulty_answer(Service const& service, Call const& call, Fault const& fault) {
  if (!fault.kind) return own_answer(fault);
  constexpr std::string_view kBusy = "Service Unavailable\n";
  switch (*fault.kind) {
    case FaultKind::accepted_at_once: return empty_reply(202);
    case FaultKind::empty_body: return empty_reply(200);
    case FaultKind::html_error: return page_of_html();
    case FaultKind::retry_after:
      return with_header(text_reply(503, std::string(kBusy)), "Retry-After",
                         std::to_string(fault.argument));
    case FaultKind::retry_after_date:
      return with_header(text_reply(503, std::string(kBusy)), "Retry-After",
                         http_date(service.now() + std::chrono::seconds(fault.argument)));
    case FaultKind::secondary_rate_limit:
      return with_header(rest_error(403, "You have exceeded a secondary rate limit."),
                         "retry-after", std::to_string(fault.argument));
    case FaultKind::registration_not_visible: return rest_error(401, "Bad credentials");
    case FaultKind::token_expired: return invalid_token();
    case FaultKind::session_conflict:
      return service_refusal({RefusalKind::session_conflict,
                              "The runner scale set " + set_name(service, call) +
                                  " already has an active session for owner somebody-else."});
    case FaultKind::session_unknown:
      return service_refusal({RefusalKind::session_evicted,
                              "runner referenced a session ID that doesn't exist in redis"});
    case FaultKind::session_expired:
      return service_refusal(
          {RefusalKind::session_expired,
           "The session identifier " + parameter_or_nothing(call, 1) + " is not valid."});
    case FaultKind::page_not_found: return page_not_found();
    case FaultKind::unpruned_delete: return empty_reply(204);
    default: return text_reply(500, "Internal Server Error\n");
  }
}

}  // namespace scaleset::simulator
