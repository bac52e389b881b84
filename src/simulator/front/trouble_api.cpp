#include "simulator/front/trouble_api.hpp"

#include <boost/json/array.hpp>
#include <charconv>
#include <ranges>

#include "base/rfc3339.hpp"
#include "simulator/front/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

http::ServerResponse add_fault(Service& service, Call const& call) {
  Result<Fault> fault = read_fault(Fields(call.body), service.now());
  if (!fault) return control_error(400, fault.error().message);
  json::object body;
  body["id"] = service.faults.add(std::move(*fault));
  return json_reply(201, body);
}

json::object kind_json(FaultKindInfo const& info) {
  json::object body;
  body["kind"] = info.name;
  body["routes"] = info.routes;
  body["description"] = info.description;
  if (!info.parameter.empty()) {
    body["parameter"] = info.parameter;
    body["default"] = info.usual;
    body["least"] = info.least;
    body["most"] = info.most;
  }
  return body;
}

http::ServerResponse show_faults(Service const& service) {
  json::array active;
  for (Fault const& fault : service.faults.all()) active.push_back(fault_json(fault));
  json::array kinds;
  for (FaultKindInfo const& info : fault_kinds()) kinds.push_back(kind_json(info));
  json::object body;
  body["faults"] = std::move(active);
  body["kinds"] = std::move(kinds);
  return json_reply(200, body);
}

http::ServerResponse clear_faults(Service& service) {
  service.faults.clear();
  service.repeats.clear();
  return empty_reply(204);
}

http::ServerResponse remove_fault(Service& service, Call const& call) {
  return service.faults.remove(call.number(0)) ? empty_reply(204)
                                               : control_error(404, "there is no such fault");
}

http::ServerResponse set_latency(Service& service, Call const& call) {
  Result<Latency> latency = read_latency(Fields(call.body));
  if (!latency) return control_error(400, latency.error().message);
  service.latencies.set(std::move(*latency));
  return json_reply(201, service.latencies.view());
}

http::ServerResponse set_rate_limit(Service& service, Call const& call) {
  Result<RateLimit> limit = read_rate_limit(Fields(call.body));
  if (!limit) return control_error(400, limit.error().message);
  service.rate_limits.set(std::move(*limit));
  return json_reply(201, service.rate_limits.view());
}

/// What a good session's owner sees then is what an eviction by the service looks like.
http::ServerResponse end_session(Service& service, Call const& call) {
  std::string const& session = call.route.parameters.front();
  for (auto const& [key, tenant] : service.model.world().tenants) {
    for (ScaleSet const& set : tenant.scale_sets | std::views::values) {
      if (!set.session || set.session->id != session) continue;
      static_cast<void>(service.model.delete_session(service.now(), key, set.id, session));
      return empty_reply(204);
    }
  }
  return control_error(404, "there is no such session");
}

/// A number or a time; false: neither.
bool read_since(std::string const& text, TranscriptQuery& query) {
  std::int64_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) {
    query.after = number;
    return true;
  }
  query.since = base::parse_rfc3339(text);
  return query.since.has_value();
}

http::ServerResponse show_transcript(Service const& service, Call const& call) {
  TranscriptQuery query;
  query.operation = call.parameter("operation");
  if (!query.operation.empty() && query.operation != "unknown" && !operation_named(query.operation))
    return control_error(400, "operation: there is none of that name");
  std::string const since = call.parameter("since");
  if (!since.empty() && !read_since(since, query))
    return control_error(400,
                         "since: must be the number of an exchange, or a time such as "
                         "2026-11-23T16:00:00Z");
  std::string const secrets = call.parameter("secrets");
  if (!secrets.empty() && secrets != "show")
    return control_error(400, "secrets: the only thing to ask for is \"show\"");
  query.secrets = secrets == "show";
  http::ServerResponse response = text_reply(200, service.transcript.text(query));
  response.headers.front().second = "application/x-ndjson";
  response.headers.emplace_back("X-Transcript-Dropped",
                                std::to_string(service.transcript.dropped()));
  return response;
}

}  // namespace

http::ServerResponse answer_trouble_call(Service& service, Call const& call) {
  switch (call.route.operation) {
    case Operation::control_add_fault: return add_fault(service, call);
    case Operation::control_show_faults: return show_faults(service);
    case Operation::control_clear_faults: return clear_faults(service);
    case Operation::control_remove_fault: return remove_fault(service, call);
    case Operation::control_set_latency: return set_latency(service, call);
    case Operation::control_show_latencies: return json_reply(200, service.latencies.view());
    case Operation::control_clear_latencies: service.latencies.clear(); return empty_reply(204);
    case Operation::control_set_rate_limit: return set_rate_limit(service, call);
    case Operation::control_show_rate_limits: return json_reply(200, service.rate_limits.view());
    case Operation::control_clear_rate_limits: service.rate_limits.clear(); return empty_reply(204);
    case Operation::control_end_session: return end_session(service, call);
    case Operation::control_clear_transcript: service.transcript.clear(); return empty_reply(204);
    default: return show_transcript(service, call);
  }
}

}  // namespace scaleset::simulator
