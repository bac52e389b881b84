#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "cli/cli.hpp"
#include "cli/primitive.hpp"
#include "daemon/control_codec.hpp"

namespace scaleset::cli {

/// The arguments of every command that asks a running autoscaler.
struct ControlArguments {
  ControlArguments() = default;
  std::string socket;  // empty: the only one that is found
  std::string set;
  std::string runner;
};

/// An answer may have to wait for the service.
inline constexpr std::chrono::seconds kLongestControl{90};

/// --socket.
void add_socket_flag(CLI::App& command, std::string& socket);

/// Asks the autoscaler at the socket, or at the only one that is found.
[[nodiscard]] Result<boost::json::value> ask_autoscaler(std::string const& socket,
                                                        daemon::ControlRequest const& request);

/// Adds a subcommand that sends the verb with its arguments, and prints the answer as a line of
/// JSON. The caller adds the arguments that name a scale set or a runner.
CLI::App* add_control(CLI::App& parent, Action& action,
                      std::shared_ptr<ControlArguments> const& arguments, PrimitiveText const& text,
                      daemon::ControlVerb verb);
/// The same for a command about a scale set, which the positional argument NAME names.
void add_control_of_set(CLI::App& parent, Action& action, PrimitiveText const& text,
                        daemon::ControlVerb verb, bool required);
/// The positional argument NAME, for a scale set.
void add_set_name(CLI::App& command, ControlArguments& arguments, bool required);

/// Drains the scale set, waits until it has no runner any more, and has it deleted.
[[nodiscard]] Result<boost::json::value> delete_when_drained(std::string const& socket,
                                                             std::string const& set);

/// Whether the autoscaler's scale set of that name has this URL and runner group; empty: any.
/// Errors: invalid_argument, if it has others; those of the autoscaler.
[[nodiscard]] Result<void> check_meant(std::string const& socket, std::string const& set,
                                       std::string const& url, std::string const& group);

/// Errors: conflict, if an autoscaler of this machine serves the scale set: the one at `socket`, or
/// any that is found. The text says what to do.
[[nodiscard]] Result<void> check_unserved(std::string const& socket, std::string const& url,
                                          ScaleSetId set);

void add_runner_control(CLI::App& runner, Action& action);  // runner add, runner retire
void add_set_control(CLI::App& set, Action& action);        // set reset-session

}  // namespace scaleset::cli
