#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <utility>

#include "base/base64.hpp"
#include "simulator/front/effects/edit_messages.hpp"
#include "simulator/front/effects/fault_kinds.hpp"
#include "simulator/front/effects/scene.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr char const* kQueueUrl = "messageQueueUrl";
constexpr char const* kStatistics = "statistics";

constexpr std::string_view kTokenGivers = "admin_connection create_session refresh_session";
constexpr std::string_view kSessionGivers = "create_session refresh_session";
constexpr std::string_view kStatisticsGivers =
    "create_session refresh_session get_message get_scale_set create_scale_set update_scale_set";
constexpr std::string_view kLists =
    "find_scale_set find_runner_group find_runner acquire_jobs acquirable_jobs";
constexpr std::int64_t kDay = 86400;

/// An effect that rewrites a body that is a JSON object. `edit` answers whether it changed
/// something.
template <bool (*edit)(Scene const&, json::object&)>
bool in_object(Scene const& scene, http::ServerResponse& response) {
  boost::system::error_code error;
  json::value parsed = json::parse(response.body, error);
  if (error || !parsed.is_object() || !edit(scene, parsed.as_object())) return false;
  response.body = json::serialize(parsed);
  return true;
}

bool bom(Scene const&, http::ServerResponse& response) {
  // No body to put it before: the fault is kept for another answer.
  if (response.body.empty()) return false;
  response.body.insert(0, kByteOrderMark);
  return true;
}

bool slow_body(Scene const& scene, http::ServerResponse& response) {
  if (response.body.empty()) return false;
  response.body_takes = std::chrono::milliseconds(scene.argument);
  return true;
}

bool add_future_field(Scene const&, json::object& body) {
  body["futureField"] = json::array{1, "two", nullptr};
  return true;
}

bool add_deep_future_field(Scene const&, json::object& entry) {
  entry["futureField"] = json::object{{"deep", true}};
  return true;
}

bool unknown_fields(Scene const& scene, http::ServerResponse& response) {
  // Job messages are a text within the body, so they are changed first, if there are any.
  static_cast<void>(edit_each_job_message(scene, response, add_deep_future_field));
  return in_object<add_future_field>(scene, response);
}

/// The token in the body, or null.
json::value* token_in(json::object& body) {
  for (char const* name : {"messageQueueAccessToken", "token"}) {
    json::value* const value = body.if_contains(name);
    if (value != nullptr && value->is_string()) return value;
  }
  return nullptr;
}

/// Without a check: the simulator has just made the token.
json::object claims_of(json::value const& token) {
  std::string_view const text = token.as_string();
  std::size_t const first = text.find('.') + 1;
  std::string const payload =
      base::base64url_decode(text.substr(first, text.rfind('.') - first)).value_or("{}");
  return json::parse(payload).as_object();
}

std::int64_t seconds_of(json::object const& claims, char const* name) {
  json::value const* value = claims.if_contains(name);
  return value != nullptr && value->is_int64() ? value->as_int64() : 0;
}

bool token_unparsable(Scene const&, json::object& body) {
  json::value* const token = token_in(body);
  if (token != nullptr) *token = "this-is-no-jwt";
  return token != nullptr;
}

/// Gives the token other claims. It stays good for as long as it was: the mistake that shows is to
/// be the client's, not the simulator's.
template <void (*edit)(Scene const&, json::object&)>
bool in_claims(Scene const& scene, json::object& body) {
  json::value* const token = token_in(body);
  if (token == nullptr) return false;
  json::object claims = claims_of(*token);
  // Set before the edit, which may change `exp`.
  claims[Tokens::kHonouredUntil] = seconds_of(claims, "exp");
  edit(scene, claims);
  *token = scene.credentials.tokens.sign(json::serialize(claims));
  return true;
}

void without_exp(Scene const&, json::object& claims) { claims.erase("exp"); }

/// The one change of claims that really makes the token expire then.
void short_ttl(Scene const& scene, json::object& claims) {
  auto const now = std::chrono::floor<std::chrono::seconds>(scene.live.now());
  claims["exp"] = now.time_since_epoch().count() + scene.argument;
  claims.erase(Tokens::kHonouredUntil);
}

void clock_skew(Scene const& scene, json::object& claims) {
  claims["exp"] = seconds_of(claims, "exp") + scene.argument;
  claims["iat"] = seconds_of(claims, "iat") + scene.argument;
}

bool empty_queue_url(Scene const&, json::object& body) {
  if (!body.contains(kQueueUrl)) return false;
  body[kQueueUrl] = "";
  return true;
}

bool statistics_missing(Scene const&, json::object& body) { return body.erase(kStatistics) > 0; }

bool statistics_zero(Scene const&, json::object& body) {
  json::value* const statistics = body.if_contains(kStatistics);
  if (statistics == nullptr || !statistics->is_object()) return false;
  for (auto& [name, value] : statistics->as_object()) value = 0;
  return true;
}

bool count_mismatch(Scene const&, json::object& body) {
  json::value* const count = body.if_contains("count");
  if (count == nullptr || !count->is_number()) return false;
  // One more than there is, so that a client which trusts it reads beyond the end (W-1).
  *count = count->to_number<std::int64_t>() + 1;
  return true;
}

constexpr auto kKinds = std::to_array<FaultKind>({
    {"bom", "*", "a byte order mark before the body", bom},
    {"slow_body", "*", "the body comes in ten pieces over that time", slow_body,
     FaultParameter{"bodyMilliseconds", 1000, 1, kDay * 1000}},
    {"unknown_fields", "*", "fields of the future in the answer and in every job message",
     unknown_fields},
    {"token_unparsable", kTokenGivers, "the token is no JWT, and good for nothing",
     in_object<token_unparsable>},
    {"token_without_exp", kTokenGivers, "the token does not say when it expires",
     in_object<in_claims<without_exp>>},
    {"token_short_ttl", kTokenGivers, "the token expires that soon",
     in_object<in_claims<short_ttl>>, FaultParameter{"ttlSeconds", 5, 0, kDay}},
    {"token_clock_skew", kTokenGivers,
     "iat and exp of the token are by a clock that is that much ahead; it holds as long as ever",
     in_object<in_claims<clock_skew>>, FaultParameter{"skewSeconds", 3600, -kDay, kDay}},
    {"empty_queue_url", kSessionGivers, "messageQueueUrl is empty", in_object<empty_queue_url>},
    {"statistics_missing", kStatisticsGivers, "no statistics", in_object<statistics_missing>},
    {"statistics_zero", kStatisticsGivers, "statistics of zeros, whatever is true",
     in_object<statistics_zero>},
    {"count_mismatch", kLists, "count is one more than there are values",
     in_object<count_mismatch>},
});

}  // namespace

std::span<FaultKind const> kinds_that_change_bodies() noexcept { return kKinds; }

}  // namespace scaleset::simulator
