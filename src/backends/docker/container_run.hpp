#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/docker/findings.hpp"
#include "backends/docker/labels.hpp"
#include "backends/docker/log_frames.hpp"
#include "backends/docker/start_machine.hpp"
#include "base/condition.hpp"

namespace scaleset::backends::docker {

/// What a runner's output says, told once: when an engine has been away, its output is read again
/// from the beginning.
class OutputReader {
 public:
  /// The events of the next piece that nobody was told yet.
  [[nodiscard]] std::vector<InstanceEvent> take(std::string_view piece,
                                                std::string const& runner_name);
  /// At the end of the output.
  [[nodiscard]] std::vector<InstanceEvent> finish(std::string const& runner_name);
  /// The output comes again from its beginning.
  void begin_again();
  [[nodiscard]] RunnerOutput const& output() const noexcept { return output_; }

 private:
  std::vector<InstanceEvent> untold(std::vector<OutputEvent> const& events,
                                    std::string const& runner_name);
  LogFrames frames_;
  RunnerOutput output_;
  std::size_t seen_ = 0;  // events since the output began
  std::size_t told_ = 0;  // how many of them were told
};

/// One runner of the Docker backend: its container, and what is known about it.
struct ContainerRun {
  explicit ContainerRun(Ownership whose) : ownership(std::move(whose)) {}
  [[nodiscard]] std::string const& name() const noexcept { return ownership.runner_name; }
  [[nodiscard]] std::string reference() const { return id.substr(0, 12); }

  Ownership ownership;
  std::string id;  // empty as long as it is not known
  StartMachine start;
  bool running = false;  // it was started and has its JIT configuration, as far as we know
  bool interrupted = false;
  /// What is known of its end meanwhile: whether it was asked, and whether it is ours.
  Ended ended;
  OutputReader reader;
  bool output_over = false;
  base::Condition output_changed;
  /// When it was seen first without its JIT configuration.
  std::optional<std::chrono::steady_clock::time_point> undelivered_since;
};

}  // namespace scaleset::backends::docker
