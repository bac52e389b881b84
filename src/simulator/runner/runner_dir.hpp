#pragma once

#include <filesystem>

#include "scaleset/error.hpp"

namespace scaleset::simulator {

/// Writes a folder that looks like an unpacked runner release and runs the pretend runner:
/// `run.sh`, `run-helper.sh` and `bin/Runner.Listener`, shell scripts around `SCALESET
/// simulate-runner`. A file `simulated-fault` that is put beside them makes its runners misbehave
/// (misbehaviour.hpp). The absolute path of `scaleset_binary` is written into them. May be
/// repeated; each file is replaced in one step. Errors: invalid_argument (the folder contains
/// something else), io.
[[nodiscard]] Result<void> write_runner_dir(std::filesystem::path dir,
                                            std::filesystem::path scaleset_binary);

}  // namespace scaleset::simulator
