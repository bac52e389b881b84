#include "simulator/front/github/scale_sets.hpp"

#include <boost/json/array.hpp>
#include <ranges>
#include <utility>

#include "simulator/front/github/errors.hpp"
#include "simulator/front/github/urls.hpp"
#include "simulator/front/github/wire_json.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/replies.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

json::object with_statistics(AdminVisit const& visit, ScaleSet const& set) {
  json::object body = scale_set_json(visit.owner(), set,
                                     service_url(visit.live.profile(), visit.call, visit.owner()));
  body["statistics"] = statistics_json(visit.live.model.statistics(visit.tenant, set.id));
  return body;
}

/// The answer to creating and changing as well: the scale set as it is afterwards.
http::ServerResponse show(AdminVisit const& visit, ScaleSetId id) {
  Outcome<ScaleSet const*> const set = visit.live.model.scale_set(visit.tenant, id);
  if (!set) return service_refusal(set.error());
  return json_reply(200, with_statistics(visit, **set));
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
    // The type that clients send (protocol.md E6).
    labels.back().type = label.text("type").value_or("System");
    if (!label.problem().empty() || labels.back().name.empty())
      fields.complain("labels", "every label needs a name");
  }
  return labels;
}

/// Zero and empty mean "not given", since the Go client sends those for fields without a value
/// (E7).
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

}  // namespace

http::ServerResponse find_scale_set(AdminVisit const& visit) {
  std::string const name = visit.call.parameter("name");
  std::string const group = visit.call.parameter("runnerGroupId");
  json::array found;
  for (ScaleSet const& set : visit.owner().scale_sets | std::views::values) {
    // Without a name, all are listed. Whether case matters at GitHub is not known (protocol.md E4).
    if (!name.empty() && !equal_ignoring_case(set.name, name)) continue;
    if (!group.empty() && std::to_string(set.group.value) != group) continue;
    found.push_back(with_statistics(visit, set));
  }
  return json_reply(200, counted(std::move(found)));
}

http::ServerResponse get_scale_set(AdminVisit const& visit) {
  return show(visit, visit.scale_set());
}

http::ServerResponse create_scale_set(AdminVisit const& visit) {
  Fields fields(visit.call.body);
  ScaleSetDraft draft = read_draft(fields);
  if (!fields.problem().empty()) return bad_request(fields.problem());
  Outcome<ScaleSetId> const id =
      visit.live.model.create_scale_set(visit.live.now(), visit.tenant, std::move(draft));
  if (!id) return service_refusal(id.error());
  return show(visit, *id);
}

http::ServerResponse update_scale_set(AdminVisit const& visit) {
  Fields fields(visit.call.body);
  ScaleSetDraft draft = read_draft(fields);
  if (!fields.problem().empty()) return bad_request(fields.problem());
  Outcome<void> const done = visit.live.model.update_scale_set(visit.live.now(), visit.tenant,
                                                               visit.scale_set(), std::move(draft));
  if (!done) return service_refusal(done.error());
  return show(visit, visit.scale_set());
}

http::ServerResponse delete_scale_set(AdminVisit const& visit) {
  Outcome<void> const done =
      visit.live.model.delete_scale_set(visit.live.now(), visit.tenant, visit.scale_set());
  return done ? empty_reply(204) : service_refusal(done.error());
}

http::ServerResponse find_runner_group(AdminVisit const& visit) {
  std::string const name = visit.call.parameter("groupName");
  json::array found;
  for (Group const& group : visit.owner().groups) {
    if (name.empty() || equal_ignoring_case(group.name, name))
      found.push_back(group_json(visit.owner(), group));
  }
  return json_reply(200, counted(std::move(found)));
}

}  // namespace scaleset::simulator
