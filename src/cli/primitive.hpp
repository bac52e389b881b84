#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "cli/cli.hpp"
#include "cli/connection.hpp"
#include "cli/name_or_id.hpp"

namespace scaleset::cli {

/// The arguments of every primitive: the connection, and how long one call may take. Each
/// subcommand has an object of its own.
struct PrimitiveArguments {
  PrimitiveArguments() = default;
  ConnectionArguments connection;
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
  AfterParsing after;
  bool as_json = false;  // --json
};
void add_primitive_flags(CLI::App& command, PrimitiveArguments& arguments);

/// The exit code for an error of the service (kExitCodeHelp in cli.hpp).
[[nodiscard]] int exit_code(Error const& error);

/// Prints "scaleset COMMAND: what happened" on standard error and returns the exit code for the
/// error.
int report(std::string const& command, Error const& error);

/// Makes the client that the flags describe. Warns in the name of the command if others may read
/// the credentials' file. Errors: invalid_options and those of finalize().
[[nodiscard]] Result<Client> connect(std::string const& command,
                                     PrimitiveArguments const& arguments);
[[nodiscard]] CallOptions call_options(PrimitiveArguments const& arguments);

/// How an answer is shown to a person, in lines.
using AnswerText = std::string (*)(boost::json::value const&);

/// One call of the service. perform() makes it, prints its answer on standard output, and returns
/// the exit code. The answer is one line of JSON, or `text` on a terminal unless --json was given.
using Primitive = std::function<Result<boost::json::value>(Client const&, CallOptions const&)>;
int perform(std::string const& command, PrimitiveArguments const& arguments,
            Primitive const& primitive, AnswerText text = nullptr);

/// How a primitive is called and what its help says.
struct PrimitiveText {
  std::string path;  // "set create"; the last word is its name below its parent
  std::string description;
  std::string example;        // what follows "scaleset PATH "
  AnswerText text = nullptr;  // null: the answer is JSON on a terminal as well
};
CLI::App* add_primitive(CLI::App& parent, PrimitiveArguments& arguments, PrimitiveText const& text);

/// What is wrong with the arguments of every primitive.
[[nodiscard]] std::vector<Error> check(PrimitiveArguments& arguments);

/// Adds a subcommand that makes `call` with its arguments. The caller adds its own flags.
template <class Arguments>
CLI::App* add_primitive(CLI::App& parent, Action& action,
                        std::shared_ptr<Arguments> const& arguments, PrimitiveText const& text,
                        Result<boost::json::value> (*call)(Arguments const&, Client const&,
                                                           CallOptions const&)) {
  auto* command = add_primitive(parent, *arguments, text);
  auto const run = [arguments, path = text.path, shown = text.text, call] {
    auto const primitive = [&](Client const& client, CallOptions const& options) {
      return call(*arguments, client, options);
    };
    return perform(path, *arguments, primitive, shown);
  };
  when_chosen(*command, action, {text.path, [arguments] { return check(*arguments); }, run});
  return command;
}

/// Writes a line to standard output and waits for its reader. Errors: io (a full disk, a closed
/// pipe); cancelled, once the descriptor `give_up` is readable (-1: never).
[[nodiscard]] Result<void> print_line(std::string const& line, int give_up = -1);

/// By name. Errors: not_found, with the name in the text.
[[nodiscard]] Result<RunnerGroup> find_group(Client const& client, std::string const& name,
                                             CallOptions const& options);
/// "default" in any case is known without asking (protocol.md E9), any other name is looked up.
[[nodiscard]] Result<RunnerGroupId> resolve_group(Client const& client, NameOrId const& group,
                                                  CallOptions const& options);
/// By id, or by name in that group. Errors: scale_set_not_found.
[[nodiscard]] Result<ScaleSet> resolve_scale_set(Client const& client, NameOrId const& scale_set,
                                                 NameOrId const& group, CallOptions const& options);

}  // namespace scaleset::cli
