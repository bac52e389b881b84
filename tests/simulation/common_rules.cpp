#include "common_rules.hpp"

#include <cstddef>
#include <cstdint>

#include "simulator/front/effects/fault_kinds.hpp"

namespace scaleset::simulation {

bool is_useful(fleet::Runner const& runner) {
  using State = fleet::RunnerState;
  if (runner.condemned) return false;
  return runner.state == State::planned || runner.state == State::starting ||
         runner.state == State::idle || runner.state == State::busy;
}

bool deletes_a_scale_set(HttpRequest const& request) {
  return request.method == HttpMethod::del && request.url.contains("/runnerscalesets/") &&
         !request.url.contains("/sessions");
}

simulator::Fault some_fault(SeededRandom& random) {
  auto const kinds = simulator::fault_kinds();
  simulator::Fault fault;
  fault.kind = &kinds[static_cast<std::size_t>(
      random.number(0, static_cast<std::int64_t>(kinds.size()) - 1))];
  fault.route = "*";
  fault.argument = fault.kind->parameter.usual;
  fault.probability = random.uniform() * random.uniform();
  return fault;
}

}  // namespace scaleset::simulation
