#include "simulator/front/control/jobs.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <utility>

#include "simulator/front/control/errors.hpp"
#include "simulator/front/control/state.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::array<std::string_view, 10> kJobFields{
    "count",  "labels", "tenant", "repository", "displayName", "result", "durationMilliseconds",
    "script", "public", "group"};
// Enough for load tests, and it keeps one call from filling the memory.
constexpr std::int64_t kMostJobs = 100000;
constexpr std::int64_t kLongestJob = 5LL * 86400 * 1000;  // milliseconds; GitHub's limit

void read_duration(Fields& fields, JobOrder& order) {
  constexpr std::string_view kName = "durationMilliseconds";
  json::value const* value = fields.find(kName);
  if (value == nullptr) return;
  std::int64_t least = 0;
  // Less than `least`, so that a value of the wrong type is refused below.
  std::int64_t most = -1;
  if (value->is_int64()) {
    least = most = value->as_int64();
  } else if (value->is_array() && value->as_array().size() == 2 && value->at(0).is_int64() &&
             value->at(1).is_int64()) {
    least = value->at(0).as_int64();
    most = value->at(1).as_int64();
  } else {
    fields.complain(kName, "must be an integer or a list of two, the least and the most");
  }
  if (least < 0 || most < least || most > kLongestJob)
    fields.complain(kName, "must be from 0 to " + std::to_string(kLongestJob) + ", least first");
  order.plan.duration = std::chrono::milliseconds(least);
  order.longest = std::chrono::milliseconds(most);
}

std::vector<std::string> read_labels(Fields& fields) {
  std::vector<std::string> labels;
  std::optional<json::array> const list = fields.list("labels");
  if (!list || list->empty()) {
    fields.complain("labels", "must be a list of at least one label");
    return labels;
  }
  for (json::value const& label : *list) {
    if (label.is_string()) {
      labels.emplace_back(label.as_string());
    } else {
      fields.complain("labels", "every label must be a string");
    }
  }
  return labels;
}

/// One or two segments, as in a config URL (protocol.md 2.1).
bool is_tenant_path(std::string_view path) {
  bool const has_edges = path.empty() || path.starts_with('/') || path.ends_with('/');
  std::size_t const slash = path.find('/');
  return !has_edges &&
         (slash == std::string_view::npos || path.find('/', slash + 1) == std::string_view::npos);
}

/// The key of the tenant, which need not exist yet if the call names it. Empty: there is a problem.
std::string read_tenant(Model const& model, Fields& fields) {
  std::optional<std::string> const path = fields.text("tenant");
  auto const& tenants = model.world().tenants;
  // The usual case in a test: one client, one organisation.
  if (!path && tenants.size() == 1) return tenants.begin()->first;
  if (!path) {
    fields.complain("tenant", tenants.empty() ? "must be given: no client has named one yet"
                                              : "must be given: there are several");
  } else if (!is_tenant_path(*path)) {
    fields.complain("tenant",
                    "must be \"organisation\", \"owner/repository\" or \"enterprises/name\"");
  }
  if (!fields.problem().empty()) return "";
  return Model::key(*path);
}

/// A job of a repository's tenant is that repository's; otherwise the call may name the repository.
void set_repository(JobOrder& order, std::string_view path, std::string repository) {
  std::size_t const slash = path.find('/');
  bool const is_enterprise = Model::key(path).starts_with("enterprises/");
  order.owner = std::string(is_enterprise ? path.substr(slash + 1) : path.substr(0, slash));
  order.repository = repository.empty() ? "example" : std::move(repository);
  if (slash != std::string_view::npos && !is_enterprise)
    order.repository = std::string(path.substr(slash + 1));
  // "owner/repository" is allowed too, since an enterprise has many owners.
  std::size_t const inner = order.repository.find('/');
  if (inner == std::string::npos) return;
  order.owner = order.repository.substr(0, inner);
  order.repository.erase(0, inner + 1);
}

}  // namespace

http::ServerResponse control_queue_jobs(Call const& call, LiveModel& live) {
  Fields fields(call.body);
  fields.expect_only(kJobFields);
  JobOrder order;
  order.count = fields.integer("count").value_or(1);
  if (order.count < 1 || order.count > kMostJobs)
    fields.complain("count", "must be from 1 to " + std::to_string(kMostJobs));
  order.labels = read_labels(fields);
  order.group = fields.text("group").value_or("");
  order.display_name = fields.text("displayName").value_or("build");
  order.is_public = fields.flag("public").value_or(false);
  order.plan.result = fields.text("result").value_or("succeeded");
  order.plan.script = fields.text("script").value_or("");
  read_duration(fields, order);
  std::string repository = fields.text("repository").value_or("");
  std::string const key = read_tenant(live.model, fields);
  if (!fields.problem().empty()) return control_error(400, fields.problem());
  // Only now, so that a call that is refused creates nothing.
  live.model.open_tenant(fields.text("tenant").value_or(key));
  set_repository(order, live.model.find_tenant(key)->path, std::move(repository));
  json::array ids;
  for (std::string const& id : live.model.queue_jobs(live.now(), key, std::move(order)))
    ids.push_back(json::value(id));
  json::object body;
  body["jobIds"] = std::move(ids);
  return json_reply(201, body);
}

http::ServerResponse control_cancel_job(Call const& call, LiveModel& live) {
  Outcome<void> const done = live.model.cancel_job(live.now(), call.segments.front());
  return done ? empty_reply(202) : control_error(404, done.error().message);
}

http::ServerResponse control_show_job(Call const& call, LiveModel& live) {
  live.catch_up();
  std::optional<json::object> const job = job_view(live.model, call.segments.front());
  return job ? json_reply(200, *job) : control_error(404, "there is no such job");
}

http::ServerResponse control_show_logs(Call const& call, LiveModel& live, JobLogs& logs) {
  live.catch_up();
  std::string const& id = call.segments.front();
  if (!job_view(live.model, id)) return control_error(404, "there is no such job");
  std::optional<json::object> const found = logs.view(id);
  return found ? json_reply(200, *found)
               : control_error(404, "no runner has uploaded anything for this job");
}

}  // namespace scaleset::simulator
