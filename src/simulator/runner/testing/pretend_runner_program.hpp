#pragma once

#include <filesystem>

namespace scaleset::simulator::pretend {

/// A program that understands `simulate-runner`, as the scaleset binary does.
[[nodiscard]] std::filesystem::path pretend_runner_program();

}  // namespace scaleset::simulator::pretend
