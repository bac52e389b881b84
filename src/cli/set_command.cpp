#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <optional>

#include "cli/choice_flag.hpp"
#include "cli/control_command.hpp"
#include "cli/json_output.hpp"
#include "cli/list_flag.hpp"
#include "cli/primitive.hpp"

namespace scaleset::cli {
namespace {

namespace json = boost::json;

struct SetArguments : PrimitiveArguments {
  NameOrId set;
  NameOrId group{.name = "default"};
  NameOrId new_group;
  std::string new_name;
  std::vector<std::string> labels;
  std::string automatic_update;  // "on" or "off"; empty: not given
  bool wait = false;
  std::string socket;
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
  wanted.name = arguments.set.name;
  wanted.group = *group;
  wanted.labels = labels_of(arguments);
  // Off unless asked for: `scaleset run` starts the runner's listener without the script that
  // completes an update (ADR 12).
  wanted.disable_update = arguments.automatic_update != "on";
  auto const created = client.create_scale_set(wanted, options);
  if (!created) return std::unexpected(created.error());
  return to_json(*created);
}

Result<json::value> get(SetArguments const& arguments, Client const& client,
                        CallOptions const& options) {
  auto const found = resolve_scale_set(client, arguments.set, arguments.group, options);
  if (!found) return std::unexpected(found.error());
  return to_json(*found);
}

Result<json::value> list(SetArguments const& arguments, Client const& client,
                         CallOptions const& options) {
  std::optional<RunnerGroupId> group;
  if (arguments.group.is_given()) {
    auto const resolved = resolve_group(client, arguments.group, options);
    if (!resolved) return std::unexpected(resolved.error());
    group = *resolved;
  }
  auto const all = client.list_scale_sets(group, options);
  if (!all) return std::unexpected(all.error());
  return to_json(*all);
}

Result<void> check_change(SetArguments const& arguments) {
  if (!arguments.new_name.empty() || !arguments.labels.empty() ||
      !arguments.automatic_update.empty() || arguments.new_group.is_given())
    return {};
  return fail(ErrorCode::invalid_options,
              "nothing to change: give --new-name, --new-runner-group, --labels or "
              "--automatic-update");
}

Result<json::value> update(SetArguments const& arguments, Client const& client,
                           CallOptions const& options) {
  ScaleSetUpdate change;
  if (!arguments.new_name.empty()) change.name = arguments.new_name;
  if (!arguments.labels.empty()) change.labels = labels_of(arguments);
  if (!arguments.automatic_update.empty())
    change.disable_update = arguments.automatic_update == "off";
  auto const found = resolve_scale_set(client, arguments.set, arguments.group, options);
  if (!found) return std::unexpected(found.error());
  if (arguments.new_group.is_given()) {
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
  auto const found = resolve_scale_set(client, arguments.set, arguments.group, options);
  if (!found) return std::unexpected(found.error());
  // Whoever has a session would go on, and make the scale set again.
  auto const url = canonical_url(arguments.connection);
  if (!url) return std::unexpected(url.error());
  auto const unserved = check_unserved(arguments.socket, *url, found->id);
  if (!unserved) return std::unexpected(unserved.error());
  auto const deleted = client.delete_scale_set(found->id, options);
  if (!deleted) return std::unexpected(deleted.error());
  return json::value{{"id", found->id.value}, {"deleted", true}};
}

std::vector<Error> check_wait(SetArguments& arguments) {
  auto problems = finish(arguments.after);
  if (arguments.set.id > 0)
    problems.emplace_back(ErrorCode::invalid_options, "--wait needs the scale set's name");
  return problems;
}

/// The one of that URL and group, as far as these are given: the autoscaler may serve others.
Result<json::value> delete_by_autoscaler(SetArguments const& arguments) {
  std::string url;
  if (!arguments.connection.url.empty()) {
    auto canonical = canonical_url(arguments.connection);
    if (!canonical) return std::unexpected(canonical.error());
    url = *std::move(canonical);
  }
  // The default one need not be named, so it may be any.
  std::string group = arguments.group.name == "default" ? "" : arguments.group.name;
  if (arguments.group.id > 0) group = "id " + std::to_string(arguments.group.id);
  auto meant = check_meant(arguments.socket, arguments.set.name, url, group);
  if (!meant) return std::unexpected(meant.error());
  return delete_when_drained(arguments.socket, arguments.set.name);
}

int delete_slowly(SetArguments const& arguments) {
  auto const deleted = delete_by_autoscaler(arguments);
  if (!deleted) return report("set delete", deleted.error());
  auto const printed = print_line(json::serialize(*deleted));
  return printed ? kExitSuccess : report("set delete", printed.error());
}

void add_which(CLI::App& command, SetArguments& arguments) {
  add_one(command, "SET", "scale set", arguments.set, arguments.after);
  add_group(command, "--runner-group", "Runner group that has the scale set [default]",
            arguments.group, arguments.after);
}

void add_properties(CLI::App& command, SetArguments& arguments, std::string const& labels,
                    std::string const& automatic_update) {
  add_list(command, "--labels", Case::is_ignored, arguments.labels, labels);
  add_choice(command, "--automatic-update", {"on", "off"}, arguments.automatic_update,
             automatic_update);
}

void add_create(CLI::App& set, Action& action) {
  auto const arguments = std::make_shared<SetArguments>();
  auto* command = add_primitive(
      set, action, arguments,
      {"set create", "Create a scale set",
       "my-set --labels linux,gpu --url https://github.com/my-org --token-file token.txt"},
      create);
  command->add_option("NAME", arguments->set.name, "Name of the new scale set")->required();
  add_group(*command, "--runner-group", "Runner group of the new scale set [default]",
            arguments->group, arguments->after);
  add_properties(*command, *arguments,
                 "Labels, separated by commas [its name]. If you give any, the name is not a "
                 "label unless it is one of them",
                 "on or off: whether runners update themselves [off]. `scaleset run` needs off");
}

void add_get(CLI::App& set, Action& action) {
  auto const arguments = std::make_shared<SetArguments>();
  auto* command = add_primitive(set, action, arguments,
                                {"set get", "Show one scale set with its statistics",
                                 "my-set --url https://github.com/my-org --token-file token.txt"},
                                get);
  add_which(*command, *arguments);
}

void add_list_of_sets(CLI::App& set, Action& action) {
  auto const arguments = std::make_shared<SetArguments>();
  arguments->group.name.clear();  // any group
  auto* command = add_primitive(set, action, arguments,
                                {"set list", "List scale sets, as a JSON array",
                                 "--url https://github.com/my-org --token-file token.txt"},
                                list);
  add_group(*command, "--runner-group", "List only the scale sets of this group [all groups]",
            arguments->group, arguments->after);
}

void add_update(CLI::App& set, Action& action) {
  auto const arguments = std::make_shared<SetArguments>();
  auto* command = add_primitive(
      set, action, arguments,
      {"set update", "Change a scale set; properties that are not given stay as they are",
       "my-set --new-name other-set --url https://github.com/my-org --token-file token.txt"},
      update);
  add_which(*command, *arguments);
  command->add_option("--new-name", arguments->new_name, "Its new name");
  add_group(*command, "--new-runner-group", "The runner group to move it to", arguments->new_group,
            arguments->after);
  add_properties(*command, *arguments,
                 "Its new labels, separated by commas; they replace all it has. The name is a "
                 "label only if it is one of them",
                 "on or off: whether its runners update themselves. `scaleset run` needs off");
  arguments->after.emplace_back([&arguments = *arguments] { return check_change(arguments); });
}

void add_delete(CLI::App& set, Action& action) {
  auto const arguments = std::make_shared<SetArguments>();
  auto* command =
      add_primitive(set, action, arguments,
                    {"set delete", "Delete a scale set with its session and its queue of messages",
                     "my-set --url https://github.com/my-org --token-file token.txt"},
                    remove);
  add_which(*command, *arguments);
  command->add_flag("--wait", arguments->wait,
                    "Have the running autoscaler drain the scale set, wait until no runner is "
                    "left, and then delete it; no URL and no credentials are needed");
  add_socket_flag(*command, arguments->socket);
  auto const checked = [arguments] {
    return arguments->wait ? check_wait(*arguments) : check(*arguments);
  };
  auto const run = [arguments] {
    if (arguments->wait) return delete_slowly(*arguments);
    return perform("set delete", *arguments, [&](Client const& client, CallOptions const& options) {
      return remove(*arguments, client, options);
    });
  };
  when_chosen(*command, action, {"set delete", checked, run});
}

}  // namespace

void add_set_command(CLI::App& app, Action& action) {
  auto* set = app.add_subcommand(
      "set", "Runner scale sets: create, get, list, update, delete, reset-session");
  set->require_subcommand(1);
  set->footer(kExitCodeHelp);
  add_create(*set, action);
  add_get(*set, action);
  add_list_of_sets(*set, action);
  add_update(*set, action);
  add_delete(*set, action);
  add_set_control(*set, action);
}

}  // namespace scaleset::cli
