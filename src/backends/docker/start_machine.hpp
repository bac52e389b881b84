#pragma once

#include <cstdint>
#include <optional>

#include "scaleset/error.hpp"

namespace scaleset::backends::docker {

/// The order in which a runner's container is made, and what becomes of it if a step fails: a
/// container that was not given its JIT configuration for certain is removed, and never written to
/// again, because it might take a second one (ADR 62). Pure.
class StartMachine {
 public:
  enum class Step : std::uint8_t {
    create,
    attach,  // to its standard input
    start,
    hand_over,  // the JIT configuration, as one line
    look,       // whose the container is that has the name
    remove,     // what may have been made
    finished,
  };
  [[nodiscard]] Step step() const noexcept { return step_; }

  /// The step is done.
  void done();
  /// The step has failed. A removal that fails is tried again later, by whoever looks at lists.
  void failed(Error error);
  /// Of `look`: whether that container is a runner of ours.
  void looked(bool is_ours);
  /// Nobody wants the runner any more. What was made of it is removed after the step under way.
  void give_up();

  /// When it is finished: nothing, or why there is no runner.
  [[nodiscard]] Result<void> result() const;

 private:
  void undo(Error error);
  Step step_ = Step::create;
  bool given_up_ = false;
  std::optional<Error> why_;  // the first error
};

}  // namespace scaleset::backends::docker
