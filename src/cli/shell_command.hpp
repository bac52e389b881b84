#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

namespace scaleset::cli {

/// Runs `sh -c COMMAND` and returns what it wrote to its standard output, which may be a secret.
/// Its standard input is empty. Its standard error is ours if that is a terminal; otherwise it is
/// dropped, since ours may be a log, in which there must be no secret. Errors: io, if it cannot be
/// started, exits with a code other than 0, is ended by a signal, or takes longer than `limit`;
/// cancelled, after a requested `stop`. In the last two cases it is killed with everything it
/// started. The error text contains the command but nothing that it wrote.
[[nodiscard]] Result<Secret> capture_shell_command(std::string const& command,
                                                   std::chrono::milliseconds limit,
                                                   std::stop_token stop = {});

/// Runs `sh -c COMMAND` with `input` on its standard input; standard output and error are ours.
/// There is no time limit, but a requested `stop` kills it (cancelled). Other errors as above.
[[nodiscard]] Result<void> feed_shell_command(std::string const& command, std::string const& input,
                                              std::stop_token stop);

/// Kills all shell commands that run now on other threads, with everything they started, and lets
/// no further one start: for the end of the process, which must leave none behind.
void end_shell_commands();

}  // namespace scaleset::cli
