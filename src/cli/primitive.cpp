#include "cli/primitive.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "base/whole_number.hpp"
#include "cli/seconds_flag.hpp"
#include "scaleset/version.hpp"

namespace scaleset::cli {
namespace {

/// Clients know the default group by its id, without asking (protocol.md E9).
bool is_default(std::string const& group) { return CLI::detail::to_lower(group) == "default"; }

}  // namespace

void add_primitive_flags(CLI::App& command, PrimitiveArguments& arguments) {
  add_connection_flags(command, arguments.connection);
  add_seconds(command, "--timeout", arguments.timeout,
              "Seconds that one call may take, including its retries",
              std::chrono::milliseconds(1));
}

CLI::App* add_primitive(CLI::App& parent, PrimitiveArguments& arguments,
                        PrimitiveText const& text) {
  auto* command =
      parent.add_subcommand(text.path.substr(text.path.rfind(' ') + 1), text.description);
  add_primitive_flags(*command, arguments);
  command->footer("Example:\n  scaleset " + text.path + " " + text.example + "\n" + kExitCodeHelp);
  return command;
}

void set_callback(CLI::App& command, std::function<void()> callback) {
  command.callback(std::move(callback));
}

int exit_code(Error const& error) {
  switch (error.code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::invalid_config_url:
    case ErrorCode::invalid_private_key:
    case ErrorCode::invalid_options: return kExitUsage;
    case ErrorCode::not_found:
    case ErrorCode::runner_not_found:
    case ErrorCode::scale_set_not_found: return kExitNotFound;
    case ErrorCode::runner_exists:
    case ErrorCode::job_still_running:
    case ErrorCode::session_conflict:
    case ErrorCode::scale_set_exists: return kExitConflict;
    case ErrorCode::unauthorized:
    case ErrorCode::forbidden: return kExitRefused;
    default: return error.transient() ? kExitNoAnswer : kExitFailure;
  }
}

int report(std::string const& command, Error const& error) {
  std::fprintf(stderr, "scaleset %s: %s\n", command.c_str(), error.to_string().c_str());
  return exit_code(error);
}

Result<Client> connect(PrimitiveArguments const& arguments) {
  if (arguments.connection.url.empty())
    return fail(ErrorCode::invalid_options,
                "--url is missing; give, for example, --url https://github.com/my-org");
  auto credentials = credentials_from(arguments.connection);
  if (!credentials) return std::unexpected(credentials.error());
  ClientOptions options{.config_url = arguments.connection.url,
                        .credentials = *std::move(credentials),
                        .transport = transport_from(arguments.connection)};
  options.system_info.system = "scaleset";
  options.system_info.version = kVersion;
  options.system_info.subsystem = "cli";
  return Client::create(std::move(options));
}

CallOptions call_options(PrimitiveArguments const& arguments) {
  CallOptions options;
  options.timeout = arguments.timeout;
  return options;
}

int perform(std::string const& command, PrimitiveArguments const& arguments,
            Primitive const& primitive) {
  auto const client = connect(arguments);
  if (!client) return report(command, client.error());
  auto const answer = primitive(*client, call_options(arguments));
  if (!answer) return report(command, answer.error());
  auto const printed = print_line(boost::json::serialize(*answer));
  return printed ? kExitSuccess : report(command, printed.error());
}

Result<void> print_line(std::string const& line) {
  bool const written = std::fputs(line.c_str(), stdout) >= 0 && std::fputc('\n', stdout) >= 0 &&
                       // A full disk or a closed pipe shows only now, and must not look like
                       // success.
                       std::fflush(stdout) == 0;
  if (written) return {};
  return fail(ErrorCode::io,
              std::string("cannot write to standard output: ") + std::strerror(errno));
}

std::optional<std::int64_t> as_number(std::string const& text) {
  auto const number = base::whole_number<std::int64_t>(text);
  // Ids are above 0, so anything else is a name.
  return number && *number > 0 ? number : std::nullopt;
}

Result<RunnerGroup> find_group(Client const& client, std::string const& name,
                               CallOptions const& options) {
  auto found = client.find_runner_group(name, options);
  if (!found) return std::unexpected(found.error());
  if (*found) return **std::move(found);
  return fail(ErrorCode::not_found,
              "there is no runner group \"" + name + "\"; repositories have only \"Default\"");
}

Result<RunnerGroupId> resolve_group(Client const& client, std::string const& group,
                                    CallOptions const& options) {
  if (is_default(group)) return kDefaultRunnerGroup;
  if (auto const id = as_number(group)) return RunnerGroupId{*id};
  auto const found = find_group(client, group, options);
  if (!found) return std::unexpected(found.error());
  return found->id;
}

Result<ScaleSet> resolve_scale_set(Client const& client, std::string const& reference,
                                   std::string const& group, CallOptions const& options) {
  if (auto const id = as_number(reference)) return client.get_scale_set(ScaleSetId{*id}, options);
  auto const group_id = resolve_group(client, group, options);
  if (!group_id) return std::unexpected(group_id.error());
  auto found = client.find_scale_set(*group_id, reference, options);
  if (!found) return std::unexpected(found.error());
  if (*found) return **std::move(found);
  return fail(ErrorCode::scale_set_not_found, "there is no scale set \"" + reference +
                                                  "\" in the runner group \"" + group +
                                                  "\"; `scaleset set list` shows those that exist");
}

}  // namespace scaleset::cli
