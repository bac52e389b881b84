#include "cli/every_flag.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <string_view>

namespace scaleset::cli {
namespace {

/// Of the commands that call the service, but not of `run`.
constexpr auto kForOneCall = std::to_array<std::string_view>(
    {"--automatic-update", "--id", "--labels", "--name", "--new-name", "--new-runner-group",
     "--new-runner-group-id", "--runner-name"});

std::string variable_for(std::string const& flag) {
  std::string variable = "SCALESET_";
  for (char const c : flag.substr(2)) {
    bool const small = c >= 'a' && c <= 'z';
    variable += c == '-' ? '_' : static_cast<char>(small ? c - 'a' + 'A' : c);
  }
  return variable;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

void visit_below(CLI::App& app, std::string const& path,
                 std::function<void(std::string const&, CLI::Option&)> const& visit) {
  for (auto* option : app.get_options()) visit(path, *option);
  for (auto* below : app.get_subcommands({})) {
    std::string const& name = below->get_name();
    visit_below(*below, path.empty() ? name : path + " " + name, visit);
  }
}

}  // namespace

void for_every_option(
    CLI::App& app, std::function<void(std::string const& path, CLI::Option& option)> const& visit) {
  visit_below(app, "", visit);
}

void refuse_unusable_values(CLI::App& app) {
  for_every_option(app, [](std::string const&, CLI::Option& option) {
    if (option.get_items_expected_max() == 0) return;
    std::string const variable = option.get_envname();
    std::string const blank = "is empty; give a value, or leave out " +
                              (variable.empty() ? "the argument" : "the flag and " + variable);
    bool const is_script = option.get_name() == "--exec" || option.get_name() == "--token-command";
    // A transformation, because CLI11 runs these first.
    option.transform(CLI::Validator(
        [blank, is_script](std::string& value) -> std::string {
          if (CLI::detail::trim_copy(value).empty()) return std::string(blank);
          if (is_script || std::ranges::none_of(value, is_control)) return "";
          return "is not usable: it has control characters, such as a line feed";
        },
        ""));
  });
}

std::vector<std::string> words_of(int argc, char const* const* argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  // What follows is not ours: simulate-runner passes its arguments on.
  if (!words.empty() && words.front() == "simulate-runner") return words;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    std::string& word = words[i];
    if (!word.starts_with("--") || word.find('=') + 1 != word.size()) continue;
    word.pop_back();
    words.emplace(words.begin() + static_cast<std::ptrdiff_t>(++i));
  }
  return words;
}

std::string variable_of(std::string const& path, std::string const& flag) {
  std::string const first = path.substr(0, path.find(' '));
  bool const reads_variables =
      !path.empty() && first != "completion" && first != "config" && first != "simulate-runner";
  if (!reads_variables || !flag.starts_with("--") || flag == "--help") return "";
  bool const for_one_call =
      first != "run" && std::ranges::find(kForOneCall, flag) != kForOneCall.end();
  return for_one_call ? "" : variable_for(flag);
}

void read_flags_from_environment(CLI::App& app) {
  for_every_option(app, [](std::string const& path, CLI::Option& option) {
    std::string const variable = variable_of(path, option.get_name());
    if (!variable.empty()) option.envname(variable);
  });
}

void forget_other_variables(CLI::App& chosen) {
  std::string chosen_path;
  CLI::App* app = &chosen;
  for (; app->get_parent() != nullptr; app = app->get_parent())
    chosen_path = app->get_name() + (chosen_path.empty() ? "" : " ") + chosen_path;
  for_every_option(*app, [&chosen_path](std::string const& path, CLI::Option& option) {
    if (path != chosen_path) option.envname("");
  });
}

}  // namespace scaleset::cli
