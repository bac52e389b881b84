#include "simulator/scenario/document.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <optional>
#include <string>

#include "base/toml_tree.hpp"

namespace scaleset::simulator {
namespace {

namespace json = boost::json;

/// No value if a part of it has no counterpart in JSON.
std::optional<json::value> to_json(base::TomlValue const& node) {
  struct Visitor {
    std::optional<json::value> operator()(bool flag) const { return json::value(flag); }
    std::optional<json::value> operator()(std::int64_t number) const { return json::value(number); }
    std::optional<json::value> operator()(double number) const { return json::value(number); }
    std::optional<json::value> operator()(std::string const& text) const {
      return json::value(text);
    }
    std::optional<json::value> operator()(base::TomlValue::DateTime) const { return std::nullopt; }
    std::optional<json::value> operator()(base::TomlValue::List const& list) const {
      json::array made;
      for (base::TomlValue const& element : list) {
        std::optional<json::value> value = to_json(element);
        if (!value) return std::nullopt;
        made.push_back(std::move(*value));
      }
      return json::value(std::move(made));
    }
    std::optional<json::value> operator()(base::TomlValue::Table const& table) const {
      json::object made;
      for (base::TomlEntry const& entry : table) {
        std::optional<json::value> value = to_json(entry.value);
        if (!value) return std::nullopt;
        made[entry.key] = std::move(*value);
      }
      return json::value(std::move(made));
    }
  };
  return std::visit(Visitor(), node.data);
}

Result<Document> read_toml(std::string_view text) {
  auto const parsed = base::parse_toml(text);
  if (!parsed) {
    base::TomlMistake const& mistake = parsed.error();
    std::string const line =
        mistake.at.line > 0 ? std::to_string(mistake.at.line) + ": " : "not TOML: ";
    return fail(ErrorCode::invalid_argument, line + mistake.message);
  }
  std::optional<json::value> root = to_json(*parsed);
  if (!root) return fail(ErrorCode::invalid_argument, "dates and times are not supported");
  Document document;
  document.root = std::move(root->as_object());
  base::TomlValue const* const events = parsed->find("event");
  if (auto const* list = events ? std::get_if<base::TomlValue::List>(&events->data) : nullptr)
    for (base::TomlValue const& event : *list)
      document.event_lines.push_back(static_cast<std::size_t>(event.at.line));
  return document;
}

Result<Document> read_json(std::string_view text) {
  boost::system::error_code error;
  json::value root = json::parse(text, error);
  if (error) return fail(ErrorCode::invalid_argument, "not JSON: " + error.message());
  if (!root.is_object()) return fail(ErrorCode::invalid_argument, "must be a JSON object");
  Document document;
  document.root = std::move(root.as_object());
  return document;
}

}  // namespace

Result<Document> read_document(std::string_view text, ScenarioFormat format) {
  if (format == ScenarioFormat::json) return read_json(text);
  return read_toml(text);
}

}  // namespace scaleset::simulator
