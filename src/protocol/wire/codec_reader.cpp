#include "protocol/wire/codec_reader.hpp"

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/stream_parser.hpp>

#include "base/ascii.hpp"
#include "base/json_text.hpp"
#include "base/rfc3339.hpp"

namespace scaleset::protocol {
namespace {

namespace json = boost::json;

/// Parses a document that is read once and dropped, so its memory is never freed piece by piece.
json::storage_ptr throwaway_memory() {
  return json::make_shared_resource<json::monotonic_resource>();
}

json::parse_options lenient_options() {
  json::parse_options options;
  options.max_depth = 64;
  options.allow_invalid_utf8 = true;  // text() repairs it
  return options;
}

std::unexpected<Error> not_json(boost::system::error_code error) {
  return fail(ErrorCode::malformed_response, "the answer is not JSON: " + error.message());
}

bool same_in_any_case(std::string_view a, std::string_view b) {
  auto const lower = [](char c) { return base::ascii_lower(c); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view view(json::string const& text) { return {text.data(), text.size()}; }

}  // namespace

Result<json::value> parse_first_value(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return fail(ErrorCode::malformed_response, "the answer is empty");
  }
  json::stream_parser parser({}, lenient_options());
  parser.reset(throwaway_memory());
  boost::system::error_code error;
  parser.write_some(text.data(), text.size(), error);
  if (!error && !parser.done()) parser.finish(error);
  if (error) return not_json(error);
  return parser.release();
}

Result<json::value> parse_whole(std::string_view text) {
  json::stream_parser parser({}, lenient_options());
  parser.reset(throwaway_memory());
  boost::system::error_code error;
  parser.write(text.data(), text.size(), error);
  if (!error) parser.finish(error);
  if (error) return not_json(error);
  return parser.release();
}

json::value const* ObjectReader::find(std::string_view key) const {
  json::value const* found = object_.if_contains(key);
  if (found == nullptr) {
    for (auto const& [name, value] : object_) {
      if (same_in_any_case(name, key)) found = &value;
    }
  }
  return found != nullptr && found->is_null() ? nullptr : found;
}

void ObjectReader::complain(std::string_view key, std::string_view expected) {
  if (!problem_.empty()) return;
  problem_ = "the field " + std::string(key) + " is not " + std::string(expected);
}

std::string ObjectReader::text(std::string_view key) {
  auto const* value = find(key);
  if (value == nullptr) return {};
  if (auto const* text = value->if_string()) return base::valid_utf8(view(*text));
  complain(key, "text");
  return {};
}

std::int64_t ObjectReader::integer(std::string_view key) {
  auto const* value = find(key);
  if (value == nullptr) return 0;
  if (auto const* number = value->if_int64()) return *number;
  complain(key, "a 64-bit integer");
  return 0;
}

std::int64_t ObjectReader::id(std::string_view key) {
  auto const number = integer(key);
  if (number <= 0) complain(key, "a number above 0");
  return number;
}

bool ObjectReader::flag(std::string_view key) {
  auto const* value = find(key);
  if (value == nullptr) return false;
  if (auto const* flag = value->if_bool()) return *flag;
  complain(key, "true or false");
  return false;
}

std::string ObjectReader::text_if_any(std::string_view key) const {
  auto const* value = find(key);
  auto const* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? base::valid_utf8(view(*text)) : std::string();
}

std::optional<bool> ObjectReader::flag_if_any(std::string_view key) const {
  auto const* value = find(key);
  auto const* flag = value != nullptr ? value->if_bool() : nullptr;
  return flag != nullptr ? std::optional<bool>(*flag) : std::nullopt;
}

std::optional<Timestamp> ObjectReader::time(std::string_view key) {
  return base::parse_rfc3339(text(key));
}

std::optional<Timestamp> ObjectReader::exact_time(std::string_view key) {
  auto const read = time(key);
  if (!read && has(key)) complain(key, "a time");
  return read;
}

std::vector<std::string> ObjectReader::texts(std::string_view key) {
  std::vector<std::string> result;
  auto const* values = array(key);
  if (values == nullptr) return result;
  for (auto const& value : *values) {
    if (auto const* text = value.if_string()) {
      result.push_back(base::valid_utf8(view(*text)));
    } else {
      complain(key, "a list of texts");
    }
  }
  return result;
}

json::object const* ObjectReader::object(std::string_view key) {
  auto const* value = find(key);
  if (value != nullptr && !value->is_object()) complain(key, "an object");
  return value != nullptr ? value->if_object() : nullptr;
}

json::array const* ObjectReader::array(std::string_view key) {
  auto const* value = find(key);
  if (value != nullptr && !value->is_array()) complain(key, "a list");
  return value != nullptr ? value->if_array() : nullptr;
}

Result<void> ObjectReader::check() const {
  if (problem_.empty()) return {};
  return fail(ErrorCode::malformed_response, "the answer does not fit: " + problem_);
}

std::optional<Statistics> read_statistics(ObjectReader& reader) {
  auto const* object = reader.object("statistics");
  if (object == nullptr) return std::nullopt;
  ObjectReader fields(*object);
  Statistics statistics;
  statistics.available_jobs = fields.integer("totalAvailableJobs");
  statistics.acquired_jobs = fields.integer("totalAcquiredJobs");
  statistics.assigned_jobs = fields.integer("totalAssignedJobs");
  statistics.running_jobs = fields.integer("totalRunningJobs");
  statistics.registered_runners = fields.integer("totalRegisteredRunners");
  statistics.busy_runners = fields.integer("totalBusyRunners");
  statistics.idle_runners = fields.integer("totalIdleRunners");
  // Counts of which some could not be read might scale somebody to zero. Without statistics, the
  // last known ones stay.
  if (!fields.problem().empty()) return std::nullopt;
  return statistics;
}

}  // namespace scaleset::protocol
