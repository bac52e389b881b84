#include <CLI/CLI.hpp>
#include <memory>

#include "cli/json_output.hpp"
#include "cli/primitive.hpp"

namespace scaleset::cli {
namespace {

struct JitArguments : PrimitiveArguments {
  NameOrId set;
  NameOrId group{.name = "default"};
  std::string runner_name;
  std::string work_folder = "_work";
};

Result<boost::json::value> generate(JitArguments const& arguments, Client const& client,
                                    CallOptions const& options) {
  auto const found = resolve_scale_set(client, arguments.set, arguments.group, options);
  if (!found) return std::unexpected(found.error());
  auto const config =
      client.generate_jit_config(found->id, arguments.runner_name, arguments.work_folder, options);
  if (!config) return std::unexpected(config.error());
  return to_json(*config);
}

}  // namespace

void add_jit_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<JitArguments>();
  auto* command = add_primitive(
      app, action, arguments,
      {"jit",
       "Register one runner and print its JIT configuration, a secret with which the runner can be "
       "started once (ACTIONS_RUNNER_INPUT_JITCONFIG)",
       "--set my-set --runner-name runner-1 --url https://github.com/my-org --token-file "
       "token.txt"},
      generate);
  add_one(*command, "--set", "scale set", arguments->set, arguments->after);
  add_group(*command, "--runner-group", "Runner group that has the scale set [default]",
            arguments->group, arguments->after);
  command
      ->add_option("--runner-name", arguments->runner_name,
                   "Name of the new runner; no other runner may have it")
      ->required();
  command->add_option("--work-folder", arguments->work_folder,
                      "Folder in which the runner works on its jobs [_work]");
}

}  // namespace scaleset::cli
