#include <CLI/CLI.hpp>
#include <memory>

#include "cli/control_command.hpp"
#include "cli/json_output.hpp"
#include "cli/primitive.hpp"

namespace scaleset::cli {
namespace {

namespace json = boost::json;

struct RunnerArguments : PrimitiveArguments {
  NameOrId runner;
  std::string version;  // of the runner software
};

Result<Runner> resolve(RunnerArguments const& arguments, Client const& client,
                       CallOptions const& options) {
  NameOrId const& wanted = arguments.runner;
  if (wanted.id > 0) {
    auto runner = client.get_runner(RunnerId{wanted.id}, options);
    // The service's own text for an unknown id is no help; ours says what to do.
    if (runner || runner.error().code != ErrorCode::runner_not_found) return runner;
  } else {
    auto found = client.find_runner(wanted.name, options);
    if (!found) return std::unexpected(found.error());
    if (*found) return **std::move(found);
  }
  return fail(ErrorCode::runner_not_found, "there is no runner " + wanted.text() +
                                               "; `scaleset runner list` shows those that exist");
}

Result<json::value> get(RunnerArguments const& arguments, Client const& client,
                        CallOptions const& options) {
  auto const found = resolve(arguments, client, options);
  if (!found) return std::unexpected(found.error());
  return to_json(*found);
}

Result<json::value> list(RunnerArguments const&, Client const& client, CallOptions const& options) {
  auto const all = client.list_runners(options);
  if (!all) return std::unexpected(all.error());
  return to_json(*all);
}

Result<json::value> remove(RunnerArguments const& arguments, Client const& client,
                           CallOptions const& options) {
  auto const found = resolve(arguments, client, options);
  if (!found) return std::unexpected(found.error());
  auto const removed = client.remove_runner(found->id, options);
  if (!removed) return std::unexpected(removed.error());
  return json::value{{"id", found->id.value}, {"removed", true}};
}

Result<json::value> currency(RunnerArguments const& arguments, Client const& client,
                             CallOptions const& options) {
  // The release's tag is such a version behind a "v".
  std::string const version = arguments.version.substr(arguments.version.starts_with('v') ? 1 : 0);
  auto const found = client.find_runner_deprecation(version, options);
  if (!found) return std::unexpected(found.error());
  if (*found) return to_json(**found);
  return fail(ErrorCode::not_found, "GitHub knows no version \"" + arguments.version +
                                        "\" of the runner; give one such as 2.336.0");
}

void add_get(CLI::App& runner, Action& action) {
  auto const arguments = std::make_shared<RunnerArguments>();
  auto* command =
      add_primitive(runner, action, arguments,
                    {"runner get", "Show one runner",
                     "my-runner --url https://github.com/my-org --token-file token.txt"},
                    get);
  add_one(*command, "RUNNER", "runner", arguments->runner, arguments->after);
}

void add_remove(CLI::App& runner, Action& action) {
  auto const arguments = std::make_shared<RunnerArguments>();
  auto* command =
      add_primitive(runner, action, arguments,
                    {"runner remove", "Remove a runner's registration; refused while it has a job",
                     "my-runner --url https://github.com/my-org --token-file token.txt"},
                    remove);
  add_one(*command, "RUNNER", "runner", arguments->runner, arguments->after);
}

void add_currency(CLI::App& runner, Action& action) {
  auto const arguments = std::make_shared<RunnerArguments>();
  auto* command = add_primitive(
      runner, action, arguments,
      {"runner currency",
       "Show when GitHub stops accepting a version of the runner. registration_deprecates_at: from "
       "then on it cannot be registered. runtime_deprecates_at: from then on it gets no jobs. "
       "null: "
       "no date is announced",
       "2.336.0 --url https://github.com/my-org --token-file token.txt"},
      currency);
  command->add_option("VERSION", arguments->version, "Version of the runner, such as 2.336.0")
      ->required();
}

}  // namespace

void add_runner_command(CLI::App& app, Action& action) {
  auto* runner = app.add_subcommand(
      "runner", "Runners: get, list, remove, add, retire; currency of a version");
  runner->require_subcommand(1);
  runner->footer(kExitCodeHelp);
  add_get(*runner, action);
  add_primitive(*runner, action, std::make_shared<RunnerArguments>(),
                {"runner list", "List the runners, as a JSON array",
                 "--url https://github.com/my-org --token-file token.txt"},
                list);
  add_remove(*runner, action);
  add_currency(*runner, action);
  add_runner_control(*runner, action);
}

}  // namespace scaleset::cli
