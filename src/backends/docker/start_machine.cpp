#include "backends/docker/start_machine.hpp"

#include <utility>

#include "backends/docker/trouble.hpp"

namespace scaleset::backends::docker {
namespace {

Error stopped() { return {ErrorCode::cancelled, "it was stopped before it ran"}; }

}  // namespace

void StartMachine::done() {
  switch (step_) {
    case Step::create: step_ = Step::attach; break;
    case Step::attach: step_ = Step::start; break;
    case Step::start: step_ = Step::hand_over; break;
    case Step::hand_over:  // It runs now, so it is stopped as every runner is.
    case Step::look:
    case Step::remove:
    case Step::finished: step_ = Step::finished; return;
  }
  if (given_up_) undo(stopped());
}

void StartMachine::failed(Error error) {
  switch (step_) {
    case Step::create:
      if (error.code == ErrorCode::conflict) {
        why_ = std::move(error);
        step_ = Step::look;
      } else if (is_ambiguous(error)) {
        undo(std::move(error));
      } else {
        why_ = std::move(error);
        step_ = Step::finished;
      }
      return;
    case Step::attach:
    case Step::start:
    case Step::hand_over: undo(std::move(error)); return;
    case Step::look:
    case Step::remove:
    case Step::finished: step_ = Step::finished; return;
  }
}

void StartMachine::looked(bool is_ours) {
  if (is_ours)
    why_ = Error(ErrorCode::backend, "it is being started or has ended already; use a new name");
  step_ = Step::finished;
}

void StartMachine::give_up() { given_up_ = true; }

void StartMachine::undo(Error error) {
  why_ = std::move(error);
  step_ = Step::remove;
}

Result<void> StartMachine::result() const {
  if (why_) return std::unexpected(*why_);
  return {};
}

}  // namespace scaleset::backends::docker
