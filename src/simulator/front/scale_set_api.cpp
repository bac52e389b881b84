#include "simulator/front/scale_set_api.hpp"

#include <boost/json/array.hpp>
#include <ranges>

#include "simulator/front/access.hpp"
#include "simulator/front/fields.hpp"
#include "simulator/front/jit_config.hpp"
#include "simulator/front/replies.hpp"
#include "simulator/front/wire_json.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

/// A call whose token is good.
struct Visit {
  Service& service;
  Call const& call;
  std::string tenant;
  [[nodiscard]] Tenant const& owner() const { return *service.model.find_tenant(tenant); }
  [[nodiscard]] ScaleSetId scale_set() const { return ScaleSetId{call.number(0)}; }
  [[nodiscard]] RunnerId runner() const { return RunnerId{call.number(0)}; }
};

json::object with_statistics(Visit const& visit, ScaleSet const& set) {
  json::object body =
      scale_set_json(visit.owner(), set, visit.service.service_url(visit.call, visit.owner()));
  body["statistics"] = statistics_json(visit.service.model.statistics(visit.tenant, set.id));
  return body;
}

http::ServerResponse show(Visit const& visit, ScaleSetId id) {
  Outcome<ScaleSet const*> const set = visit.service.model.scale_set(visit.tenant, id);
  if (!set) return service_refusal(set.error());
  return json_reply(200, with_statistics(visit, **set));
}

http::ServerResponse find_sets(Visit const& visit) {
  std::string const name = visit.call.parameter("name");
  std::string const group = visit.call.parameter("runnerGroupId");
  json::array found;
  for (ScaleSet const& set : visit.owner().scale_sets | std::views::values) {
    if (!name.empty() && !equal_ignoring_case(set.name, name)) continue;
    if (!group.empty() && std::to_string(set.group.value) != group) continue;
    found.push_back(with_statistics(visit, set));
  }
  return json_reply(200, counted(std::move(found)));
}

std::optional<std::vector<Label>> read_labels(Fields& fields) {
  std::optional<json::array> const list = fields.list("labels");
  if (!list) return std::nullopt;
  std::vector<Label> labels;
  for (json::value const& element : *list) {
    if (!element.is_object()) {
      fields.complain("labels", "every label must be an object");
      continue;
    }
    Fields label(element.as_object());
    labels.emplace_back(label.text("name").value_or(""));
    labels.back().type = label.text("type").value_or("System");
    if (!label.problem().empty() || labels.back().name.empty())
      fields.complain("labels", "every label needs a name");
  }
  return labels;
}

/// Zero and empty mean "not given", as the Go client cannot say it otherwise (E7).
ScaleSetDraft read_draft(Fields& fields) {
  ScaleSetDraft draft;
  draft.name = fields.text("name");
  std::int64_t const group = fields.integer("runnerGroupId").value_or(0);
  if (group != 0) draft.group = RunnerGroupId{group};
  draft.labels = read_labels(fields);
  std::optional<Fields> setting = fields.object("RunnerSetting");
  if (setting) {
    draft.disable_update = setting->flag("disableUpdate");
    if (!setting->problem().empty()) fields.complain("RunnerSetting", setting->problem());
  }
  return draft;
}

http::ServerResponse create(Visit const& visit) {
  Fields fields(visit.call.body);
  ScaleSetDraft draft = read_draft(fields);
  if (!fields.problem().empty()) return bad_request(fields.problem());
  Outcome<ScaleSetId> const id =
      visit.service.model.create_scale_set(visit.service.now(), visit.tenant, std::move(draft));
  if (!id) return service_refusal(id.error());
  return show(visit, *id);
}

http::ServerResponse update(Visit const& visit) {
  Fields fields(visit.call.body);
  ScaleSetDraft draft = read_draft(fields);
  if (!fields.problem().empty()) return bad_request(fields.problem());
  Outcome<void> const done = visit.service.model.update_scale_set(
      visit.service.now(), visit.tenant, visit.scale_set(), std::move(draft));
  if (!done) return service_refusal(done.error());
  return show(visit, visit.scale_set());
}

http::ServerResponse remove_set(Visit const& visit) {
  Outcome<void> const done =
      visit.service.model.delete_scale_set(visit.service.now(), visit.tenant, visit.scale_set());
  return done ? empty_reply(204) : service_refusal(done.error());
}

http::ServerResponse find_groups(Visit const& visit) {
  std::string const name = visit.call.parameter("groupName");
  json::array found;
  for (Group const& group : visit.owner().groups) {
    if (name.empty() || equal_ignoring_case(group.name, name))
      found.push_back(group_json(visit.owner(), group));
  }
  return json_reply(200, counted(std::move(found)));
}

json::object runner_body(Visit const& visit, Runner const& runner) {
  Outcome<ScaleSet const*> const set =
      visit.service.model.scale_set(visit.tenant, runner.scale_set);
  return runner_json(set ? *set : nullptr, runner);
}

http::ServerResponse generate_jit_config(Visit const& visit) {
  Fields fields(visit.call.body);
  std::string name = fields.text("name").value_or("");
  std::string work_folder = fields.text("workFolder").value_or("");
  if (!fields.problem().empty()) return bad_request(fields.problem());
  Model& model = visit.service.model;
  Outcome<RunnerId> const id =
      model.register_runner(visit.service.now(), visit.tenant, visit.scale_set(), std::move(name),
                            std::move(work_folder));
  if (!id) return service_refusal(id.error());
  Runner const& runner = **model.runner(visit.tenant, *id);
  bool const disable_update = (*model.scale_set(visit.tenant, runner.scale_set))->disable_update;
  json::object body;
  body["runner"] = runner_body(visit, runner);
  body["encodedJITConfig"] =
      make_jit_config(runner, disable_update, visit.call.base_url,
                      visit.call.base_url + "/" + visit.owner().path, visit.service.runner_key);
  return json_reply(200, body);
}

http::ServerResponse find_runners(Visit const& visit) {
  std::string const name = visit.call.parameter("agentName");
  json::array found;
  for (Runner const& runner : visit.owner().runners | std::views::values) {
    if (name.empty() || equal_ignoring_case(runner.name, name))
      found.push_back(runner_body(visit, runner));
  }
  return json_reply(200, counted(std::move(found)));
}

http::ServerResponse show_runner(Visit const& visit) {
  Outcome<Runner const*> const runner = visit.service.model.runner(visit.tenant, visit.runner());
  if (!runner) return service_refusal(runner.error());
  return json_reply(200, runner_body(visit, **runner));
}

http::ServerResponse remove_runner(Visit const& visit) {
  Outcome<void> const done =
      visit.service.model.remove_runner(visit.service.now(), visit.tenant, visit.runner());
  return done ? empty_reply(204) : service_refusal(done.error());
}

http::ServerResponse list_acquirable(Visit const& visit) {
  Outcome<std::vector<JobFacts>> const jobs =
      visit.service.model.acquirable_jobs(visit.tenant, visit.scale_set());
  if (!jobs) return service_refusal(jobs.error());
  if (jobs->empty()) return empty_reply(204);
  std::string const url = visit.service.acquire_url(visit.call, visit.owner(), visit.scale_set());
  json::array list;
  for (JobFacts const& job : *jobs) list.push_back(acquirable_json(job, url));
  return json_reply(200, counted(std::move(list)));
}

}  // namespace

http::ServerResponse answer_scale_set_call(Service& service, Call const& call) {
  std::optional<std::string> tenant = admin_tenant(service, call);
  if (!tenant) return invalid_token();
  service.model.advance(service.now());
  Visit const visit{service, call, std::move(*tenant)};
  switch (call.route.operation) {
    case Operation::find_scale_set: return find_sets(visit);
    case Operation::get_scale_set: return show(visit, visit.scale_set());
    case Operation::create_scale_set: return create(visit);
    case Operation::update_scale_set: return update(visit);
    case Operation::delete_scale_set: return remove_set(visit);
    case Operation::find_runner_group: return find_groups(visit);
    case Operation::generate_jit_config: return generate_jit_config(visit);
    case Operation::find_runner: return find_runners(visit);
    case Operation::get_runner: return show_runner(visit);
    case Operation::remove_runner: return remove_runner(visit);
    default: return list_acquirable(visit);
  }
}

}  // namespace scaleset::simulator
