#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <ranges>
#include <string>
#include <utility>

#include "simulator/front/effects/edit_messages.hpp"
#include "simulator/front/effects/fault_kinds.hpp"
#include "simulator/front/github/urls.hpp"
#include "simulator/front/github/visits.hpp"
#include "simulator/front/github/wire_json.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::string_view kPoll = "get_message";
constexpr std::array<char const*, 4> kTimes{"queueTime", "scaleSetAssignTime", "runnerAssignTime",
                                            "finishTime"};
// An id and a name that no runner of the simulator gets.
constexpr std::int64_t kNobody = 999999999;
constexpr std::string_view kNobodysName = "runner-of-nobody";

template <EditEnvelope edit>
bool in_envelope(Scene const& scene, http::ServerResponse& response) {
  return edit_envelope(scene, response, edit);
}
template <EditJobMessages edit>
bool in_batch(Scene const& scene, http::ServerResponse& response) {
  return edit_job_messages(scene, response, edit);
}
template <EditJobMessage edit>
bool in_each(Scene const& scene, http::ServerResponse& response) {
  return edit_each_job_message(scene, response, edit);
}

// --- deliveries

bool duplicate_delivery(Scene const& scene, http::ServerResponse& response) {
  std::optional<TokenClaims> const claims = claims_of_delivery(scene, response);
  // The answer goes out as it is, and its copy comes again.
  if (claims) scene.repeats.put_aside(claims->session, response.body);
  return claims.has_value();
}

/// Answers with the message that follows this one, and puts this one aside.
bool out_of_order_delivery(Scene const& scene, http::ServerResponse& response) {
  std::optional<TokenClaims> const claims = claims_of_delivery(scene, response);
  boost::system::error_code error;
  json::value const envelope = json::parse(response.body, error);
  if (!claims || error) return false;
  Model const& model = scene.live.model;
  Tenant const& tenant = *model.find_tenant(claims->tenant);
  ScaleSetId const id{claims->id};
  std::int64_t const first = envelope.at("messageId").as_int64();
  auto const& log = tenant.scale_sets.at(id).queue.log;
  auto const next = std::ranges::find_if(
      log, [&](Message const& candidate) { return candidate.id.value > first; });
  // There is no second message, so there is no order to change. The fault waits.
  if (next == log.end()) return false;
  scene.repeats.put_aside(claims->session, response.body);
  Profile const profile = scene.live.profile();
  Delivery const delivery{*next, model.statistics(claims->tenant, id)};
  response = json_reply(
      200, message_json(delivery, profile, acquire_url(profile, scene.call, tenant, id)));
  return true;
}

bool unknown_message_type(Scene const&, json::object& envelope) {
  envelope["messageType"] = "RunnerScaleSetFutureMessages";
  return true;
}

// --- the batch

bool duplicate_entries(Scene const&, json::array& entries) {
  std::size_t const size = entries.size();
  for (std::size_t index = 0; index < size; ++index) {
    json::value copy = entries[index];
    entries.push_back(std::move(copy));
  }
  return true;
}

bool unknown_job_message(Scene const&, json::array& entries) {
  json::object future;
  future["messageType"] = "JobPondered";
  future["runnerRequestId"] = "a text";
  // In front, so that a client which stops at the first thing it does not know loses the rest.
  entries.insert(entries.begin(), json::object());
  entries.insert(entries.begin(), std::move(future));
  return true;
}

void move_to(json::object& entry, std::int64_t id, std::string_view name) {
  entry["runnerId"] = id;
  entry["runnerName"] = name;
}

bool completed_on_unknown_runner(Scene const& scene, json::array& entries) {
  Credentials& credentials = scene.credentials;
  // A copy of a real entry, so that every field that a client may want is there.
  json::object entry = entries.front().as_object();
  entry["messageType"] = "JobCompleted";
  entry["result"] = "succeeded";
  entry["jobId"] = credentials.passing_hex(8) + "-0000-4000-8000-" + credentials.passing_hex(12);
  entry["runnerRequestId"] = kNobody;
  move_to(entry, kNobody, kNobodysName);
  entries.push_back(std::move(entry));
  return true;
}

// --- each job message

/// An effect that rewrites the times of a job message.
template <std::string (*rewritten)(std::string)>
bool in_times(Scene const&, json::object& entry) {
  bool changed = false;
  for (char const* name : kTimes) {
    json::value* const value = entry.if_contains(name);
    if (value == nullptr || !value->is_string()) continue;
    *value = rewritten(std::string(value->as_string()));
    changed = true;
  }
  return changed;
}

std::string emptied(std::string) { return ""; }

std::string without_zone(std::string time) {
  if (time.ends_with('Z')) time.pop_back();
  return time;
}

std::string with_seven_digits(std::string time) {
  time = without_zone(std::move(time));
  std::size_t const point = time.find('.');
  // At most three, since the simulator's times are in milliseconds, so `7 - digits.size()` is safe.
  std::string const digits = point == std::string::npos ? "" : time.substr(point + 1);
  return time.substr(0, point) + "." + digits + std::string(7 - digits.size(), '0') + "Z";
}

bool numeric_job_id(Scene const&, json::object& entry) {
  entry["jobId"] = 1448;
  return true;
}

bool zero_request_ids(Scene const&, json::object& entry) {
  entry["runnerRequestId"] = 0;
  return true;
}

bool is_about_a_runner(json::object const& entry) {
  json::value const* const runner = entry.if_contains("runnerId");
  return runner != nullptr && runner->is_int64() && runner->as_int64() > 0;
}

bool job_on_unknown_runner(Scene const&, json::object& entry) {
  if (!is_about_a_runner(entry)) return false;
  move_to(entry, kNobody, kNobodysName);
  return true;
}

bool job_on_other_runner(Scene const& scene, json::object& entry) {
  std::optional<TokenClaims> const claims = queue_claims(scene.live, scene.credentials, scene.call);
  if (!claims || !is_about_a_runner(entry)) return false;
  std::int64_t const own = entry["runnerId"].as_int64();
  auto const& runners = scene.live.model.find_tenant(claims->tenant)->runners;
  for (Runner const& runner : runners | std::views::values) {
    // At GitHub a job goes to any runner of the scale set, but never to one of another.
    if (runner.id.value == own || runner.scale_set.value != claims->id) continue;
    move_to(entry, runner.id.value, runner.name);
    return true;
  }
  return false;
}

constexpr auto kKinds = std::to_array<FaultKind>({
    {"duplicate_delivery", kPoll,
     "the session's next poll gets this message again, whatever its cursor", duplicate_delivery},
    {"duplicate_entries", kPoll, "every job message twice in its batch",
     in_batch<duplicate_entries>},
    {"out_of_order_delivery", kPoll,
     "of two waiting messages the second comes first; the next poll gets the other one",
     out_of_order_delivery},
    {"unknown_message_type", kPoll, "the envelope is of a type of the future",
     in_envelope<unknown_message_type>},
    {"unknown_job_message", kPoll,
     "job messages of the future, and an empty one, in front of the others",
     in_batch<unknown_job_message>},
    {"seven_digit_times", kPoll, "times with seven digits after the point",
     in_each<in_times<with_seven_digits>>},
    {"zoneless_times", kPoll, "times without a zone", in_each<in_times<without_zone>>},
    {"empty_times", kPoll, "times that are empty texts", in_each<in_times<emptied>>},
    {"numeric_job_id", kPoll, "jobId is a number", in_each<numeric_job_id>},
    {"zero_request_ids", kPoll, "runnerRequestId is 0 in every job message",
     in_each<zero_request_ids>},
    {"completed_on_unknown_runner", kPoll,
     "one more JobCompleted, of a job and a runner nobody knows",
     in_batch<completed_on_unknown_runner>},
    {"job_on_unknown_runner", kPoll, "JobStarted and JobCompleted name a runner nobody knows",
     in_each<job_on_unknown_runner>},
    {"job_on_other_runner", kPoll,
     "JobStarted and JobCompleted name another runner of the scale set",
     in_each<job_on_other_runner>},
});

}  // namespace

std::span<FaultKind const> kinds_that_change_messages() noexcept { return kKinds; }

}  // namespace scaleset::simulator
