#include "cli/primitive.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <system_error>

#include "base/interruptible_write.hpp"
#include "cli/complain.hpp"
#include "cli/seconds_flag.hpp"
#include "scaleset/version.hpp"

namespace scaleset::cli {
namespace {

/// Clients know the default group by its id, without asking (protocol.md E9).
bool is_default(std::string const& group) { return CLI::detail::to_lower(group) == "default"; }

}  // namespace

void add_primitive_flags(CLI::App& command, PrimitiveArguments& arguments) {
  add_connection_flags(command, arguments.connection, arguments.after);
  add_seconds(command, "--timeout", arguments.timeout,
              "Seconds that one call may take, including its retries",
              std::chrono::milliseconds(1));
}

CLI::App* add_primitive(CLI::App& parent, PrimitiveArguments& arguments,
                        PrimitiveText const& text) {
  auto* command =
      parent.add_subcommand(text.path.substr(text.path.rfind(' ') + 1), text.description);
  add_primitive_flags(*command, arguments);
  if (text.text != nullptr)
    command->add_flag("--json", arguments.as_json, "One line of JSON, on a terminal as well");
  command->footer("Example:\n  scaleset " + text.path + " " + text.example + "\n" + kExitCodeHelp);
  return command;
}

std::vector<Error> check(PrimitiveArguments& arguments) {
  auto problems = finish(arguments.after);
  for (Error& error : check_connection(arguments.connection)) problems.push_back(std::move(error));
  return problems;
}

int exit_code(Error const& error) {
  switch (error.code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::invalid_config_url:
    case ErrorCode::invalid_private_key:
    case ErrorCode::invalid_options:
    case ErrorCode::ambiguous_result: return kExitUsage;
    case ErrorCode::not_found:
    case ErrorCode::runner_not_found:
    case ErrorCode::scale_set_not_found: return kExitNotFound;
    case ErrorCode::runner_exists:
    case ErrorCode::job_still_running:
    case ErrorCode::session_conflict:
    case ErrorCode::conflict:
    case ErrorCode::scale_set_exists: return kExitConflict;
    case ErrorCode::unauthorized:
    case ErrorCode::forbidden: return kExitRefused;
    default: return error.transient() ? kExitNoAnswer : kExitFailure;
  }
}

int report(std::string const& command, Error const& error) {
  complain(command, error.to_string());
  return exit_code(error);
}

namespace {

/// Passes on what the transport warns of, such as credentials that are sent without encryption.
/// What a call fails with is reported when it has failed, so the other records would say it twice.
class TransportWarnings final : public LogSink {
 public:
  explicit TransportWarnings(std::string command) : command_(std::move(command)) {}
  [[nodiscard]] bool enabled(LogLevel level) const noexcept override {
    return level >= LogLevel::warn;
  }
  void write(LogRecord const& record) override {
    if (record.component != "http") return;
    std::string text(record.message);
    for (LogField const& field : record.fields) {
      auto const* const value = std::get_if<std::string_view>(&field.value);
      if (value != nullptr)
        text += " (" + std::string(field.key) + ": " + std::string(*value) + ")";
    }
    complain(command_, text, base::LogFormat::text, LogLevel::warn);
  }

 private:
  std::string command_;
};

}  // namespace

Result<Client> connect(std::string const& command, PrimitiveArguments const& arguments) {
  if (std::string const warning = exposed_secret(arguments.connection); !warning.empty())
    complain(command, warning, base::LogFormat::text, LogLevel::warn);
  ClientOptions options{.config_url = arguments.connection.url,
                        .credentials = arguments.connection.credentials,
                        .transport = transport_from(arguments.connection)};
  options.system_info.system = "scaleset";
  options.system_info.version = kVersion;
  options.system_info.subsystem = "cli";
  options.hooks.log = std::make_shared<TransportWarnings>(command);
  return Client::create(std::move(options));
}

CallOptions call_options(PrimitiveArguments const& arguments) {
  CallOptions options;
  options.timeout = arguments.timeout;
  return options;
}

int perform(std::string const& command, PrimitiveArguments const& arguments,
            Primitive const& primitive, AnswerText text) {
  auto const client = connect(command, arguments);
  if (!client) return report(command, client.error());
  auto const answer = primitive(*client, call_options(arguments));
  if (!answer) return report(command, answer.error());
  bool const for_a_person = text != nullptr && !arguments.as_json && ::isatty(STDOUT_FILENO) == 1;
  std::string line = for_a_person ? text(*answer) : boost::json::serialize(*answer);
  if (for_a_person) line.pop_back();  // print_line() adds one
  auto const printed = print_line(line);
  return printed ? kExitSuccess : report(command, printed.error());
}

Result<void> print_line(std::string const& line, int give_up) {
  int const error = base::write_interruptibly(STDOUT_FILENO, line + "\n", give_up);
  if (error == 0) return {};
  return fail(error == ECANCELED ? ErrorCode::cancelled : ErrorCode::io,
              "cannot write to standard output: " + std::generic_category().message(error));
}

Result<RunnerGroup> find_group(Client const& client, std::string const& name,
                               CallOptions const& options) {
  auto found = client.find_runner_group(name, options);
  if (!found) return std::unexpected(found.error());
  if (*found) return **std::move(found);
  return fail(ErrorCode::not_found,
              "there is no runner group \"" + name +
                  "\"; `scaleset group list` shows those that there are (repositories have only "
                  "\"Default\")");
}

Result<RunnerGroupId> resolve_group(Client const& client, NameOrId const& group,
                                    CallOptions const& options) {
  if (group.id > 0) return RunnerGroupId{group.id};
  if (is_default(group.name)) return kDefaultRunnerGroup;
  auto const found = find_group(client, group.name, options);
  if (!found) return std::unexpected(found.error());
  return found->id;
}

namespace {

/// Where else there is a scale set of this name, as a clause; else nothing. It is only a hint.
std::string other_places(Client const& client, std::string const& name,
                         CallOptions const& options) {
  auto const all = client.list_scale_sets(std::nullopt, options);
  if (!all) return "";
  for (ScaleSet const& set : *all) {
    if (CLI::detail::to_lower(set.name) == CLI::detail::to_lower(name))
      return "; it is in the runner group \"" + set.group_name + "\": give --runner-group " +
             (set.group_name.find(' ') == std::string::npos ? set.group_name
                                                            : "\"" + set.group_name + "\"");
  }
  return "";
}

}  // namespace

Result<ScaleSet> resolve_scale_set(Client const& client, NameOrId const& scale_set,
                                   NameOrId const& group, CallOptions const& options) {
  if (scale_set.id > 0) return client.get_scale_set(ScaleSetId{scale_set.id}, options);
  auto const group_id = resolve_group(client, group, options);
  if (!group_id) return std::unexpected(group_id.error());
  auto found = client.find_scale_set(*group_id, scale_set.name, options);
  if (!found) return std::unexpected(found.error());
  if (*found) return **std::move(found);
  std::string const places = other_places(client, scale_set.name, options);
  return fail(ErrorCode::scale_set_not_found,
              "there is no scale set " + scale_set.text() + " in the runner group " + group.text() +
                  (places.empty() ? "; `scaleset set list` shows those that exist" : places));
}

}  // namespace scaleset::cli
