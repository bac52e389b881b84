#include "simulator/front/workflow_api.hpp"

#include <boost/json/array.hpp>
#include <charconv>

#include "simulator/front/access.hpp"
#include "simulator/front/fields.hpp"
#include "simulator/front/pages.hpp"
#include "simulator/front/replies.hpp"
#include "simulator/front/workflow_runs.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::int64_t kLongestJob = 5LL * 86400;  // seconds; GitHub's limit

RunFilter repository_of(Call const& call) {
  RunFilter filter;
  filter.owner = call.route.parameters[0];
  filter.repository = call.route.parameters[1];
  return filter;
}

std::vector<std::string> split_labels(std::string_view text) {
  std::vector<std::string> labels;
  while (!text.empty()) {
    std::size_t const comma = text.find(',');
    std::string_view label = text.substr(0, comma);
    while (label.starts_with(' ')) label.remove_prefix(1);
    while (label.ends_with(' ')) label.remove_suffix(1);
    if (!label.empty()) labels.emplace_back(label);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return labels;
}

void read_duration(Fields& inputs, JobOrder& order) {
  std::optional<std::string> const text = inputs.text("duration_seconds");
  if (!text) return;
  std::int64_t seconds = -1;
  auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc() || end != text->data() + text->size() || seconds < 0 ||
      seconds > kLongestJob) {
    inputs.complain("duration_seconds", "must be a whole number of seconds, at most five days");
    return;
  }
  order.plan.duration = std::chrono::seconds(seconds);
}

void read_inputs(Fields& inputs, JobOrder& order) {
  order.labels = split_labels(inputs.text("labels").value_or(""));
  std::string const set = inputs.text("scaleset_name").value_or("");
  if (order.labels.empty() && !set.empty()) order.labels = {set};
  order.group = inputs.text("group").value_or("");
  order.plan.result = inputs.text("result").value_or("succeeded");
  read_duration(inputs, order);
}

bool has_a_set_for(Tenant const& tenant, JobOrder const& order) {
  Job job;
  job.facts.labels = order.labels;
  job.group = order.group;
  for (auto const& [id, set] : tenant.scale_sets) {
    if (Model::matches(tenant, set, job)) return true;
  }
  return false;
}

/// The key of the tenant that the job is for; it exists afterwards.
std::string choose_tenant(Model& model, JobOrder const& order) {
  std::vector<std::string> places{Model::key(order.owner + "/" + order.repository),
                                  Model::key(order.owner)};
  for (auto const& [key, tenant] : model.world().tenants) {
    if (key.starts_with("enterprises/")) places.push_back(key);
  }
  for (std::string const& key : places) {
    Tenant const* const tenant = model.find_tenant(key);
    if (tenant != nullptr && has_a_set_for(*tenant, order)) return key;
  }
  for (std::string const& key : places) {
    if (model.find_tenant(key) != nullptr) return key;
  }
  return model.open_tenant(order.owner);
}

http::ServerResponse dispatch_workflow(Service& service, Call const& call) {
  Fields fields(call.body);
  if (!fields.problem().empty()) return rest_error(400, "Problems parsing JSON");
  std::string const ref = fields.text("ref").value_or("");
  Fields inputs = fields.object("inputs").value_or(Fields(""));
  JobOrder order;
  order.owner = call.route.parameters[0];
  order.repository = call.route.parameters[1];
  order.workflow_file = call.route.parameters[2];
  order.git_ref = ref.starts_with("refs/") ? ref : "refs/heads/" + ref;
  order.display_name = order.workflow_file;
  read_inputs(inputs, order);
  if (!fields.problem().empty()) return rest_error(422, "Invalid request.\n\n" + fields.problem());
  if (ref.empty()) return rest_error(422, "Invalid request.\n\n\"ref\" wasn't supplied.");
  if (!inputs.problem().empty()) return rest_error(422, "Invalid input: " + inputs.problem());
  if (order.labels.empty()) return rest_error(422, "Required input 'scaleset_name' not provided");
  std::string const tenant = choose_tenant(service.model, order);
  static_cast<void>(service.model.queue_jobs(service.now(), tenant, std::move(order)));
  return empty_reply(204);
}

http::ServerResponse list_runs(Service const& service, Call const& call) {
  RunFilter filter = repository_of(call);
  filter.workflow_file = call.route.parameters[2];
  filter.event = call.parameter("event");
  filter.status = call.parameter("status");
  std::string const created = call.parameter("created");
  if (!created.empty() && !read_created(created, filter))
    return rest_error(422, "Validation Failed: \"created\" is no time or range of times");
  json::array runs;
  for (Job const* job : find_runs(service.model.world(), filter))
    runs.push_back(run_json(*job, call.base_url));
  return page_reply(call, "workflow_runs", runs);
}

http::ServerResponse show_run(Service const& service, Call const& call) {
  Job const* const job = find_run(service.model.world(), repository_of(call), call.number(2));
  if (job == nullptr) return rest_error(404, "Not Found");
  return json_reply(200, run_json(*job, call.base_url));
}

}  // namespace

http::ServerResponse answer_workflow_call(Service& service, Call const& call) {
  if (!has_user_credential(call)) return rest_error(401, "Bad credentials");
  service.model.advance(service.now());
  switch (call.route.operation) {
    case Operation::dispatch_workflow: return dispatch_workflow(service, call);
    case Operation::list_workflow_runs: return list_runs(service, call);
    default: return show_run(service, call);
  }
}

}  // namespace scaleset::simulator
