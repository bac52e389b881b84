#pragma once

#include <string>
#include <vector>

#include "scaleset/error.hpp"
#include "simulator/front/simulator.hpp"
#include "simulator/scenario/load.hpp"

namespace CLI {
class App;
}

namespace scaleset::cli {

/// What `scaleset simulate` was told to play.
struct ScenarioArguments {
  std::string file;   // empty: no scenario
  std::string shape;  // empty: no load
  std::string span = "10m";
  std::string duration = "0";  // or "LEAST..MOST"
  simulator::LoadOptions load;
};

/// `arguments` outlives the parsing.
void add_scenario_flags(CLI::App& command, ScenarioArguments& arguments);

/// Reads the scenario, makes the load, and puts both into `options.timeline`. The load's chance is
/// `options.seed`. Returns everything that is wrong, each in one line that names the flag or the
/// file's line.
[[nodiscard]] std::vector<Error> add_timeline(ScenarioArguments const& arguments,
                                              simulator::SimulatorOptions& options);

}  // namespace scaleset::cli
