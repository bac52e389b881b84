#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/interruptible_write.hpp"
#include "base/resource_limit.hpp"
#include "cli/cli.hpp"
#include "cli/complain.hpp"
#include "cli/number_flag.hpp"
#include "cli/surroundings.hpp"
#include "config/diff.hpp"
#include "config/print.hpp"
#include "daemon/config_file.hpp"

namespace scaleset::cli {
namespace {

struct ConfigArguments {
  std::string file = daemon::kUsualConfigFile;
  std::string other;  // of `diff`
  config::SampleAnswers answers;
  std::string output;  // of `init`; empty: standard output
};

int print(std::string const& command, std::string const& text) {
  int const error = base::write_interruptibly(STDOUT_FILENO, text, -1);
  if (error == 0) return kExitSuccess;
  complain(command, "cannot write to standard output: " + base::system_error_text(error));
  return kExitFailure;
}

/// Reads a file. Tells what is wrong with it.
std::optional<daemon::ConfigFile> read_or_complain(std::string const& command,
                                                   std::string const& file) {
  auto read = daemon::read_config_file(file, surroundings());
  if (read) return *std::move(read);
  for (std::string const& line : read.error()) complain(command, line);
  return std::nullopt;
}

int check(ConfigArguments const& arguments) {
  auto const file = read_or_complain("config check", arguments.file);
  if (!file) return kExitUsage;
  for (std::string const& warning : file->warnings)
    complain("config check", warning, base::LogFormat::text, LogLevel::warn);
  std::string text = arguments.file + " can be used; it describes " +
                     std::to_string(file->house.sets.size()) + " scale set" +
                     (file->house.sets.size() == 1 ? "" : "s") + ":\n";
  for (daemon::SetSettings const& set : file->house.sets)
    text += "  " + set.name + " of " + set.url + "\n";
  return print("config check", text);
}

/// Looks only at the text, so that a file can be shown on a machine that it is not meant for.
std::optional<config::Loaded> load_or_complain(std::string const& command,
                                               std::string const& file) {
  auto loaded = config::load_file(file);
  if (loaded) return *std::move(loaded);
  for (config::Problem const& problem : loaded.error()) complain(command, to_string(problem, file));
  return std::nullopt;
}

int show(ConfigArguments const& arguments) {
  auto const loaded = load_or_complain("config show", arguments.file);
  if (!loaded) return kExitUsage;
  return print("config show", config::show(*loaded, arguments.file));
}

int diff(ConfigArguments const& arguments) {
  auto const before = load_or_complain("config diff", arguments.file);
  auto const after = load_or_complain("config diff", arguments.other);
  if (!before || !after) return kExitUsage;
  std::string text;
  for (config::Change const& change : config::changes_between(*before, *after))
    text += to_string(change) + "\n";
  return print("config diff", text);
}

// Questions are asked of a person at a terminal only. A script gives flags.

void ask(std::string const& question, std::string& answer) {
  std::cerr << question << " [" << answer << "]: " << std::flush;
  std::string line;
  if (std::getline(std::cin, line) && !line.empty()) answer = line;
}

void ask_all(CLI::App const& command, config::SampleAnswers& answers) {
  auto const ask_for = [&command](char const* flag, std::string const& question,
                                  std::string& answer) {
    if (command.count(flag) == 0) ask(question, answer);
  };
  ask_for("--url", "URL of the organization, repository or enterprise", answers.url);
  ask_for("--name", "Name of the scale set, which workflows say in runs-on", answers.name);
  ask_for("--token-file", "File with a personal access token", answers.token_file);
  ask_for("--runner-dir", "Folder with an unpacked actions/runner release", answers.runner_dir);
}

/// The file may lie elsewhere than where this is run, and its paths are relative to its own folder.
std::string absolute(std::string const& path) {
  std::error_code unknown;
  auto const found = std::filesystem::absolute(path, unknown);
  return unknown ? path : found.lexically_normal().string();
}

std::string sample_of(config::SampleAnswers answers) {
  answers.token_file = absolute(answers.token_file);
  answers.runner_dir = absolute(answers.runner_dir);
  return config::sample(answers);
}

/// Why the file that the answers make could not be used.
std::vector<Error> mistakes_in(config::SampleAnswers const& answers) {
  std::vector<Error> mistakes;
  auto const read = config::read_config(sample_of(answers), "/");
  if (read) return mistakes;
  for (config::Problem const& problem : read.error())
    mistakes.emplace_back(ErrorCode::invalid_options, problem.message);
  return mistakes;
}

int init(CLI::App const& command, ConfigArguments& arguments) {
  std::error_code unknown;
  bool const exists =
      !arguments.output.empty() && std::filesystem::exists(arguments.output, unknown);
  if (exists) {
    complain("config init", arguments.output + " exists; remove it, or give another --output");
    return kExitConflict;
  }
  if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1) {
    ask_all(command, arguments.answers);
    auto const mistakes = mistakes_in(arguments.answers);
    for (Error const& mistake : mistakes) complain("config init", mistake.message);
    if (!mistakes.empty()) return kExitUsage;
  }
  std::string const text = sample_of(arguments.answers);
  if (arguments.output.empty()) return print("config init", text);
  auto const written = base::write_file_atomically(arguments.output, text);
  if (written) return kExitSuccess;
  complain("config init", written.error().message);
  return kExitFailure;
}

using Run = std::function<int()>;

CLI::App* add_one(CLI::App& parent, Action& action, std::string const& name,
                  std::string const& what, std::string const& example, Run run) {
  auto* command = parent.add_subcommand(name, what);
  command->footer("Example:\n  scaleset config " + name + " " + example + "\n" +
                  std::string(kExitCodeHelp));
  auto const nothing = [] { return std::vector<Error>(); };
  when_chosen(*command, action, {"config " + name, nothing, std::move(run)});
  return command;
}

void add_file(CLI::App& command, std::string& file) {
  command.add_option("FILE", file, "The configuration file [/etc/scaleset/scaleset.toml]");
}

void add_init(CLI::App& parent, Action& action, std::shared_ptr<ConfigArguments> const& arguments) {
  auto* command = parent.add_subcommand(
      "init", "Write a configuration file with comments, from answers or flags");
  command->footer(
      "Example:\n  scaleset config init --url https://github.com/my-org --name linux "
      "--token-file /etc/scaleset/token\n    --runner-dir /opt/actions-runner --output "
      "scaleset.toml\nAsks for what no flag gives, if it is run at a terminal.\n" +
      std::string(kExitCodeHelp));
  auto& answers = arguments->answers;
  command->add_option("--url", answers.url, "Organization, repository or enterprise")
      ->type_name("URL");
  command->add_option("--name", answers.name, "Name of the scale set [linux]")->type_name("NAME");
  command->add_option("--runner-group", answers.group, "Runner group of the scale set [default]")
      ->type_name("NAME");
  command->add_option("--token-file", answers.token_file, "File with a personal access token")
      ->type_name("FILE");
  command
      ->add_option("--runner-dir", answers.runner_dir,
                   "Folder with an unpacked actions/runner release")
      ->type_name("DIR");
  add_number(*command, "--max-runners", kRunnerCount, answers.max_runners,
             "Most runners at any time [10]");
  command
      ->add_option("--output", arguments->output,
                   "File to write, which must not exist [standard output]")
      ->type_name("FILE");
  when_chosen(*command, action,
              {"config init", [arguments] { return mistakes_in(arguments->answers); },
               [command, arguments] { return init(*command, *arguments); }});
}

}  // namespace

void add_config_command(CLI::App& app, Action& action) {
  auto* parent = app.add_subcommand(
      "config", "The configuration file of `scaleset run`: check, show, diff, init, schema");
  parent->require_subcommand(1);
  parent->footer(kExitCodeHelp);
  auto const arguments = std::make_shared<ConfigArguments>();
  add_file(*add_one(*parent, action, "check",
                    "Say everything that is wrong with the file, and with what it names",
                    "scaleset.toml", [arguments] { return check(*arguments); }),
           arguments->file);
  add_file(*add_one(*parent, action, "show",
                    "Print every value, with the defaults and where each comes from; no secrets",
                    "scaleset.toml", [arguments] { return show(*arguments); }),
           arguments->file);
  auto* differ = add_one(*parent, action, "diff",
                         "Show what would change, and how, if the file NEW replaced the one that "
                         "is served",
                         "new.toml --from scaleset.toml", [arguments] { return diff(*arguments); });
  differ->add_option("NEW", arguments->other, "The file that would replace it")->required();
  differ->add_option("--from", arguments->file,
                     "The file that is served [/etc/scaleset/scaleset.toml]");
  add_init(*parent, action, arguments);
  add_one(*parent, action, "schema", "Print a JSON schema of the file, for editors",
          "> scaleset.schema.json", [] { return print("config schema", config::json_schema()); });
  add_one(*parent, action, "reference", "Print what every key means, as Markdown", "> keys.md",
          [] { return print("config reference", config::reference()); });
}

}  // namespace scaleset::cli
