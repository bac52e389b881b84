#include "config/unknown_key.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/nearest.hpp"
#include "config/keys.hpp"

namespace scaleset::config {
namespace {

/// The flags of `scaleset run` that have another name as a key, without their hyphens, and words of
/// other autoscalers.
struct Alias {
  std::string_view flag;
  std::string_view key;  // or what to write, if it is no key
};
constexpr auto kAliases = std::to_array<Alias>({
    {"app_client_id", "app = { client_id = \"...\" }"},
    {"app_installation_id", "app = { installation_id = 1 }"},
    {"app_private_key_file", "app = { private_key = { file = \"...\" } }"},
    {"connection", "credential"},
    {"log_format", "log.format"},
    {"log_level", "log.level"},
    {"max", "max_runners"},
    {"min", "min_idle"},
    {"min_runners", "min_idle"},
    {"proxy_url", "proxy = { url = \"...\" }"},
    {"runner_group", "group"},
    {"runner_image", "runner_dir"},
    {"scale_set_name", "name"},
    {"socket", "--socket FILE of `scaleset run`"},
    {"token_command", "token = { command = \"...\" }"},
    {"token_env", "token = { env = \"...\" }"},
    {"token_file", "token = { file = \"...\" }"},
});

/// "max_runners" of "--Max-Runners".
std::string plain(std::string_view key) {
  while (key.starts_with('-')) key.remove_prefix(1);
  std::string name = base::ascii_lower(key);
  std::ranges::replace(name, '-', '_');
  return name;
}

/// `path` is of the table with the keys, as in "scale_set.schedule".
void add_tables(std::string const& key, std::string const& path, std::string const& heading,
                std::vector<KeyInfo> const& keys, std::vector<std::string>& found) {
  for (KeyInfo const& info : keys) {
    if (info.name == key && !info.rest) found.push_back(heading);
    // A table that may also stand by itself is looked at there.
    if (info.keys.empty() || info.type == Type::name_or_table) continue;
    std::string inner = path.empty() ? info.name : path + "." + info.name;
    if (info.type == Type::named_tables) inner += ".NAME";
    bool const is_list = info.type == Type::table_list;
    add_tables(key, inner, is_list ? "[[" + inner + "]]" : "[" + inner + "]", info.keys, found);
  }
}

/// "[template.NAME]"; several with "or"; empty if no table has the key.
std::string tables_with(std::string const& key) {
  std::vector<std::string> found;
  add_tables(key, "", "the file itself, before all tables", infos_of<DaemonConfig>(), found);
  std::string text;
  for (std::string const& heading : found) text += (text.empty() ? "" : " or ") + heading;
  return text;
}

std::string listed(std::vector<std::string> const& known) {
  std::string text = "; the keys are";
  for (std::string const& key : known) text += (key == known.front() ? " " : ", ") + key;
  return text;
}

}  // namespace

UnknownKey unknown_key(std::string_view key, std::vector<std::string> const& known) {
  auto const is_known = [&known](std::string_view name) {
    return std::ranges::find(known, name) != known.end();
  };
  std::string name = plain(key);
  auto const alias = std::ranges::find(kAliases, name, &Alias::flag);
  if (alias != kAliases.end()) name = alias->key;
  if (is_known(name)) return {name, "; did you mean " + in_quotes(name) + "?"};
  std::string const word = name.substr(0, name.find(' '));
  std::string const tables = tables_with(word);
  if (alias != kAliases.end() && (word != name || tables.empty()))
    return {word, "; write " + name + (is_known(word) || tables.empty() ? "" : " in " + tables)};
  std::string near = tables.empty() ? base::nearest(key, known) : "";
  if (!near.empty()) return {near, did_you_mean(key, known)};
  if (!tables.empty()) return {"", "; " + in_quotes(name) + " is a key of " + tables};
  return {"", listed(known)};
}

}  // namespace scaleset::config
