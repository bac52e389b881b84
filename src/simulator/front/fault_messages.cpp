#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <ranges>

#include "simulator/front/access.hpp"
#include "simulator/front/fault_effects.hpp"
#include "simulator/front/replies.hpp"
#include "simulator/front/wire_json.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::array<char const*, 4> kTimes{"queueTime", "scaleSetAssignTime", "runnerAssignTime",
                                            "finishTime"};
constexpr std::int64_t kNobody = 999999999;
constexpr std::string_view kNobodysName = "runner-of-nobody";
constexpr std::size_t kMostRepeats = 1000;  // of sessions that never poll again

std::string altered_time(FaultKind kind, std::string time) {
  if (kind == FaultKind::empty_times) return "";
  if (time.ends_with('Z')) time.pop_back();
  if (kind == FaultKind::zoneless_times) return time;
  std::size_t const point = time.find('.');
  std::string const digits = point == std::string::npos ? "" : time.substr(point + 1);
  return time.substr(0, point) + "." + digits + std::string(7 - digits.size(), '0') + "Z";
}

bool alter_times(FaultKind kind, json::object& entry) {
  bool altered = false;
  for (char const* name : kTimes) {
    json::value* const value = entry.if_contains(name);
    if (value == nullptr || !value->is_string()) continue;
    *value = altered_time(kind, std::string(value->as_string()));
    altered = true;
  }
  return altered;
}

bool is_about_a_runner(json::object const& entry) {
  json::value const* const runner = entry.if_contains("runnerId");
  return runner != nullptr && runner->is_int64() && runner->as_int64() > 0;
}

bool move_to(json::object& entry, std::int64_t id, std::string_view name) {
  entry["runnerId"] = id;
  entry["runnerName"] = name;
  return true;
}

bool move_to_other_runner(Service const& service, TokenClaims const& claims, json::object& entry) {
  auto const& runners = service.model.find_tenant(claims.tenant)->runners;
  std::int64_t const own = entry["runnerId"].as_int64();
  for (Runner const& runner : runners | std::views::values) {
    if (runner.id.value != own && runner.scale_set.value == claims.id)
      return move_to(entry, runner.id.value, runner.name);
  }
  return false;
}

bool alter_entry(Service const& service, TokenClaims const& claims, FaultKind kind,
                 json::object& entry) {
  switch (kind) {
    case FaultKind::numeric_job_id: entry["jobId"] = 1448; return true;
    case FaultKind::zero_request_ids: entry["runnerRequestId"] = 0; return true;
    case FaultKind::unknown_fields:
      entry["futureField"] = json::object{{"deep", true}};
      return true;
    case FaultKind::job_on_unknown_runner:
      return is_about_a_runner(entry) && move_to(entry, kNobody, kNobodysName);
    case FaultKind::job_on_other_runner:
      return is_about_a_runner(entry) && move_to_other_runner(service, claims, entry);
    default: return alter_times(kind, entry);
  }
}

bool add_completed(Service& service, json::array& entries) {
  json::object entry = entries.front().as_object();
  entry["messageType"] = "JobCompleted";
  entry["result"] = "succeeded";
  entry["jobId"] = service.passing_hex(8) + "-0000-4000-8000-" + service.passing_hex(12);
  entry["runnerRequestId"] = kNobody;
  move_to(entry, kNobody, kNobodysName);
  entries.push_back(std::move(entry));
  return true;
}

bool double_entries(json::array& entries) {
  std::size_t const size = entries.size();
  for (std::size_t index = 0; index < size; ++index) {
    json::value copy = entries[index];
    entries.push_back(std::move(copy));
  }
  return true;
}

bool add_unknown(json::array& entries) {
  json::object future;
  future["messageType"] = "JobPondered";
  future["runnerRequestId"] = "a text";
  entries.insert(entries.begin(), json::object());
  entries.insert(entries.begin(), std::move(future));
  return true;
}

bool alter_entries(Service& service, TokenClaims const& claims, FaultKind kind,
                   json::array& entries) {
  if (entries.empty()) return false;
  switch (kind) {
    case FaultKind::duplicate_entries: return double_entries(entries);
    case FaultKind::unknown_job_message: return add_unknown(entries);
    case FaultKind::completed_on_unknown_runner: return add_completed(service, entries);
    default: break;
  }
  bool altered = false;
  for (json::value& entry : entries)
    altered = alter_entry(service, claims, kind, entry.as_object()) || altered;
  return altered;
}

void put_aside(Service& service, std::string const& session, std::string body) {
  if (service.repeats.size() < kMostRepeats) service.repeats.emplace(session, std::move(body));
}

/// Answers with the message that follows this one, and puts this one aside.
bool swap_with_next(Service& service, Call const& call, TokenClaims const& claims,
                    std::int64_t message, http::ServerResponse& response) {
  ScaleSetId const id{claims.id};
  auto const& log = service.model.find_tenant(claims.tenant)->scale_sets.at(id).queue.log;
  auto const next = std::ranges::find_if(
      log, [&](Message const& candidate) { return candidate.id.value > message; });
  if (next == log.end()) return false;
  put_aside(service, claims.session, response.body);
  Delivery const delivery{*next, service.model.statistics(claims.tenant, id)};
  Tenant const& tenant = *service.model.find_tenant(claims.tenant);
  response = json_reply(200, message_json(delivery, service.model.options().profile,
                                          service.acquire_url(call, tenant, id)));
  return true;
}

bool alter_envelope(Service& service, TokenClaims const& claims, FaultKind kind,
                    json::object& envelope) {
  if (kind == FaultKind::unknown_message_type) {
    envelope["messageType"] = "RunnerScaleSetFutureMessages";
    return true;
  }
  boost::system::error_code error;
  json::value entries = json::parse(envelope["body"].as_string(), error);
  if (error || !entries.is_array()) return false;
  if (!alter_entries(service, claims, kind, entries.as_array())) return false;
  envelope["body"] = json::serialize(entries);
  return true;
}

}  // namespace

bool alter_message(Service& service, Call const& call, FaultKind kind,
                   http::ServerResponse& response) {
  if (call.route.operation != Operation::get_message || response.status != 200) return false;
  std::optional<TokenClaims> const claims = queue_claims(service, call);
  boost::system::error_code error;
  json::value parsed = json::parse(response.body, error);
  if (!claims || error) return false;
  json::object& envelope = parsed.as_object();
  if (kind == FaultKind::duplicate_delivery) {
    put_aside(service, claims->session, response.body);
    return true;
  }
  if (kind == FaultKind::out_of_order_delivery)
    return swap_with_next(service, call, *claims, envelope["messageId"].as_int64(), response);
  if (!alter_envelope(service, *claims, kind, envelope)) return false;
  response.body = json::serialize(envelope);
  return true;
}

std::optional<http::ServerResponse> take_repeat(Service& service, Call const& call) {
  if (service.repeats.empty() || call.route.operation != Operation::get_message)
    return std::nullopt;
  std::optional<TokenClaims> const claims = queue_claims(service, call);
  if (!claims) return std::nullopt;
  auto const found = service.repeats.find(claims->session);
  if (found == service.repeats.end()) return std::nullopt;
  http::ServerResponse response = text_reply(200, std::move(found->second));
  response.headers.front().second = "application/json; charset=utf-8";
  service.repeats.erase(found);
  return response;
}

}  // namespace scaleset::simulator
