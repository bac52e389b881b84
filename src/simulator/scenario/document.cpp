#include "simulator/scenario/document.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <optional>
#include <string>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace scaleset::simulator {
namespace {

namespace json = boost::json;

/// None: something in it has no counterpart.
std::optional<json::value> to_json(toml::node const& node) {
  if (auto const* text = node.as_string()) return json::value(text->get());
  if (auto const* number = node.as_integer()) return json::value(number->get());
  if (auto const* number = node.as_floating_point()) return json::value(number->get());
  if (auto const* flag = node.as_boolean()) return json::value(flag->get());
  if (auto const* list = node.as_array()) {
    json::array made;
    for (toml::node const& element : *list) {
      std::optional<json::value> value = to_json(element);
      if (!value) return std::nullopt;
      made.push_back(std::move(*value));
    }
    return json::value(std::move(made));
  }
  auto const* table = node.as_table();
  if (table == nullptr) return std::nullopt;  // a date or a time
  json::object made;
  for (auto const& [key, element] : *table) {
    std::optional<json::value> value = to_json(element);
    if (!value) return std::nullopt;
    made[std::string_view(key)] = std::move(*value);
  }
  return json::value(std::move(made));
}

Result<Document> read_toml(std::string_view text) {
  toml::parse_result const parsed = toml::parse(text);
  if (!parsed) {
    toml::parse_error const& error = parsed.error();
    return fail(ErrorCode::invalid_argument, std::to_string(error.source().begin.line) + ": " +
                                                 std::string(error.description()));
  }
  std::optional<json::value> root = to_json(parsed.table());
  if (!root) return fail(ErrorCode::invalid_argument, "dates and times have no meaning here");
  Document document;
  document.root = std::move(root->as_object());
  if (toml::array const* const events = parsed.table()["event"].as_array()) {
    for (toml::node const& event : *events)
      document.event_lines.push_back(event.source().begin.line);
  }
  return document;
}

Result<Document> read_json(std::string_view text) {
  boost::system::error_code error;
  json::value root = json::parse(text, error);
  if (error) return fail(ErrorCode::invalid_argument, "no JSON: " + error.message());
  if (!root.is_object()) return fail(ErrorCode::invalid_argument, "must be a JSON object");
  Document document;
  document.root = std::move(root.as_object());
  return document;
}

}  // namespace

Result<Document> read_document(std::string_view text, ScenarioFormat format) {
  return format == ScenarioFormat::toml ? read_toml(text) : read_json(text);
}

}  // namespace scaleset::simulator
