#include "simulator/front/rest_runner_api.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <ranges>

#include "simulator/front/access.hpp"
#include "simulator/front/fields.hpp"
#include "simulator/front/jit_config.hpp"
#include "simulator/front/pages.hpp"
#include "simulator/front/replies.hpp"
#include "simulator/front/wire_json.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr RunnerGroupId kHostedGroup{2};
constexpr std::size_t kMostLabels = 100;
constexpr std::size_t kLongestLabel = 256;

http::ServerResponse rest_refusal(Refusal const& refusal) {
  switch (refusal.kind) {
    case RefusalKind::runner_not_found: return rest_error(404, "Not Found");
    case RefusalKind::runner_exists: return rest_error(409, refusal.message);
    default: return rest_error(422, refusal.message);
  }
}

json::object runner_view(Tenant const& tenant, Runner const& runner) {
  auto const set = tenant.scale_sets.find(runner.scale_set);
  return rest_runner_json(set == tenant.scale_sets.end() ? nullptr : &set->second, runner);
}

/// The first of the keys that must be there and is not.
std::optional<http::ServerResponse> missing_key(Fields const& fields) {
  for (std::string_view const key : {"name", "runner_group_id", "labels"}) {
    if (fields.find(key) == nullptr) {
      return rest_error(422,
                        "Invalid input: object is missing required key: " + std::string(key) + ".");
    }
  }
  return std::nullopt;
}

std::vector<Label> read_labels(Fields& fields) {
  std::vector<Label> labels;
  json::array const list = fields.list("labels").value_or(json::array());
  if (list.empty() || list.size() > kMostLabels)
    fields.complain("labels", "must be 1 to 100 labels");
  for (json::value const& element : list) {
    bool const usable = element.is_string() && !element.as_string().empty() &&
                        element.as_string().size() <= kLongestLabel;
    if (!usable) {
      fields.complain("labels", "every label must be a string of 1 to 256 characters");
      return labels;
    }
    labels.emplace_back(std::string(element.as_string()));
    labels.back().type = "custom";
  }
  return labels;
}

std::optional<http::ServerResponse> group_problem(Tenant const& tenant, RunnerGroupId group) {
  if (group == kHostedGroup)
    return rest_error(403, "Runner group is reserved for GitHub-hosted runners.");
  bool const known =
      std::ranges::any_of(tenant.groups, [&](Group const& one) { return one.id == group; });
  if (known) return std::nullopt;
  return rest_error(404, "Not Found");
}

http::ServerResponse generate_jit_config(Service& service, Call const& call) {
  Fields fields(call.body);
  if (!fields.problem().empty()) return rest_error(400, "Problems parsing JSON");
  if (auto refusal = missing_key(fields)) return *refusal;
  RunnerDraft draft;
  draft.name = fields.text("name").value_or("");
  draft.group = RunnerGroupId{fields.integer("runner_group_id").value_or(0)};
  draft.labels = read_labels(fields);
  draft.work_folder = fields.text("work_folder").value_or("_work");
  if (!fields.problem().empty()) return rest_error(422, "Invalid input: " + fields.problem());
  Model& model = service.model;
  std::string const key = model.open_tenant(call.route.parameters.front());
  Tenant const& tenant = *model.find_tenant(key);
  if (auto refusal = group_problem(tenant, draft.group)) return *refusal;
  Outcome<RunnerId> const id = model.register_plain_runner(service.now(), key, std::move(draft));
  if (!id) return rest_refusal(id.error());
  Runner const& runner = **model.runner(key, *id);
  json::object body;
  body["runner"] = runner_view(tenant, runner);
  body["encoded_jit_config"] = make_jit_config(
      runner, false, call.base_url, call.base_url + "/" + tenant.path, service.runner_key);
  return json_reply(201, body);
}

http::ServerResponse list(Tenant const& tenant, Call const& call) {
  std::string const name = call.parameter("name");
  json::array found;
  for (Runner const& runner : tenant.runners | std::views::values) {
    if (name.empty() || equal_ignoring_case(runner.name, name))
      found.push_back(runner_view(tenant, runner));
  }
  return page_reply(call, "runners", found);
}

http::ServerResponse show(Service const& service, std::string const& key, RunnerId id) {
  Outcome<Runner const*> const runner = service.model.runner(key, id);
  if (!runner) return rest_refusal(runner.error());
  return json_reply(200, runner_view(*service.model.find_tenant(key), **runner));
}

http::ServerResponse remove(Service& service, std::string const& key, RunnerId id) {
  // Unlike E15, the REST API minds when there is no such runner.
  Outcome<Runner const*> const runner = service.model.runner(key, id);
  if (!runner) return rest_refusal(runner.error());
  Outcome<void> const done = service.model.remove_runner(service.now(), key, id);
  return done ? empty_reply(204) : rest_refusal(done.error());
}

}  // namespace

http::ServerResponse answer_rest_runner_call(Service& service, Call const& call) {
  if (!has_user_credential(call)) return rest_error(401, "Bad credentials");
  service.model.advance(service.now());
  if (call.route.operation == Operation::rest_jit_config) return generate_jit_config(service, call);
  std::string const key = Model::key(call.route.parameters.front());
  Tenant const* const tenant = service.model.find_tenant(key);
  if (tenant == nullptr) return rest_error(404, "Not Found");
  if (call.route.operation == Operation::rest_list_runners) return list(*tenant, call);
  RunnerId const id{call.number(1)};
  return call.route.operation == Operation::rest_get_runner ? show(service, key, id)
                                                            : remove(service, key, id);
}

}  // namespace scaleset::simulator
