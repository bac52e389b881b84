#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

namespace scaleset::cli {

/// Runs `sh -c COMMAND` and returns what it wrote to its standard output, which may be a secret.
/// Its standard input is empty. Its standard error is ours if that is a terminal; otherwise, as
/// ours may be a log, the last line of it becomes part of the error if the command fails. Errors:
/// io, if it cannot be started, exits with a code other than 0, is ended by a signal, or takes
/// longer than `limit` (then it is killed with everything it started). The error text contains the
/// command but not its output, which may be a secret.
[[nodiscard]] Result<Secret> capture_shell_command(std::string const& command,
                                                   std::chrono::milliseconds limit);

/// Runs `sh -c COMMAND` with `input` on its standard input; standard output and error are ours.
/// There is no time limit, but a requested `stop` kills it (cancelled). Other errors as above.
[[nodiscard]] Result<void> feed_shell_command(std::string const& command, std::string const& input,
                                              std::stop_token stop);

}  // namespace scaleset::cli
