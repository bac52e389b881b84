#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <functional>

#include "base/base64.hpp"
#include "simulator/front/fault_effects.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr char const* kQueueUrl = "messageQueueUrl";
constexpr char const* kStatistics = "statistics";

/// Rewrites a body that is a JSON object.
bool edit_object(http::ServerResponse& response, std::function<bool(json::object&)> const& edit) {
  boost::system::error_code error;
  json::value parsed = json::parse(response.body, error);
  if (error || !parsed.is_object() || !edit(parsed.as_object())) return false;
  response.body = json::serialize(parsed);
  return true;
}

bool mark(http::ServerResponse& response) {
  if (response.body.empty()) return false;
  response.body.insert(0, kByteOrderMark);
  return true;
}

bool slow_down(http::ServerResponse& response, std::int64_t milliseconds) {
  if (response.body.empty()) return false;
  response.body_takes = std::chrono::milliseconds(milliseconds);
  return true;
}

std::int64_t seconds_of(json::object const& claims, char const* name) {
  json::value const* value = claims.if_contains(name);
  return value != nullptr && value->is_int64() ? value->as_int64() : 0;
}

std::int64_t to_seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

/// The token, with other claims. It stays as good as it was, but for one that shall expire sooner.
std::string altered_token(Service const& service, std::string_view token, Fault const& fault) {
  if (fault.kind == FaultKind::token_unparsable) return "this-is-no-jwt";
  std::size_t const first = token.find('.') + 1;
  std::string const payload =
      base::base64url_decode(token.substr(first, token.rfind('.') - first)).value_or("{}");
  json::object claims = json::parse(payload).as_object();
  std::int64_t const expires = seconds_of(claims, "exp");
  if (fault.kind == FaultKind::token_short_ttl) {
    claims["exp"] = to_seconds(service.now()) + fault.argument;
    return service.tokens.sign(json::serialize(claims));
  }
  claims[Tokens::kHonouredUntil] = expires;
  if (fault.kind == FaultKind::token_without_exp) {
    claims.erase("exp");
  } else {
    claims["exp"] = expires + fault.argument;
    claims["iat"] = seconds_of(claims, "iat") + fault.argument;
  }
  return service.tokens.sign(json::serialize(claims));
}

bool alter_token(Service const& service, Fault const& fault, json::object& body) {
  for (char const* name : {"messageQueueAccessToken", "token"}) {
    json::value* const value = body.if_contains(name);
    if (value == nullptr || !value->is_string()) continue;
    *value = altered_token(service, std::string(value->as_string()), fault);
    return true;
  }
  return false;
}

bool empty_statistics(json::object& body) {
  json::value* const statistics = body.if_contains(kStatistics);
  if (statistics == nullptr || !statistics->is_object()) return false;
  for (auto& [name, value] : statistics->as_object()) value = 0;
  return true;
}

bool miscount(json::object& body) {
  json::value* const count = body.if_contains("count");
  if (count == nullptr || !count->is_number()) return false;
  *count = count->to_number<std::int64_t>() + 1;
  return true;
}

bool empty_queue_url(json::object& body) {
  if (!body.contains(kQueueUrl)) return false;
  body[kQueueUrl] = "";
  return true;
}

bool edit_body(Service const& service, Fault const& fault, json::object& body) {
  switch (*fault.kind) {
    case FaultKind::empty_queue_url: return empty_queue_url(body);
    case FaultKind::statistics_missing: return body.erase(kStatistics) > 0;
    case FaultKind::statistics_zero: return empty_statistics(body);
    case FaultKind::count_mismatch: return miscount(body);
    default: return alter_token(service, fault, body);
  }
}

/// Job messages are a text within the body: they are altered first.
bool add_unknown_fields(Service& service, Call const& call, http::ServerResponse& response) {
  static_cast<void>(alter_message(service, call, FaultKind::unknown_fields, response));
  return edit_object(response, [](json::object& body) {
    body["futureField"] = json::array{1, "two", nullptr};
    return true;
  });
}

}  // namespace

bool alter_answer(Service& service, Call const& call, Fault const& fault,
                  http::ServerResponse& response) {
  switch (*fault.kind) {
    case FaultKind::bom: return mark(response);
    case FaultKind::slow_body: return slow_down(response, fault.argument);
    case FaultKind::unknown_fields: return add_unknown_fields(service, call, response);
    case FaultKind::token_unparsable:
    case FaultKind::token_without_exp:
    case FaultKind::token_short_ttl:
    case FaultKind::token_clock_skew:
    case FaultKind::empty_queue_url:
    case FaultKind::statistics_missing:
    case FaultKind::statistics_zero:
    case FaultKind::count_mismatch:
      return edit_object(response,
                         [&](json::object& body) { return edit_body(service, fault, body); });
    default: return alter_message(service, call, *fault.kind, response);
  }
}

}  // namespace scaleset::simulator
