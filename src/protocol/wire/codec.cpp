#include "protocol/wire/codec.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "protocol/wire/codec_reader.hpp"

namespace scaleset::protocol {
namespace {

namespace json = boost::json;

/// Parses a body that must be an object, and has `read` take it apart. null counts as {}, as in the
/// reference.
template <class T, class Read>
Result<T> decode_object(std::string_view body, Read read) {
  auto value = parse_first_value(body);
  if (!value) return std::unexpected(value.error());
  if (value->is_null()) value->emplace_object();
  if (!value->is_object()) {
    return fail(ErrorCode::malformed_response, "the answer is not a JSON object");
  }
  ObjectReader reader(value->get_object());
  T result = read(reader);
  if (auto checked = reader.check(); !checked) return std::unexpected(checked.error());
  return result;
}

/// As decode_object, for endpoints where null means that there is nothing.
template <class T, class Read>
Result<std::optional<T>> decode_optional(std::string_view body, Read read) {
  auto value = parse_first_value(body);
  if (value && value->is_null()) return std::optional<T>();
  auto decoded = decode_object<T>(body, read);
  if (!decoded) return std::unexpected(decoded.error());
  return std::optional<T>(*std::move(decoded));
}

template <class T, class Read>
Result<Listing<T>> decode_listing(std::string_view body, Read read) {
  std::string problem;
  auto read_listing = [&](ObjectReader& reader) {
    Listing<T> listing;
    if (auto const* values = reader.array("value")) {
      for (auto const& value : *values) {
        auto const* object = value.if_object();
        if (object == nullptr) {
          problem = "an entry of the field value is not an object";
          continue;
        }
        ObjectReader element(*object);
        listing.values.push_back(read(element));
        if (problem.empty()) problem = element.problem();
      }
    }
    // An empty object must not pass for "there is none".
    if (!reader.has("value") && !reader.has("count")) problem = "it has neither count nor value";
    listing.count = reader.has("count") ? reader.integer("count")
                                        : static_cast<std::int64_t>(listing.values.size());
    return listing;
  };
  auto listing = decode_object<Listing<T>>(body, read_listing);
  if (listing && !problem.empty()) {
    return fail(ErrorCode::malformed_response, "the answer does not fit: " + problem);
  }
  return listing;
}

std::vector<Label> read_labels(ObjectReader& reader) {
  std::vector<Label> labels;
  auto const* values = reader.array("labels");
  if (values == nullptr) return labels;
  for (auto const& value : *values) {
    auto const* object = value.if_object();
    if (object == nullptr) continue;
    ObjectReader fields(*object);
    Label label(fields.text("name"));
    if (fields.has("type")) label.type = fields.text("type");
    labels.push_back(std::move(label));
  }
  return labels;
}

ScaleSet read_scale_set(ObjectReader& reader) {
  ScaleSet scale_set;
  scale_set.id = ScaleSetId{reader.id("id")};
  scale_set.name = reader.text("name");
  scale_set.group = RunnerGroupId{reader.integer("runnerGroupId")};
  scale_set.group_name = reader.text("runnerGroupName");
  scale_set.labels = read_labels(reader);
  if (auto const* setting = reader.object("RunnerSetting")) {
    scale_set.disable_update = ObjectReader(*setting).flag("disableUpdate");
  }
  scale_set.created_on = reader.time("createdOn");
  scale_set.jit_config_url = reader.text_if_any("runnerJitConfigUrl");
  scale_set.status = reader.text_if_any("status");
  scale_set.enabled = reader.flag_if_any("enabled");
  scale_set.statistics = read_statistics(reader);
  return scale_set;
}

RunnerGroup read_runner_group(ObjectReader& reader) {
  RunnerGroup group;
  group.id = RunnerGroupId{reader.id("id")};
  group.name = reader.text("name");
  group.size = reader.integer("size");
  group.is_default = reader.flag("isDefaultGroup");
  return group;
}

Runner read_runner(ObjectReader& reader) {
  Runner runner;
  runner.id = RunnerId{reader.id("id")};
  runner.name = reader.text("name");
  runner.scale_set = ScaleSetId{reader.integer("runnerScaleSetId")};
  runner.status = reader.text_if_any("status");
  runner.version = reader.text_if_any("version");
  runner.busy = reader.flag_if_any("busy");
  return runner;
}

/// A UUID in lower case with hyphens, from any of the forms that the reference accepts. Empty:
/// `text` is empty or the zero UUID. No value: it is not a UUID.
std::optional<std::string> normal_uuid(std::string_view text) {
  if (text.starts_with("urn:uuid:")) text.remove_prefix(9);
  if (text.size() == 38 && text.starts_with('{') && text.ends_with('}')) {
    text = text.substr(1, 36);
  }
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool const at_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (text.size() == 36 && at_hyphen && text[i] == '-') continue;
    bool const upper = text[i] >= 'A' && text[i] <= 'F';
    digits += upper ? static_cast<char>(text[i] + ('a' - 'A')) : text[i];
  }
  if (digits.empty()) return "";
  if (digits.size() != 32 || digits.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return std::nullopt;
  }
  if (digits.find_first_not_of('0') == std::string::npos) return "";
  for (std::size_t const at : {20U, 16U, 12U, 8U}) digits.insert(at, 1, '-');
  return digits;
}

ServerException read_exception(json::object const& object) {
  ObjectReader reader(object);
  ServerException exception;
  exception.type_name = reader.text("typeName");
  exception.message = reader.text("message");
  return exception;
}

/// `failed: "{\"typeName\":...}"`, as a gateway reports the service's answer (protocol.md 7.3).
std::optional<ServerException> unwrap_exception(std::string_view details) {
  auto const start = details.find_first_of("\"{");
  if (start == std::string_view::npos) return std::nullopt;
  auto value = parse_first_value(details.substr(start));
  if (value && value->is_string()) {
    auto const& text = value->get_string();
    value = parse_first_value(std::string(text.data(), text.size()));
  }
  if (!value || !value->is_object()) return std::nullopt;
  return read_exception(value->get_object());
}

/// No value: not a number. As in the reference, a fraction is cut off and a number in quotes
/// counts.
std::optional<double> numeric_date(json::value const& value) {
  if (value.is_number()) return value.to_number<double>();
  auto const* text = value.if_string();
  if (text == nullptr || text->empty()) return std::nullopt;
  double number = 0;
  auto const* end = text->data() + text->size();
  auto const [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace

Result<IssuedToken> decode_issued_token(std::string_view body) {
  return decode_object<IssuedToken>(body, [](ObjectReader& reader) {
    IssuedToken issued;
    issued.token = Secret(reader.text("token"));
    issued.expires_at = reader.time("expires_at");
    return issued;
  });
}

Result<AdminConnection> decode_admin_connection(std::string_view body) {
  return decode_object<AdminConnection>(body, [](ObjectReader& reader) {
    AdminConnection admin;
    admin.url = reader.text("url");
    admin.token = Secret(reader.text("token"));
    return admin;
  });
}

Result<std::optional<ScaleSet>> decode_scale_set(std::string_view body) {
  return decode_optional<ScaleSet>(body, read_scale_set);
}

Result<Listing<ScaleSet>> decode_scale_sets(std::string_view body) {
  return decode_listing<ScaleSet>(body, read_scale_set);
}

Result<Listing<RunnerGroup>> decode_runner_groups(std::string_view body) {
  return decode_listing<RunnerGroup>(body, read_runner_group);
}

Result<SessionInfo> decode_session(std::string_view body) {
  bool is_uuid = true;
  auto session = decode_object<SessionInfo>(body, [&is_uuid](ObjectReader& reader) {
    SessionInfo info;
    auto id = normal_uuid(reader.text("sessionId"));
    is_uuid = id.has_value();
    info.id = std::move(id).value_or("");
    info.owner = reader.text("ownerName");
    info.queue.url = reader.text("messageQueueUrl");
    info.without_queue = info.queue.url.empty() && reader.has("messageQueueUrl");
    info.queue.token = Secret(reader.text("messageQueueAccessToken"));
    if (auto const* scale_set = reader.object("runnerScaleSet"))
      info.scale_set = ScaleSetId{ObjectReader(*scale_set).integer("id")};
    info.statistics = read_statistics(reader);
    return info;
  });
  if (session && !is_uuid) {
    return fail(ErrorCode::malformed_response, "the answer does not fit: sessionId is not a UUID");
  }
  return session;
}

Result<JitConfig> decode_jit_config(std::string_view body) {
  return decode_object<JitConfig>(body, [](ObjectReader& reader) {
    JitConfig config;
    if (auto const* runner = reader.object("runner")) {
      ObjectReader fields(*runner);
      config.runner = read_runner(fields);  // an unusable id reads as 0 or below
    }
    config.encoded = Secret(reader.text("encodedJITConfig"));
    return config;
  });
}

Result<std::optional<Runner>> decode_runner(std::string_view body) {
  return decode_optional<Runner>(body, read_runner);
}

Result<Listing<Runner>> decode_runners(std::string_view body) {
  return decode_listing<Runner>(body, read_runner);
}

Result<RunnerDeprecation> decode_runner_deprecation(std::string_view body) {
  return decode_object<RunnerDeprecation>(body, [](ObjectReader& reader) {
    RunnerDeprecation deprecation;
    deprecation.version = reader.text("runner_version");
    deprecation.registration_deprecates_at = reader.exact_time("registration_deprecates_at");
    deprecation.runtime_deprecates_at = reader.exact_time("runtime_deprecates_at");
    return deprecation;
  });
}

Result<std::vector<RequestId>> decode_request_ids(std::string_view body) {
  bool integers = true;
  using Ids = std::vector<RequestId>;
  auto ids = decode_object<Ids>(body, [&integers](ObjectReader& reader) {
    Ids result;
    auto const* values = reader.array("value");
    if (values == nullptr) return result;
    for (auto const& value : *values) {
      auto const* id = value.if_int64();
      if (id != nullptr && *id > 0) {
        result.push_back(RequestId{*id});
      } else {
        integers = false;
      }
    }
    return result;
  });
  if (ids && !integers) {
    return fail(ErrorCode::malformed_response,
                "the answer does not fit: the field value is not a list of numbers above 0");
  }
  return ids;
}

Result<Listing<JobAvailable>> decode_acquirable_jobs(std::string_view body) {
  return decode_listing<JobAvailable>(body, read_job_available);
}

std::optional<ServerException> decode_exception(std::string_view body) {
  auto const value = parse_first_value(body);
  if (!value || !value->is_object()) return std::nullopt;
  auto exception = read_exception(value->get_object());
  if (!exception.type_name.empty() || !exception.message.empty()) return exception;
  if (auto wrapped = unwrap_exception(ObjectReader(value->get_object()).text("details"))) {
    return wrapped;
  }
  return exception;
}

Result<std::int64_t> decode_expiry(std::string_view claims) {
  auto const value = parse_first_value(claims);
  auto const* object = value ? value->if_object() : nullptr;
  auto const* expiry = object != nullptr ? object->if_contains("exp") : nullptr;
  auto const seconds = expiry != nullptr ? numeric_date(*expiry) : std::nullopt;
  if (!seconds || std::isnan(*seconds)) {
    return fail(ErrorCode::malformed_response, "the service's token does not say when it expires");
  }
  constexpr double end_of_9999 = 253402300799.0;
  return static_cast<std::int64_t>(std::clamp(*seconds, -end_of_9999, end_of_9999));
}

std::vector<std::string> decode_scopes(std::string_view claims) {
  std::vector<std::string> scopes;
  auto const value = parse_first_value(claims);
  auto const* object = value ? value->if_object() : nullptr;
  if (object == nullptr) return scopes;
  std::istringstream words(ObjectReader(*object).text_if_any("scp"));
  for (std::string word; words >> word;) scopes.push_back(word);
  return scopes;
}

bool is_jwt_header(std::string_view text) {
  auto const value = parse_whole(text);
  auto const* object = value ? value->if_object() : nullptr;
  auto const* algorithm = object != nullptr ? object->if_contains("alg") : nullptr;
  return algorithm != nullptr && algorithm->is_string();
}

}  // namespace scaleset::protocol
