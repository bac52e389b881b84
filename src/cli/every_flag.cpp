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

void refuse_blank_values(CLI::App& app) {
  for_every_option(app, [](std::string const&, CLI::Option& option) {
    if (option.get_items_expected_max() == 0) return;
    std::string const variable = option.get_envname();
    std::string const text = "is empty; give a value, or leave out " +
                             (variable.empty() ? "the argument" : "the flag and " + variable);
    // A transformation, because CLI11 runs these first.
    option.transform(CLI::Validator(
        [text](std::string& value) {
          return CLI::detail::trim_copy(value).empty() ? text : std::string();
        },
        ""));
  });
}

std::string flag_without_value(int argc, char const* const* argv) {
  // What follows is not ours: simulate-runner passes its arguments on.
  if (argc > 1 && std::string_view(argv[1]) == "simulate-runner") return "";
  for (int i = 1; i < argc; ++i) {
    std::string_view const argument = argv[i];
    if (argument == "--") break;
    if (argument.starts_with("--") && argument.find('=') + 1 == argument.size())
      return std::string(argument.substr(0, argument.size() - 1));
  }
  return "";
}

bool is_read_from_environment(std::string const& path, std::string const& flag) {
  std::string const first = path.substr(0, path.find(' '));
  bool const calls_the_service =
      !path.empty() && first != "completion" && first != "simulate" && first != "simulate-runner";
  if (!calls_the_service || !flag.starts_with("--") || flag == "--help") return false;
  return first == "run" || std::ranges::find(kForOneCall, flag) == kForOneCall.end();
}

void read_flags_from_environment(CLI::App& app) {
  for_every_option(app, [](std::string const& path, CLI::Option& option) {
    std::string const flag = option.get_name();
    if (is_read_from_environment(path, flag)) option.envname(variable_for(flag));
  });
}

}  // namespace scaleset::cli
