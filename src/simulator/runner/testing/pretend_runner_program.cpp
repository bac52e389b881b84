#include "simulator/runner/testing/pretend_runner_program.hpp"

namespace scaleset::simulator::pretend {

std::filesystem::path pretend_runner_program() { return SCALESET_PRETEND_RUNNER; }

}  // namespace scaleset::simulator::pretend
