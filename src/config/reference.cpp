#include <algorithm>

#include "config/keys.hpp"
#include "config/print.hpp"
#include "config/units.hpp"

namespace scaleset::config {
namespace {

std::string_view letter_of(Effect effect) {
  switch (effect) {
    case Effect::live: return "L";
    case Effect::patch: return "P";
    case Effect::new_runners: return "N";
    case Effect::restart: return "S";
    case Effect::other_set: break;
  }
  return "K";
}

std::string type_of(KeyInfo const& key) {
  switch (key.type) {
    case Type::boolean: return "true or false";
    case Type::integer: return "whole number";
    case Type::number: return "number";
    case Type::text: return "text";
    case Type::path: return "path";
    case Type::duration: return "time";
    case Type::choice: break;
    case Type::texts: return "list of texts";
    case Type::text_table: return "table of texts";
    case Type::number_table: return key.rest ? "number or size" : "table of numbers or sizes";
    case Type::table: return "table";
    case Type::named_tables: return "tables";
    case Type::table_list: return "list of tables";
    case Type::name_or_table: return "name or table";
  }
  std::string text;
  for (std::string const& choice : key.choices)
    text += (text.empty() ? "" : ", ") + ("`" + in_quotes(choice) + "`");
  return text;
}

std::string default_of(KeyInfo const& key) {
  if (key.required) return "required";
  return key.fallback.empty() || key.fallback == "[]" ? "–" : "`" + key.fallback + "`";
}

bool is_table(KeyInfo const& key) { return !key.keys.empty(); }

std::string title_of(std::string const& path, KeyInfo const& key) {
  std::string const name = path + key.name;
  if (key.type == Type::table_list) return "`[[" + name + "]]`";
  if (key.type == Type::named_tables) return "`[" + name + ".NAME]`";
  return "`" + name + "`";
}

void add_table(std::string const& title, std::string const& meaning, std::string const& path,
               std::vector<KeyInfo> const& keys, std::string& text) {
  text += "\n### " + title + "\n\n" + meaning + "\n\n| key | type | default | reload | meaning |\n";
  text += "|---|---|---|---|---|\n";
  for (KeyInfo const& key : keys)
    text += "| `" + key.name + "` | " + type_of(key) + " | " +
            (is_table(key) ? "–" : default_of(key)) + " | " + std::string(letter_of(key.effect)) +
            " | " + key.meaning + " |\n";
  for (KeyInfo const& key : keys) {
    // The keys of these are explained where the table stands by itself.
    if (!is_table(key) || key.type == Type::name_or_table) continue;
    std::string const named = key.type == Type::named_tables ? key.name + ".NAME." : key.name + ".";
    add_table(title_of(path, key), key.meaning, path + named, key.keys, text);
  }
}

}  // namespace

std::string reference() {
  std::string text;
  add_table("The file itself", "What is valid for the whole process.", "", infos_of<DaemonConfig>(),
            text);
  return text;
}

}  // namespace scaleset::config
