// Fuzzes a scenario file. The result is a timeline, or one line that says what is wrong.
#include "fuzz.hpp"
#include "simulator/scenario/scenario.hpp"

void fuzz_one(std::string_view input) {
  using scaleset::simulator::ScenarioFormat;
  for (auto const format : {ScenarioFormat::toml, ScenarioFormat::json}) {
    auto const timeline = scaleset::simulator::parse_scenario(input, format, "scenario");
    scaleset::fuzz::require(timeline || scaleset::fuzz::is_one_line(timeline.error().message));
  }
}
