#include <optional>

#include "config/keys.hpp"
#include "config/print.hpp"

namespace scaleset::config {
namespace {

/// "[[scale_set]]" and "max_runners" of "scale_set[0].max_runners".
struct Split {
  std::string table;
  std::string key;
};

/// Where the innermost table ends that is written under a heading of its own.
Split split(std::string const& path) {
  auto const last_list = path.rfind("].");
  if (last_list != std::string::npos)
    return {path.substr(0, last_list + 1), path.substr(last_list + 2)};
  bool const named = path.starts_with("credential.") || path.starts_with("template.") ||
                     path.starts_with("budget.");
  auto const first = path.find('.');
  if (first == std::string::npos) return {"", path};
  auto const end = named ? path.find('.', first + 1) : first;
  return {path.substr(0, end), path.substr(end + 1)};
}

/// "[[scale_set.schedule]]" of "scale_set[0].schedule[1]".
std::string heading(std::string const& table) {
  if (!table.ends_with(']')) return "[" + table + "]";
  std::string name;
  bool inside = false;
  for (char const letter : table) {
    inside = letter == '[' || (inside && letter != ']');
    if (!inside && letter != ']') name += letter;
  }
  return "[[" + name + "]]";
}

}  // namespace

std::string show(Loaded const& loaded, std::string_view file) {
  std::string text;
  std::string table;
  for (Item const& item : items_of(loaded)) {
    auto const parts = split(item.path);
    if (parts.table != table) text += "\n" + heading(parts.table) + "\n";
    table = parts.table;
    std::string const line =
        item.text.empty() ? "# " + parts.key + " is not set" : parts.key + " = " + item.text;
    std::string const origin =
        item.at.line > 0 ? std::string(file) + ":" + std::to_string(item.at.line) : "default";
    text += line + (item.text.empty() ? "" : "  # " + origin) + "\n";
  }
  return text;
}

std::string sample(SampleAnswers const& answers) {
  auto const line = [](std::string_view key, std::string const& value) {
    return std::string(key) + " = " + value + "\n";
  };
  std::string text =
      "# The configuration of scaleset run. `scaleset config check` checks it, and `scaleset "
      "config "
      "show` prints it\n# with all defaults. `scaleset config reference` explains every key.\n\n"
      "[credential.main]\n"
      "# A personal access token, alone in a file that only this user may read. For a GitHub App "
      "use instead:\n"
      "# app = { client_id = \"Iv23...\", installation_id = 1, private_key = { file = "
      "\"/etc/scaleset/app.pem\" } }\n";
  text += line("token", "{ file = " + in_quotes(answers.token_file) + " }");
  text += "\n[template.main]\n# A folder with an unpacked actions/runner release.\n";
  text += line("runner_dir", in_quotes(answers.runner_dir));
  text += "\n[[scale_set]]\n# Workflows reach it with `runs-on: " + answers.name + "`.\n";
  text += line("url", in_quotes(answers.url));
  text += line("group", in_quotes(answers.group));
  text += line("name", in_quotes(answers.name));
  text += line("max_runners", std::to_string(answers.max_runners));
  text += "# Idle runners that wait for jobs:\n# min_idle = 2\n";
  return text;
}

}  // namespace scaleset::config
