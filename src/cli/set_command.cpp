#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "cli/json_output.hpp"
#include "cli/primitive.hpp"

namespace scaleset::cli {
namespace {

namespace json = boost::json;

struct SetArguments : PrimitiveArguments {
  std::string reference;  // name or id
  std::string group = "default";
  std::string new_name;
  std::string new_group;
  std::vector<std::string> labels;
  std::string automatic_update;  // "on" or "off"; empty: not given
};

std::vector<Label> labels_of(SetArguments const& arguments) {
  std::vector<Label> labels;
  labels.reserve(arguments.labels.size());
  for (std::string const& name : arguments.labels) labels.emplace_back(name);
  return labels;
}

Result<json::value> create(SetArguments const& arguments, Client const& client,
                           CallOptions const& options) {
  auto const group = resolve_group(client, arguments.group, options);
  if (!group) return std::unexpected(group.error());
  ScaleSet wanted;
  wanted.name = arguments.reference;
  wanted.group = *group;
  wanted.labels = labels_of(arguments);
  wanted.disable_update = arguments.automatic_update == "off";
  auto const created = client.create_scale_set(wanted, options);
  if (!created) return std::unexpected(created.error());
  return to_json(*created);
}

Result<json::value> get(SetArguments const& arguments, Client const& client,
                        CallOptions const& options) {
  auto const found = resolve_scale_set(client, arguments.reference, arguments.group, options);
  if (!found) return std::unexpected(found.error());
  return to_json(*found);
}

Result<json::value> list(SetArguments const& arguments, Client const& client,
                         CallOptions const& options) {
  std::optional<RunnerGroupId> group;
  if (!arguments.group.empty()) {
    auto const resolved = resolve_group(client, arguments.group, options);
    if (!resolved) return std::unexpected(resolved.error());
    group = *resolved;
  }
  auto const all = client.list_scale_sets(group, options);
  if (!all) return std::unexpected(all.error());
  return to_json(*all);
}

Result<json::value> update(SetArguments const& arguments, Client const& client,
                           CallOptions const& options) {
  ScaleSetUpdate change;
  if (!arguments.new_name.empty()) change.name = arguments.new_name;
  if (!arguments.labels.empty()) change.labels = labels_of(arguments);
  if (!arguments.automatic_update.empty())
    change.disable_update = arguments.automatic_update == "off";
  if (!change.name && !change.labels && !change.disable_update && arguments.new_group.empty()) {
    return fail(ErrorCode::invalid_options,
                "nothing to change: give --new-name, --new-runner-group, --labels or "
                "--automatic-update");
  }
  auto const found = resolve_scale_set(client, arguments.reference, arguments.group, options);
  if (!found) return std::unexpected(found.error());
  if (!arguments.new_group.empty()) {
    auto const group = resolve_group(client, arguments.new_group, options);
    if (!group) return std::unexpected(group.error());
    change.group = *group;
  }
  auto const updated = client.update_scale_set(found->id, change, options);
  if (!updated) return std::unexpected(updated.error());
  return to_json(*updated);
}

Result<json::value> remove(SetArguments const& arguments, Client const& client,
                           CallOptions const& options) {
  auto const found = resolve_scale_set(client, arguments.reference, arguments.group, options);
  if (!found) return std::unexpected(found.error());
  auto const deleted = client.delete_scale_set(found->id, options);
  if (!deleted) return std::unexpected(deleted.error());
  return json::value{{"id", found->id.value}, {"deleted", true}};
}

void add_reference(CLI::App& command, SetArguments& arguments) {
  command.add_option("SET", arguments.reference, "Scale set, by id or by name")->required();
  command
      .add_option("--runner-group", arguments.group,
                  "Runner group, by name or id, in which the name is looked up [default]")
      ->envname("SCALESET_RUNNER_GROUP");
}

void add_properties(CLI::App& command, SetArguments& arguments) {
  command.add_option("--labels", arguments.labels, "Labels, separated by commas")->delimiter(',');
  command
      .add_option("--automatic-update", arguments.automatic_update,
                  "on or off: whether runners update themselves")
      ->check(CLI::IsMember({"on", "off"}));
}

}  // namespace

void add_set_command(CLI::App& app, Action& action) {
  auto* set = app.add_subcommand("set", "Runner scale sets: create, get, list, update, delete");
  set->require_subcommand(1);
  auto arguments = std::make_shared<SetArguments>();

  auto* creation = add_primitive(
      *set, action, arguments,
      {"set create", "Create a scale set",
       "my-set --labels linux,gpu --url https://github.com/my-org --token-file token.txt"},
      create);
  creation
      ->add_option("NAME", arguments->reference,
                   "Name of the scale set; also its label unless --labels is given")
      ->required();
  creation->add_option("--runner-group", arguments->group, "Runner group, by name or id [default]")
      ->envname("SCALESET_RUNNER_GROUP");
  add_properties(*creation, *arguments);

  auto* getting = add_primitive(*set, action, arguments,
                                {"set get", "Show one scale set with its statistics",
                                 "my-set --url https://github.com/my-org --token-file token.txt"},
                                get);
  add_reference(*getting, *arguments);

  auto in_any_group = std::make_shared<SetArguments>();
  // Arguments of its own, because `set list` has another default for the group.
  in_any_group->group.clear();
  auto* listing = add_primitive(*set, action, in_any_group,
                                {"set list", "List scale sets, as a JSON array",
                                 "--url https://github.com/my-org --token-file token.txt"},
                                list);
  listing->add_option("--runner-group", in_any_group->group,
                      "List only the scale sets of this group, by name or id [all groups]");

  auto* updating = add_primitive(
      *set, action, arguments,
      {"set update", "Change a scale set; properties that are not given stay as they are",
       "my-set --new-name other-set --url https://github.com/my-org --token-file token.txt"},
      update);
  add_reference(*updating, *arguments);
  updating->add_option("--new-name", arguments->new_name, "Its new name");
  updating->add_option("--new-runner-group", arguments->new_group,
                       "The group to move it to, by name or id");
  add_properties(*updating, *arguments);

  auto* deletion =
      add_primitive(*set, action, arguments,
                    {"set delete", "Delete a scale set with its session and its queue of messages",
                     "my-set --url https://github.com/my-org --token-file token.txt"},
                    remove);
  add_reference(*deletion, *arguments);
}

}  // namespace scaleset::cli
