#include "backends/docker/codec.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <limits>

namespace scaleset::backends::docker {
namespace {

namespace json = boost::json;

constexpr double kNanoCpus = 1e9;
constexpr std::size_t kShown = 300;  // of an error's text

std::unexpected<Error> misfit(std::string const& what) {
  return fail(ErrorCode::malformed_response, "the engine's answer does not fit: " + what);
}

Result<json::value> parse(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) return misfit("it is not JSON (" + error.message() + ")");
  return value;
}

Result<json::object> parse_object(std::string_view text) {
  auto value = parse(text);
  if (!value) return std::unexpected(value.error());
  if (!value->is_object()) return misfit("it is not an object");
  return std::move(value->get_object());
}

Result<json::array> parse_array(std::string_view text) {
  auto value = parse(text);
  if (!value) return std::unexpected(value.error());
  if (!value->is_array()) return misfit("it is not a list");
  return std::move(value->get_array());
}

// Of fields that have another type than expected, nothing is known.

json::value const* find(json::object const& object, std::string_view name) {
  return object.if_contains(json::string_view(name.data(), name.size()));
}
std::string text_in(json::object const& object, std::string_view name) {
  json::value const* const value = find(object, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}
std::int64_t number_in(json::object const& object, std::string_view name) {
  json::value const* const value = find(object, name);
  if (value == nullptr || !value->is_number()) return 0;
  boost::system::error_code error;
  auto const number = value->to_number<std::int64_t>(error);
  return error ? 0 : number;
}
bool flag_in(json::object const& object, std::string_view name) {
  json::value const* const value = find(object, name);
  return value != nullptr && value->is_bool() && value->get_bool();
}
json::object object_in(json::object const& object, std::string_view name) {
  json::value const* const value = find(object, name);
  return value != nullptr && value->is_object() ? value->get_object() : json::object();
}
json::array array_in(json::object const& object, std::string_view name) {
  json::value const* const value = find(object, name);
  return value != nullptr && value->is_array() ? value->get_array() : json::array();
}
Labels labels_in(json::object const& object, std::string_view name) {
  Labels labels;
  json::object const found = object_in(object, name);
  for (auto const& [key, value] : found)
    if (value.is_string()) labels.emplace(key, value.get_string());
  return labels;
}
std::vector<std::string> texts_in(json::array const& list) {
  std::vector<std::string> texts;
  texts.reserve(list.size());
  for (json::value const& value : list)
    if (value.is_string()) texts.emplace_back(value.get_string());
  return texts;
}
/// Exit codes have at most 32 bits.
int code_in(json::object const& object, std::string_view name) {
  return static_cast<int>(std::clamp<std::int64_t>(
      number_in(object, name), std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
}

json::array array_of(std::vector<std::string> const& texts) {
  json::array list;
  for (std::string const& text : texts) list.emplace_back(text);
  return list;
}
json::object object_of(std::map<std::string, std::string> const& entries) {
  json::object object;
  for (auto const& [key, value] : entries) object[key] = value;
  return object;
}
json::array assignments(std::map<std::string, std::string> const& entries) {
  json::array list;
  for (auto const& [key, value] : entries) list.emplace_back(key + "=" + value);
  return list;
}

std::string without_slash(std::string name) {
  if (name.starts_with('/')) name.erase(0, 1);
  return name;
}

ContainerPhase phase_of(std::string_view state) {
  if (state == "created") return ContainerPhase::created;
  if (state == "running" || state == "paused" || state == "restarting")
    return ContainerPhase::running;
  return ContainerPhase::exited;
}

json::array mounts_of(std::vector<Mount> const& mounts) {
  json::array list;
  for (Mount const& mount : mounts) {
    json::object one;
    one["Type"] = mount.source.starts_with('/') ? "bind" : "volume";
    one["Source"] = mount.source;
    one["Target"] = mount.target;
    one["ReadOnly"] = mount.read_only;
    list.emplace_back(std::move(one));
  }
  return list;
}

void add_limits(ContainerSpec const& spec, json::object& host) {
  if (spec.cpus > 0) host["NanoCpus"] = static_cast<std::int64_t>(spec.cpus * kNanoCpus);
  if (spec.memory > 0) {
    host["Memory"] = spec.memory;
    host["MemorySwap"] = spec.memory;
  }
  if (spec.pids > 0) host["PidsLimit"] = spec.pids;
  if (spec.shm > 0) host["ShmSize"] = spec.shm;
}

json::object host_config(ContainerSpec const& spec) {
  json::object host;
  add_limits(spec, host);
  host["Init"] = spec.init;
  // Else a runner refuses jobs that have containers: /proc/1/cgroup names the engine.
  host["CgroupnsMode"] = "private";
  if (spec.no_new_privileges) host["SecurityOpt"] = json::array{"no-new-privileges"};
  if (spec.read_only_root) host["ReadonlyRootfs"] = true;
  if (!spec.drop_capabilities.empty()) host["CapDrop"] = array_of(spec.drop_capabilities);
  if (!spec.add_capabilities.empty()) host["CapAdd"] = array_of(spec.add_capabilities);
  if (!spec.tmpfs.empty()) host["Tmpfs"] = object_of(spec.tmpfs);
  if (!spec.network.empty()) host["NetworkMode"] = spec.network;
  if (!spec.extra_hosts.empty()) host["ExtraHosts"] = array_of(spec.extra_hosts);
  if (!spec.mounts.empty()) host["Mounts"] = mounts_of(spec.mounts);
  json::object log;
  log["Type"] = "json-file";
  log["Config"] = json::object{{"max-size", std::to_string(spec.log_bytes)}, {"max-file", "1"}};
  host["LogConfig"] = std::move(log);
  return host;
}

/// A list of objects, each with an id; `read` makes the rest of an entry.
template <class Entry, class Read>
Result<std::vector<Entry>> parse_entries(std::string_view text, Read read) {
  auto const list = parse_array(text);
  if (!list) return std::unexpected(list.error());
  std::vector<Entry> entries;
  entries.reserve(list->size());
  for (json::value const& value : *list) {
    if (!value.is_object()) return misfit("an entry is not an object");
    Entry one = read(value.get_object());
    one.id = text_in(value.get_object(), "Id");
    if (one.id.empty()) return misfit("an entry has no Id");
    entries.push_back(std::move(one));
  }
  return entries;
}

/// One line, cut short.
std::string on_one_line(std::string_view text) {
  std::string line(text.substr(0, kShown));
  std::ranges::replace_if(line, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

}  // namespace

std::string format_container(ContainerSpec const& spec) {
  json::object body;
  body["Image"] = spec.image;
  if (!spec.entrypoint.empty()) body["Entrypoint"] = array_of(spec.entrypoint);
  if (!spec.command.empty()) body["Cmd"] = array_of(spec.command);
  body["Env"] = assignments(spec.environment);
  body["Labels"] = object_of(spec.labels);
  if (!spec.user.empty()) body["User"] = spec.user;
  if (!spec.hostname.empty()) body["Hostname"] = spec.hostname;
  if (spec.stdin_once)
    for (char const* const name : {"OpenStdin", "StdinOnce", "AttachStdin"}) body[name] = true;
  body["HostConfig"] = host_config(spec);
  return json::serialize(body);
}

Result<Created> parse_created(std::string_view text) {
  auto const object = parse_object(text);
  if (!object) return std::unexpected(object.error());
  Created created;
  created.id = text_in(*object, "Id");
  created.warnings = texts_in(array_in(*object, "Warnings"));
  if (created.id.empty()) return misfit("there is no Id");
  return created;
}

Result<std::vector<Container>> parse_containers(std::string_view text) {
  return parse_entries<Container>(text, [](json::object const& object) {
    auto const names = texts_in(array_in(object, "Names"));
    Container one;
    one.name = names.empty() ? std::string() : without_slash(names.front());
    one.labels = labels_in(object, "Labels");
    one.phase = phase_of(text_in(object, "State"));
    return one;
  });
}

Result<Container> parse_container(std::string_view text) {
  auto const object = parse_object(text);
  if (!object) return std::unexpected(object.error());
  json::object const state = object_in(*object, "State");
  Container one;
  one.id = text_in(*object, "Id");
  one.name = without_slash(text_in(*object, "Name"));
  one.labels = labels_in(object_in(*object, "Config"), "Labels");
  one.phase = phase_of(text_in(state, "Status"));
  if (one.phase == ContainerPhase::exited) one.exit_code = code_in(state, "ExitCode");
  one.out_of_memory = flag_in(state, "OOMKilled");
  one.error = on_one_line(text_in(state, "Error"));
  if (one.id.empty()) return misfit("there is no Id");
  if (text_in(state, "Status").empty()) return misfit("there is no State.Status");
  return one;
}

Result<Ending> parse_wait(std::string_view text) {
  auto const object = parse_object(text);
  if (!object) return std::unexpected(object.error());
  json::value const* const code = find(*object, "StatusCode");
  if (code == nullptr || !code->is_number()) return misfit("there is no StatusCode");
  Ending ending;
  ending.code = code_in(*object, "StatusCode");
  ending.error = on_one_line(text_in(object_in(*object, "Error"), "Message"));
  return ending;
}

Result<Event> parse_event(std::string_view line) {
  auto const object = parse_object(line);
  if (!object) return std::unexpected(object.error());
  json::object const actor = object_in(*object, "Actor");
  Event event;
  event.type = text_in(*object, "Type");
  event.action = text_in(*object, "Action");
  event.action = event.action.substr(0, event.action.find(':'));
  event.id = text_in(actor, "ID");
  event.attributes = labels_in(actor, "Attributes");
  if (event.type.empty() || event.action.empty()) return misfit("an event has no Type or Action");
  return event;
}

Result<PullStep> parse_pull_step(std::string_view line) {
  auto const object = parse_object(line);
  if (!object) return std::unexpected(object.error());
  json::object const detail = object_in(*object, "progressDetail");
  PullStep step;
  step.layer = text_in(*object, "id");
  step.status = text_in(*object, "status");
  step.current = number_in(detail, "current");
  step.total = number_in(detail, "total");
  // From API 1.48 on only the first of the two is there (and its message may be all there is).
  step.error = text_in(object_in(*object, "errorDetail"), "message");
  if (step.error.empty()) step.error = text_in(*object, "error");
  step.error = on_one_line(step.error);
  return step;
}

Result<Version> parse_version(std::string_view text) {
  auto const object = parse_object(text);
  if (!object) return std::unexpected(object.error());
  Version version;
  version.version = text_in(*object, "Version");
  version.api = text_in(*object, "ApiVersion");
  version.os = text_in(*object, "Os");
  version.arch = text_in(*object, "Arch");
  for (json::value const& component : array_in(*object, "Components"))
    if (component.is_object() && text_in(component.get_object(), "Name").starts_with("Podman"))
      version.is_podman = true;
  if (version.version.empty() || version.api.empty())
    return misfit("there is no Version or ApiVersion");
  return version;
}

Result<Image> parse_image(std::string_view text) {
  auto const object = parse_object(text);
  if (!object) return std::unexpected(object.error());
  Image image;
  image.id = text_in(*object, "Id");
  image.os = text_in(*object, "Os");
  image.arch = text_in(*object, "Architecture");
  image.digests = texts_in(array_in(*object, "RepoDigests"));
  if (image.id.empty()) return misfit("there is no Id");
  return image;
}

Result<std::vector<std::string>> parse_top(std::string_view text) {
  auto const object = parse_object(text);
  if (!object) return std::unexpected(object.error());
  auto const titles = texts_in(array_in(*object, "Titles"));
  auto found = std::ranges::find(titles, "CMD");
  if (found == titles.end()) found = std::ranges::find(titles, "COMMAND");
  if (found == titles.end()) return misfit("there is no column of commands");
  auto const column = static_cast<std::size_t>(found - titles.begin());
  std::vector<std::string> commands;
  for (json::value const& process : array_in(*object, "Processes")) {
    if (!process.is_array()) return misfit("a process is not a list");
    auto const cells = texts_in(process.get_array());
    if (cells.size() <= column) return misfit("a process has no command");
    commands.push_back(cells[column]);
  }
  return commands;
}

std::string format_network(NetworkSpec const& spec) {
  json::object body;
  body["Name"] = spec.name;
  body["CheckDuplicate"] = true;
  body["Driver"] = "bridge";
  body["Labels"] = object_of(spec.labels);
  std::string const talk = spec.containers_may_talk ? "true" : "false";
  body["Options"] = json::object{{"com.docker.network.bridge.enable_icc", talk}};
  if (!spec.subnet.empty()) {
    json::array const pools{json::object{{"Subnet", spec.subnet}}};
    body["IPAM"] = json::object{{"Config", pools}};
  }
  return json::serialize(body);
}

Result<std::vector<Network>> parse_networks(std::string_view text) {
  return parse_entries<Network>(text, [](json::object const& object) {
    Network one;
    one.name = text_in(object, "Name");
    one.labels = labels_in(object, "Labels");
    return one;
  });
}

std::string error_text(std::string_view body) {
  auto const object = parse_object(body);
  std::string const message = object ? text_in(*object, "message") : std::string();
  if (!message.empty()) return on_one_line(message);
  return body.empty() ? "the engine gives no reason" : on_one_line(body);
}

std::string label_filter(Labels const& labels) {
  json::object filter;
  filter["label"] = assignments(labels);
  return json::serialize(filter);
}

}  // namespace scaleset::backends::docker
