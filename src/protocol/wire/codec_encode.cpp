#include "base/json_text.hpp"
#include "protocol/wire/codec.hpp"

namespace scaleset::protocol {
namespace {

std::string encode_label(Label const& label) {
  std::string const type = label.type.empty() ? "System" : label.type;
  return "{\"type\":" + base::json_quote(type) + ",\"name\":" + base::json_quote(label.name) + "}";
}

std::string encode_labels(std::vector<Label> const& labels) {
  std::string list = "[";
  for (auto const& label : labels) {
    if (&label != &labels.front()) list += ",";
    list += encode_label(label);
  }
  return list + "]";
}

}  // namespace

std::string encode_registration(std::string_view config_url) {
  return "{\"url\":" + base::json_quote(config_url, false) + ",\"runner_event\":\"register\"}\n";
}

std::string encode_scale_set(ScaleSet const& scale_set) {
  std::vector<Label> labels = scale_set.labels;
  if (labels.empty()) labels.emplace_back(scale_set.name);
  std::string body = "{";
  if (!scale_set.name.empty()) body += "\"name\":" + base::json_quote(scale_set.name) + ",";
  if (scale_set.group.value != 0) {
    body += "\"runnerGroupId\":" + std::to_string(scale_set.group.value) + ",";
  }
  body += "\"labels\":" + encode_labels(labels) + ",\"RunnerSetting\":";
  body += scale_set.disable_update ? R"({"disableUpdate":true})" : "{}";
  // The reference always sends it, and Go's zero time is the year 1. The service sets the real one.
  body += R"(,"createdOn":"0001-01-01T00:00:00Z"})";
  return body;
}

std::string encode_scale_set_update(ScaleSetUpdate const& update) {
  std::string body;
  auto const add = [&body](std::string_view key, std::string const& value) {
    body.append(body.empty() ? "{\"" : ",\"").append(key).append("\":").append(value);
  };
  if (update.name) add("name", base::json_quote(*update.name));
  if (update.group) add("runnerGroupId", std::to_string(update.group->value));
  if (update.labels) add("labels", encode_labels(*update.labels));
  if (update.disable_update) {
    add("RunnerSetting",
        *update.disable_update ? R"({"disableUpdate":true})" : R"({"disableUpdate":false})");
  }
  return body.empty() ? "{}" : body + "}";
}

std::string encode_session(std::string_view owner) {
  return R"({"sessionId":"00000000-0000-0000-0000-000000000000","ownerName":)" +
         base::json_quote(owner) + "}";
}

std::string encode_jit_config(std::string_view runner_name, std::string_view work_folder) {
  return "{\"name\":" + base::json_quote(runner_name) +
         ",\"workFolder\":" + base::json_quote(work_folder) + "}";
}

std::string encode_request_ids(std::vector<RequestId> const& ids) {
  std::string body = "[";
  for (auto const& id : ids) {
    if (body.size() > 1) body += ",";
    body += std::to_string(id.value);
  }
  return body + "]";
}

}  // namespace scaleset::protocol
