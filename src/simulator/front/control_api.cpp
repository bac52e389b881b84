#include "simulator/front/control_api.hpp"

#include <boost/json/array.hpp>
#include <cmath>

#include "base/rfc3339.hpp"
#include "simulator/front/fields.hpp"
#include "simulator/front/replies.hpp"
#include "simulator/front/state_view.hpp"
#include "simulator/front/trouble_api.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::int64_t kMostJobs = 100000;
constexpr std::int64_t kLongestJob = 5LL * 86400 * 1000;  // milliseconds; GitHub's limit
constexpr double kFarthestAdvance = 366.0 * 86400;        // seconds

void read_duration(Fields& fields, JobOrder& order) {
  constexpr std::string_view kName = "durationMilliseconds";
  json::value const* value = fields.find(kName);
  if (value == nullptr) return;
  std::int64_t least = 0;
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

bool is_tenant_path(std::string_view path) {
  bool const has_edges = path.empty() || path.starts_with('/') || path.ends_with('/');
  std::size_t const slash = path.find('/');
  return !has_edges &&
         (slash == std::string_view::npos || path.find('/', slash + 1) == std::string_view::npos);
}

/// The key of the tenant; it is created if it is named and new. Empty: there is a problem.
std::string read_tenant(Service& service, Fields& fields) {
  std::optional<std::string> const path = fields.text("tenant");
  auto const& tenants = service.model.world().tenants;
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

/// An organisation's job is of one of its repositories, a repository's of that one.
void set_repository(JobOrder& order, std::string_view path, std::string repository) {
  std::size_t const slash = path.find('/');
  bool const is_enterprise = Model::key(path).starts_with("enterprises/");
  order.owner = std::string(is_enterprise ? path.substr(slash + 1) : path.substr(0, slash));
  order.repository = repository.empty() ? "example" : std::move(repository);
  if (slash != std::string_view::npos && !is_enterprise)
    order.repository = std::string(path.substr(slash + 1));
  std::size_t const inner = order.repository.find('/');
  if (inner == std::string::npos) return;
  order.owner = order.repository.substr(0, inner);
  order.repository.erase(0, inner + 1);
}

http::ServerResponse queue_jobs(Service& service, Call const& call) {
  Fields fields(call.body);
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
  std::string const key = read_tenant(service, fields);
  if (!fields.problem().empty()) return control_error(400, fields.problem());
  service.model.open_tenant(fields.text("tenant").value_or(key));
  set_repository(order, service.model.find_tenant(key)->path, std::move(repository));
  json::array ids;
  for (std::string const& id : service.model.queue_jobs(service.now(), key, std::move(order)))
    ids.push_back(json::value(id));
  json::object body;
  body["jobIds"] = std::move(ids);
  return json_reply(201, body);
}

http::ServerResponse cancel_job(Service& service, Call const& call) {
  Outcome<void> const done = service.model.cancel_job(service.now(), call.route.parameters.front());
  return done ? empty_reply(202) : control_error(404, done.error().message);
}

http::ServerResponse show_job(Service& service, Call const& call) {
  service.model.advance(service.now());
  std::optional<json::object> const job = job_view(service.model, call.route.parameters.front());
  return job ? json_reply(200, *job) : control_error(404, "there is no such job");
}

http::ServerResponse show_clock(Service const& service) {
  json::object body;
  body["now"] = base::format_rfc3339(service.now());
  body["virtual"] = service.time.is_virtual();
  return json_reply(200, body);
}

http::ServerResponse advance_clock(Service& service, Call const& call) {
  if (!service.time.is_virtual())
    return control_error(409, "the clock is the machine's; start the simulator with a virtual one");
  Fields fields(call.body);
  json::value const* value = fields.find("seconds");
  double seconds = -1;
  if (value != nullptr && value->is_number()) seconds = value->to_number<double>();
  if (!(seconds >= 0 && seconds <= kFarthestAdvance))
    fields.complain("seconds", "must be a number from 0 to a year's worth");
  if (!fields.problem().empty()) return control_error(400, fields.problem());
  service.time.advance(std::chrono::milliseconds(std::llround(seconds * 1000)));
  service.model.advance(service.now());
  service.waiters.wake_all();
  json::object body;
  body["now"] = base::format_rfc3339(service.now());
  return json_reply(200, body);
}

http::ServerResponse show_state(Service& service) {
  service.model.advance(service.now());
  return json_reply(200, state_view(service.model, service.now()));
}

}  // namespace

http::ServerResponse answer_control_call(Service& service, Call const& call) {
  switch (call.route.operation) {
    case Operation::control_queue_jobs: return queue_jobs(service, call);
    case Operation::control_show_job: return show_job(service, call);
    case Operation::control_cancel_job: return cancel_job(service, call);
    case Operation::control_show_clock: return show_clock(service);
    case Operation::control_advance_clock: return advance_clock(service, call);
    case Operation::control_state: return show_state(service);
    default: return answer_trouble_call(service, call);
  }
}

}  // namespace scaleset::simulator
