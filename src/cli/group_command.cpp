#include <CLI/CLI.hpp>
#include <memory>

#include "cli/json_output.hpp"
#include "cli/primitive.hpp"

namespace scaleset::cli {
namespace {

namespace json = boost::json;

struct GroupArguments : PrimitiveArguments {
  NameOrId group;
};

/// The service has no call for one group.
Result<json::value> get_by_id(NameOrId const& wanted, Client const& client,
                              CallOptions const& options) {
  auto const all = client.list_runner_groups(options);
  if (!all) return std::unexpected(all.error());
  for (RunnerGroup const& group : *all) {
    if (group.id.value == wanted.id) return to_json(group);
  }
  return fail(ErrorCode::not_found, "there is no runner group " + wanted.text() +
                                        "; `scaleset group list` shows those that there are");
}

Result<json::value> get(GroupArguments const& arguments, Client const& client,
                        CallOptions const& options) {
  if (arguments.group.id > 0) return get_by_id(arguments.group, client, options);
  auto const found = find_group(client, arguments.group.name, options);
  if (!found) return std::unexpected(found.error());
  return to_json(*found);
}

Result<json::value> list(GroupArguments const&, Client const& client, CallOptions const& options) {
  auto const all = client.list_runner_groups(options);
  if (!all) return std::unexpected(all.error());
  return to_json(*all);
}

}  // namespace

void add_group_command(CLI::App& app, Action& action) {
  auto* group = app.add_subcommand("group", "Runner groups: get, list");
  group->require_subcommand(1);
  group->footer(kExitCodeHelp);
  auto const arguments = std::make_shared<GroupArguments>();
  auto* getting = add_primitive(*group, action, arguments,
                                {"group get", "Show one runner group",
                                 "my-group --url https://github.com/my-org --token-file token.txt"},
                                get);
  add_one(*getting, "NAME", "runner group", arguments->group, arguments->after);
  add_primitive(*group, action, std::make_shared<GroupArguments>(),
                {"group list", "List the runner groups, as a JSON array",
                 "--url https://github.com/my-org --token-file token.txt"},
                list);
}

}  // namespace scaleset::cli
