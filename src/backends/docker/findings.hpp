#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"
#include "backends/docker/codec.hpp"
#include "backends/runner_output.hpp"

/// What an engine's lists mean. Pure.
namespace scaleset::backends::docker {

/// Which programs of the runner a container has.
enum class Programs : std::uint8_t {
  unknown,  // nobody could look
  none,     // its entry waits for the JIT configuration
  listener,
  worker,  // it has a job
};
[[nodiscard]] Programs programs_in(std::vector<std::string> const& command_lines);

/// A container of our own list, as Backend::list() has it. The owner is empty if it cannot be told
/// whose it is.
[[nodiscard]] Instance describe(Container const& container, Programs programs);

/// What is known of a container that has ended.
struct Ended {
  Ended() = default;
  std::optional<int> code;  // no value: it is gone
  bool out_of_memory = false;
  std::string error;  // of the engine, if it could not run it
  bool stop_asked = false;
  bool adopted = false;      // an earlier process of ours had started it
  bool engine_lost = false;  // the engine was away when it ended
};
[[nodiscard]] ExitStatus status_of(Ended const& ended);
[[nodiscard]] ExitCause cause_of(Ended const& ended, RunnerOutput const& output);
/// One line for a person.
[[nodiscard]] std::string reason_of(Ended const& ended, RunnerOutput const& output);

}  // namespace scaleset::backends::docker
