#include "cli/unknown_variables.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

#include "base/nearest.hpp"
#include "cli/every_flag.hpp"

namespace scaleset::cli {
namespace {

constexpr std::string_view kPrefix = "SCALESET_";

std::vector<std::string> known_variables(CLI::App& app) {
  // Runners and their jobs have it (backends/process), and a job may call this program.
  std::vector<std::string> known{"SCALESET_INSTANCE"};
  for_every_option(app, [&known](std::string const& path, CLI::Option& option) {
    std::string variable = variable_of(path, option.get_name());
    if (!variable.empty()) known.push_back(std::move(variable));
  });
  return known;
}

bool reads_variables(CLI::App const& app) {
  auto const* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return std::ranges::any_of(command->get_options(),
                             [](auto const* option) { return !option->get_envname().empty(); });
}

std::string describe(std::string const& name, std::vector<std::string> known) {
  // Without what all have in common, or names of which nothing else is alike would be near.
  for (std::string& one : known) one.erase(0, kPrefix.size());
  std::string const near = base::nearest(name.substr(kPrefix.size()), known);
  std::string const text = "no flag is read from the environment variable " + name;
  return near.empty() ? text : text + "; did you mean " + std::string(kPrefix) + near + "?";
}

}  // namespace

std::vector<std::string> unknown_variables(CLI::App& app, char const* const* environment) {
  std::vector<std::string> warnings;
  if (!reads_variables(app)) return warnings;
  auto const known = known_variables(app);
  for (char const* const* entry = environment; *entry != nullptr; ++entry) {
    std::string_view const text = *entry;
    std::string const name(text.substr(0, text.find('=')));
    if (name.starts_with(kPrefix) && std::ranges::find(known, name) == known.end())
      warnings.push_back(describe(name, known));
  }
  return warnings;
}

}  // namespace scaleset::cli
