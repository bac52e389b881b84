#include "base/json_text.hpp"
#include "config/codec.hpp"
#include "config/keys.hpp"
#include "config/print.hpp"

namespace scaleset::config {
namespace {

std::string json(std::string_view text) { return base::json_quote(text, false); }

std::string object_of(std::vector<KeyInfo> const& keys);

std::string bounds_of(Range const& range) {
  Range const all;
  std::string text = ", \"minimum\": " + write_value(range.least);
  if (range.most != all.most) text += ", \"maximum\": " + write_value(range.most);
  return text;
}

constexpr std::string_view kAmount =
    R"({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+([KMGT]i?)?B$"}]})";

/// What the value must be, without the braces.
std::string rules_of(KeyInfo const& key) {
  switch (key.type) {
    case Type::boolean: return R"("type": "boolean")";
    case Type::integer: return R"("type": "integer")" + bounds_of(key.range);
    case Type::number: return R"("type": "number")" + bounds_of(key.range);
    case Type::text:
    case Type::path: return R"("type": "string", "minLength": 1)";
    case Type::duration:
      return R"("type": "string", "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$", "minLength": 2)";
    case Type::texts: return R"("type": "array", "items": {"type": "string", "minLength": 1})";
    case Type::text_table: return R"("type": "object", "additionalProperties": {"type": "string"})";
    case Type::number_table:
      return R"("type": "object", "additionalProperties": )" + std::string(kAmount);
    case Type::table: return object_of(key.keys);
    case Type::named_tables:
      return R"("type": "object", "additionalProperties": {)" + object_of(key.keys) + "}";
    case Type::table_list: return R"("type": "array", "items": {)" + object_of(key.keys) + "}";
    case Type::name_or_table:
      return R"("anyOf": [{"type": "string", "minLength": 1}, {)" + object_of(key.keys) + "}]";
    case Type::choice: break;
  }
  std::string choices;
  for (std::string const& choice : key.choices)
    choices += (choices.empty() ? "" : ", ") + json(choice);
  return "\"enum\": [" + choices + "]";
}

std::string object_of(std::vector<KeyInfo> const& keys) {
  std::string properties;
  std::string required;
  std::string_view rest = "false";
  for (KeyInfo const& key : keys) {
    if (key.rest) {
      rest = kAmount;
      continue;
    }
    properties += (properties.empty() ? "" : ",\n") + json(key.name) + ": {" + rules_of(key) +
                  ", \"description\": " + json(key.meaning) + "}";
    if (key.required) required += (required.empty() ? "" : ", ") + json(key.name);
  }
  return R"("type": "object", "additionalProperties": )" + std::string(rest) + ", \"required\": [" +
         required + "], \"properties\": {\n" + properties + "}";
}

}  // namespace

std::string json_schema() {
  return "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\", \"title\": \"The "
         "configuration of scaleset run\", " +
         object_of(infos_of<DaemonConfig>()) + "}\n";
}

}  // namespace scaleset::config
