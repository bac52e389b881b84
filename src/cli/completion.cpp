#include "cli/completion.hpp"

#include <CLI/CLI.hpp>
#include <set>

namespace scaleset::cli {
namespace {

/// CLI11 does not know which values are paths, so the names of the flags have to tell.
bool is_path(std::string const& flag) {
  return flag.ends_with("-file") || flag.ends_with("-dir") || flag == "--state" ||
         flag == "--scenario" || flag == "--config" || flag == "--output" || flag == "--from" ||
         flag == "--socket";
}

void collect(CLI::App const& app, std::string const& path, std::vector<CommandWords>& all) {
  CommandWords command;
  command.path = path;
  for (auto const* subcommand : app.get_subcommands({}))
    command.words.push_back({subcommand->get_name(), subcommand->get_description()});
  for (auto const* option : app.get_options()) {
    for (std::string const& name : option->get_lnames()) {
      std::string const flag = "--" + name;
      bool const takes_value = option->get_items_expected_max() > 0;
      command.words.push_back(
          {flag, option->get_description(), takes_value, takes_value && is_path(flag)});
    }
  }
  all.push_back(std::move(command));
  for (auto const* subcommand : app.get_subcommands({})) {
    auto const& name = subcommand->get_name();
    collect(*subcommand, path.empty() ? name : path + " " + name, all);
  }
}

/// Puts the text in single quotes. `quote` is how the shell writes a single quote inside them.
std::string quoted(std::string const& text, std::string const& quote) {
  std::string result = "'";
  for (char const c : text) result += c == '\'' ? quote : std::string(1, c);
  return result + "'";
}
constexpr char const* kPosixQuote = "'\\''";

/// The patterns of a shell's `case` that match the known paths of subcommands.
std::string known_paths(std::vector<CommandWords> const& commands) {
  std::string cases;
  for (auto const& command : commands) {
    if (command.path.empty()) continue;
    cases += (cases.empty() ? "" : " | ") + quoted(" " + command.path, kPosixQuote);
  }
  return cases;
}

/// The flags that take a path, each once.
std::string file_flags(std::vector<CommandWords> const& commands, std::string const& separator) {
  std::set<std::string> flags;
  for (auto const& command : commands) {
    for (auto const& word : command.words) {
      if (word.takes_file) flags.insert(word.text);
    }
  }
  std::string result;
  for (auto const& flag : flags) result += (result.empty() ? "" : separator) + flag;
  return result;
}

}  // namespace

std::vector<CommandWords> command_words(CLI::App const& app) {
  std::vector<CommandWords> all;
  collect(app, "", all);
  return all;
}

// The script goes through the words typed so far and appends each to `path` if that gives a known
// path, so it ignores flags and their values. Then it offers file names if the previous word is a
// flag that takes a path, otherwise the words of that subcommand.
std::string bash_completion(std::vector<CommandWords> const& commands) {
  std::string script =
      "_scaleset() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} path= words= "
      "word\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"$path $word\" in " +
      known_paths(commands) +
      ") path=\"$path $word\" ;; esac\n"
      "  done\n"
      "  case $previous in " +
      file_flags(commands, " | ") +
      ") mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); return ;; esac\n"
      "  case $path in\n";
  for (auto const& command : commands) {
    script +=
        "    " + quoted(command.path.empty() ? "" : " " + command.path, kPosixQuote) + ") words='";
    for (auto const& word : command.words) script += word.text + " ";
    script += "' ;;\n";
  }
  return script +
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "}\n"
         "complete -F _scaleset scaleset\n";
}

// The same as for bash; zsh shows the descriptions too.
std::string zsh_completion(std::vector<CommandWords> const& commands) {
  std::string script =
      "#compdef scaleset\n"
      "_scaleset() {\n"
      "  local typed=''\n"
      "  local word\n"
      "  local -a items\n"
      "  for word in \"${words[@]:1:$((CURRENT - 2))}\"; do\n"
      "    case \"$typed $word\" in " +
      known_paths(commands) +
      ") typed=\"$typed $word\" ;; esac\n"
      "  done\n"
      "  case \"${words[CURRENT - 1]}\" in " +
      file_flags(commands, " | ") +
      ") _files; return ;; esac\n"
      "  case \"$typed\" in\n";
  for (auto const& command : commands) {
    script +=
        "    " + quoted(command.path.empty() ? "" : " " + command.path, kPosixQuote) + ") items=(";
    for (auto const& word : command.words)
      script += quoted(word.text + ":" + word.description, kPosixQuote) + " ";
    script += ") ;;\n";
  }
  return script +
         "  esac\n"
         "  _describe 'scaleset' items\n"
         "}\n"
         "compdef _scaleset scaleset\n";
}

// Fish wants one rule for each word, with the path as its condition.
std::string fish_completion(std::vector<CommandWords> const& commands) {
  std::string script =
      "function __scaleset_path\n"
      "  set -l path ''\n"
      "  for word in (commandline -opc)[2..]\n"
      "    switch \"$path $word\"\n"
      "      case";
  for (auto const& command : commands) {
    if (!command.path.empty()) script += " " + quoted(" " + command.path, "\\'");
  }
  script +=
      "\n"
      "        set path \"$path $word\"\n"
      "    end\n"
      "  end\n"
      "  echo $path\n"
      "end\n"
      "complete -c scaleset -f\n";
  for (auto const& command : commands) {
    std::string const path = command.path.empty() ? "" : " " + command.path;
    std::string const condition =
        "complete -c scaleset -n " + quoted("test (__scaleset_path) = \"" + path + "\"", "\\'");
    for (auto const& word : command.words) {
      bool const flag = word.text.starts_with("--");
      script += condition;
      script += flag ? " -l " + word.text.substr(2) : " -a " + word.text;
      if (word.takes_value) script += word.takes_file ? " -r -F" : " -x";
      script += " -d " + quoted(word.description, "\\'") + "\n";
    }
  }
  return script;
}

}  // namespace scaleset::cli
