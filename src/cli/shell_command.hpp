#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "scaleset/error.hpp"

namespace scaleset::cli {

/// Runs `sh -c COMMAND` and answers what it wrote to its standard output; standard error is ours.
/// Errors: io, when it cannot be started, exits with another code than 0, is ended by a signal, or
/// takes longer than `limit` (it is killed then, with what it started). The command is part of the
/// text, its output is not: it may be a secret.
[[nodiscard]] Result<std::string> capture_shell_command(std::string const& command,
                                                        std::chrono::milliseconds limit);

/// Runs `sh -c COMMAND` with `input` on its standard input; standard output and error are ours. As
/// long as it takes, unless `stop` is requested (it is killed then: cancelled). Errors as above.
[[nodiscard]] Result<void> feed_shell_command(std::string const& command, std::string const& input,
                                              std::stop_token stop);

}  // namespace scaleset::cli
