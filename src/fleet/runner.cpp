#include "fleet/runner.hpp"

#include <array>
#include <utility>

namespace scaleset::fleet {
namespace {

constexpr std::array kStates{
    std::pair{RunnerState::planned, std::string_view{"planned"}},
    std::pair{RunnerState::starting, std::string_view{"starting"}},
    std::pair{RunnerState::idle, std::string_view{"idle"}},
    std::pair{RunnerState::busy, std::string_view{"busy"}},
    std::pair{RunnerState::finishing, std::string_view{"finishing"}},
    std::pair{RunnerState::lost, std::string_view{"lost"}},
    std::pair{RunnerState::retiring, std::string_view{"retiring"}},
    std::pair{RunnerState::stopping, std::string_view{"stopping"}},
    std::pair{RunnerState::cleaning, std::string_view{"cleaning"}},
};

int& counter(Counts& counts, RunnerState state) noexcept {
  switch (state) {
    case RunnerState::planned: return counts.planned;
    case RunnerState::starting: return counts.starting;
    case RunnerState::idle: return counts.idle;
    case RunnerState::busy: return counts.busy;
    case RunnerState::finishing: return counts.finishing;
    case RunnerState::lost: return counts.lost;
    case RunnerState::retiring: return counts.retiring;
    case RunnerState::stopping: return counts.stopping;
    case RunnerState::cleaning: break;
  }
  return counts.cleaning;
}

}  // namespace

std::string_view to_string(RunnerState state) noexcept {
  for (auto const& [candidate, text] : kStates) {
    if (candidate == state) return text;
  }
  return "unknown";
}

std::optional<RunnerState> parse_runner_state(std::string_view text) noexcept {
  for (auto const& [state, candidate] : kStates) {
    if (candidate == text) return state;
  }
  return std::nullopt;
}

Counts count(Runners const& runners) noexcept {
  Counts counts;
  for (auto const& [name, runner] : runners) {
    bool const would_be_useful =
        runner.state == RunnerState::planned || runner.state == RunnerState::starting ||
        runner.state == RunnerState::idle || runner.state == RunnerState::busy;
    ++(runner.condemned && would_be_useful ? counts.condemned : counter(counts, runner.state));
  }
  return counts;
}

}  // namespace scaleset::fleet
