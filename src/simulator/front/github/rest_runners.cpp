#include "simulator/front/github/rest_runners.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <expected>
#include <ranges>
#include <utility>

#include "simulator/front/github/errors.hpp"
#include "simulator/front/github/jit_config.hpp"
#include "simulator/front/github/pages.hpp"
#include "simulator/front/github/wire_json.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/replies.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

// GitHub's own group, in which nobody may register runners (protocol.md E19).
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

/// The refusal for the first required key that is missing. None: all are there.
std::optional<http::ServerResponse> missing_key(Fields const& fields) {
  // In GitHub's words (protocol.md E19).
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

/// The call's tenant, or null if there is none of that name.
Tenant const* tenant_of(UserVisit const& visit) {
  return visit.live.model.find_tenant(Model::key(visit.call.segments.front()));
}

/// The call's runner, or the 404 that says that there is none.
std::expected<Runner const*, http::ServerResponse> runner_of(UserVisit const& visit) {
  std::string const key = Model::key(visit.call.segments.front());
  if (visit.live.model.find_tenant(key) == nullptr)
    return std::unexpected(rest_error(404, "Not Found"));
  Outcome<Runner const*> const runner =
      visit.live.model.runner(key, RunnerId{visit.call.number(1)});
  if (!runner) return std::unexpected(rest_refusal(runner.error()));
  return *runner;
}

}  // namespace

http::ServerResponse rest_jit_config(UserVisit const& visit, Credentials& credentials) {
  Call const& call = visit.call;
  Fields fields(call.body);
  if (!fields.problem().empty()) return rest_error(400, "Problems parsing JSON");
  if (auto refusal = missing_key(fields)) return *refusal;
  RunnerDraft draft;
  draft.name = fields.text("name").value_or("");
  draft.group = RunnerGroupId{fields.integer("runner_group_id").value_or(0)};
  draft.labels = read_labels(fields);
  draft.work_folder = fields.text("work_folder").value_or("_work");
  if (!fields.problem().empty()) return rest_error(422, "Invalid input: " + fields.problem());
  Model& model = visit.live.model;
  std::string const key = model.open_tenant(call.segments.front());
  Tenant const& tenant = *model.find_tenant(key);
  if (auto refusal = group_problem(tenant, draft.group)) return *refusal;
  Outcome<RunnerId> const id = model.register_plain_runner(visit.live.now(), key, std::move(draft));
  if (!id) return rest_refusal(id.error());
  Runner const& runner = **model.runner(key, *id);
  json::object body;
  body["runner"] = runner_view(tenant, runner);
  // A runner without a scale set has no setting that could switch updates off.
  body["encoded_jit_config"] =
      make_jit_config(call, tenant, runner, false, credentials.runner_key_file());
  return json_reply(201, body);
}

http::ServerResponse rest_list_runners(UserVisit const& visit) {
  Tenant const* const tenant = tenant_of(visit);
  if (tenant == nullptr) return rest_error(404, "Not Found");
  std::string const name = visit.call.parameter("name");
  json::array found;
  for (Runner const& runner : tenant->runners | std::views::values) {
    if (name.empty() || equal_ignoring_case(runner.name, name))
      found.push_back(runner_view(*tenant, runner));
  }
  return page_reply(visit.call, "runners", found);
}

http::ServerResponse rest_get_runner(UserVisit const& visit) {
  std::expected<Runner const*, http::ServerResponse> const runner = runner_of(visit);
  if (!runner) return runner.error();
  return json_reply(200, runner_view(*tenant_of(visit), **runner));
}

http::ServerResponse rest_remove_runner(UserVisit const& visit) {
  // Unlike E15, the REST API answers 404 if there is no such runner.
  std::expected<Runner const*, http::ServerResponse> const runner = runner_of(visit);
  if (!runner) return runner.error();
  std::string const key = Model::key(visit.call.segments.front());
  Outcome<void> const done =
      visit.live.model.remove_runner(visit.live.now(), key, RunnerId{visit.call.number(1)});
  return done ? empty_reply(204) : rest_refusal(done.error());
}

}  // namespace scaleset::simulator
