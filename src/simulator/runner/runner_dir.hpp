#pragma once

#include <filesystem>

#include "scaleset/error.hpp"

namespace scaleset::simulator {

/// Writes a folder that looks like an unpacked runner release and runs the pretend runner: `run.sh`
/// and `bin/Runner.Listener`, two shell scripts around `SCALESET simulate-runner`.
/// `scaleset_binary` is written into them, absolute. May be repeated; each file is replaced in one
/// step. Errors: invalid_argument: the folder holds something else; io.
[[nodiscard]] Result<void> write_runner_dir(std::filesystem::path dir,
                                            std::filesystem::path scaleset_binary);

}  // namespace scaleset::simulator
