#include "simulator/front/control/faults.hpp"

#include <boost/json/array.hpp>
#include <utility>

#include "simulator/front/control/errors.hpp"
#include "simulator/front/effects/fault_kinds.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

json::object kind_json(FaultKind const& kind) {
  json::object body;
  body["kind"] = kind.name;
  body["routes"] = kind.routes;
  body["description"] = kind.description;
  if (!kind.parameter.name.empty()) {
    body["parameter"] = kind.parameter.name;
    body["default"] = kind.parameter.usual;
    body["least"] = kind.parameter.least;
    body["most"] = kind.parameter.most;
  }
  return body;
}

}  // namespace

http::ServerResponse control_add_fault(Call const& call, LiveModel& live, Trouble& trouble,
                                       OperationNames const& names) {
  Result<Fault> fault = read_fault(Fields(call.body), live.now(), fault_kinds(), names);
  if (!fault) return control_error(400, fault.error().message);
  json::object body;
  body["id"] = trouble.faults.add(std::move(*fault));
  return json_reply(201, body);
}

http::ServerResponse control_show_faults(Call const&, Trouble& trouble) {
  json::array active;
  for (Fault const& fault : trouble.faults.all()) active.push_back(fault_json(fault));
  json::array kinds;
  for (FaultKind const& kind : fault_kinds()) kinds.push_back(kind_json(kind));
  json::object body;
  body["faults"] = std::move(active);
  body["kinds"] = std::move(kinds);
  return json_reply(200, body);
}

http::ServerResponse control_clear_faults(Call const&, Trouble& trouble) {
  trouble.faults.clear();
  // What a fault put aside goes with it, so that a test begins afresh.
  trouble.repeats.clear();
  return empty_reply(204);
}

http::ServerResponse control_remove_fault(Call const& call, Trouble& trouble) {
  bool const removed = trouble.faults.remove(call.number(0));
  return removed ? empty_reply(204) : control_error(404, "there is no such fault");
}

http::ServerResponse control_set_latency(Call const& call, Trouble& trouble,
                                         OperationNames const& names) {
  Result<Latency> latency = read_latency(Fields(call.body), names);
  if (!latency) return control_error(400, latency.error().message);
  trouble.latencies.set(std::move(*latency));
  return json_reply(201, trouble.latencies.view());
}

http::ServerResponse control_show_latencies(Call const&, Trouble& trouble) {
  return json_reply(200, trouble.latencies.view());
}

http::ServerResponse control_clear_latencies(Call const&, Trouble& trouble) {
  trouble.latencies.clear();
  return empty_reply(204);
}

http::ServerResponse control_set_rate_limit(Call const& call, Trouble& trouble,
                                            OperationNames const& names) {
  Result<RateLimit> limit = read_rate_limit(Fields(call.body), names);
  if (!limit) return control_error(400, limit.error().message);
  trouble.rate_limits.set(std::move(*limit));
  return json_reply(201, trouble.rate_limits.view());
}

http::ServerResponse control_show_rate_limits(Call const&, Trouble& trouble) {
  return json_reply(200, trouble.rate_limits.view());
}

http::ServerResponse control_clear_rate_limits(Call const&, Trouble& trouble) {
  trouble.rate_limits.clear();
  return empty_reply(204);
}

}  // namespace scaleset::simulator
