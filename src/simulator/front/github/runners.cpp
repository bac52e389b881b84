#include "simulator/front/github/runners.hpp"

#include <boost/json/array.hpp>
#include <ranges>
#include <utility>

#include "simulator/front/github/errors.hpp"
#include "simulator/front/github/jit_config.hpp"
#include "simulator/front/github/wire_json.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/replies.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

json::object runner_body(AdminVisit const& visit, Runner const& runner) {
  Outcome<ScaleSet const*> const set = visit.live.model.scale_set(visit.tenant, runner.scale_set);
  return runner_json(set ? *set : nullptr, runner);
}

}  // namespace

http::ServerResponse generate_jit_config(AdminVisit const& visit, Credentials& credentials) {
  Fields fields(visit.call.body);
  std::string name = fields.text("name").value_or("");
  // Empty means the service's default (protocol.md E13).
  std::string work_folder = fields.text("workFolder").value_or("");
  if (!fields.problem().empty()) return bad_request(fields.problem());
  Model& model = visit.live.model;
  Outcome<RunnerId> const id = model.register_runner(
      visit.live.now(), visit.tenant, visit.scale_set(), std::move(name), std::move(work_folder));
  if (!id) return service_refusal(id.error());
  Runner const& runner = **model.runner(visit.tenant, *id);
  bool const disable_update = (*model.scale_set(visit.tenant, runner.scale_set))->disable_update;
  json::object body;
  body["runner"] = runner_body(visit, runner);
  body["encodedJITConfig"] = make_jit_config(visit.call, visit.owner(), runner, disable_update,
                                             credentials.runner_key_file());
  return json_reply(200, body);
}

http::ServerResponse find_runner(AdminVisit const& visit) {
  // Without the parameter, the call lists all runners (protocol.md E15).
  std::string const name = visit.call.parameter("agentName");
  json::array found;
  for (Runner const& runner : visit.owner().runners | std::views::values) {
    if (name.empty() || equal_ignoring_case(runner.name, name))
      found.push_back(runner_body(visit, runner));
  }
  return json_reply(200, counted(std::move(found)));
}

http::ServerResponse get_runner(AdminVisit const& visit) {
  Outcome<Runner const*> const runner = visit.live.model.runner(visit.tenant, visit.runner());
  if (!runner) return service_refusal(runner.error());
  return json_reply(200, runner_body(visit, **runner));
}

http::ServerResponse remove_runner(AdminVisit const& visit) {
  Outcome<void> const done =
      visit.live.model.remove_runner(visit.live.now(), visit.tenant, visit.runner());
  return done ? empty_reply(204) : service_refusal(done.error());
}

}  // namespace scaleset::simulator
