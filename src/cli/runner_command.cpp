#include <CLI/CLI.hpp>
#include <memory>

#include "cli/json_output.hpp"
#include "cli/primitive.hpp"

namespace scaleset::cli {
namespace {

namespace json = boost::json;

struct RunnerArguments : PrimitiveArguments {
  std::string reference;  // name or id
};

Result<Runner> resolve(RunnerArguments const& arguments, Client const& client,
                       CallOptions const& options) {
  if (auto const id = as_number(arguments.reference)) {
    auto runner = client.get_runner(RunnerId{*id}, options);
    // The service's own text for an unknown id is no help; ours says what to do.
    if (runner || runner.error().code != ErrorCode::runner_not_found) return runner;
  } else {
    auto found = client.find_runner(arguments.reference, options);
    if (!found) return std::unexpected(found.error());
    if (*found) return **std::move(found);
  }
  return fail(ErrorCode::runner_not_found, "there is no runner \"" + arguments.reference +
                                               "\"; `scaleset runner list` shows those that exist");
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

}  // namespace

void add_runner_command(CLI::App& app, Action& action) {
  auto* runner = app.add_subcommand("runner", "Registered runners: get, list, remove");
  runner->require_subcommand(1);
  auto arguments = std::make_shared<RunnerArguments>();
  auto* getting =
      add_primitive(*runner, action, arguments,
                    {"runner get", "Show one runner",
                     "my-runner --url https://github.com/my-org --token-file token.txt"},
                    get);
  getting->add_option("RUNNER", arguments->reference, "Id or name")->required();
  add_primitive(*runner, action, arguments,
                {"runner list", "List the runners, as a JSON array",
                 "--url https://github.com/my-org --token-file token.txt"},
                list);
  auto* removal =
      add_primitive(*runner, action, arguments,
                    {"runner remove", "Remove a runner's registration; refused while it has a job",
                     "my-runner --url https://github.com/my-org --token-file token.txt"},
                    remove);
  removal->add_option("RUNNER", arguments->reference, "Id or name")->required();
}

}  // namespace scaleset::cli
