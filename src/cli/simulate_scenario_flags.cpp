#include "cli/simulate_scenario_flags.hpp"

#include <CLI/CLI.hpp>
#include <random>

#include "simulator/scenario/scenario.hpp"

namespace scaleset::cli {
namespace {

simulator::LoadShape shape_named(std::string_view name) {
  if (name == "steady") return simulator::LoadShape::steady;
  return name == "diurnal" ? simulator::LoadShape::diurnal : simulator::LoadShape::burst;
}

Result<std::chrono::milliseconds> read_span(char const* flag, std::string_view text) {
  Result<std::chrono::milliseconds> span = simulator::parse_span(text);
  if (span) return span;
  return fail(ErrorCode::invalid_argument, std::string(flag) + " " + span.error().message);
}

Result<simulator::Timeline> read_load(ScenarioArguments const& arguments,
                                      simulator::SimulatorOptions const& options) {
  simulator::LoadOptions load = arguments.load;
  if (load.tenant.empty() || load.labels.empty())
    return fail(ErrorCode::invalid_argument, "--load needs --load-tenant and --load-label");
  load.shape = shape_named(arguments.shape);
  load.seed = options.seed.value_or(std::random_device()());
  std::size_t const dots = arguments.duration.find("..");
  bool const is_range = dots != std::string::npos;
  auto const span = read_span("--load-seconds", arguments.span);
  auto const least = read_span("--load-duration", arguments.duration.substr(0, dots));
  auto const most =
      is_range ? read_span("--load-duration", arguments.duration.substr(dots + 2)) : least;
  for (auto const* read : {&span, &least, &most}) {
    if (!*read) return std::unexpected(read->error());
  }
  load.span = *span;
  load.shortest_job = *least;
  load.longest_job = *most;
  return simulator::make_load(load);
}

}  // namespace

void add_scenario_flags(CLI::App& command, ScenarioArguments& arguments) {
  command.add_option("--scenario", arguments.file,
                     "Play the jobs and faults of this file, TOML or .json");
  command.add_option("--load", arguments.shape, "Queue jobs: burst, steady or diurnal")
      ->check(CLI::IsMember({"burst", "steady", "diurnal"}));
  command.add_option("--load-jobs", arguments.load.jobs, "How many jobs in all [100]")
      ->check(CLI::Range(1, 100000));
  command.add_option("--load-tenant", arguments.load.tenant, "Whose jobs, such as my-org");
  command.add_option("--load-label", arguments.load.labels, "A label of the jobs; may be repeated");
  command.add_option("--load-seconds", arguments.span,
                     "Over how long, such as 90, 5m or 1h30m; not for burst [10m]");
  command.add_option("--load-duration", arguments.duration,
                     "How long a job runs, such as 1.5s or 1s..5s [0]");
}

Result<void> add_timeline(ScenarioArguments const& arguments,
                          simulator::SimulatorOptions& options) {
  simulator::Timeline& timeline = options.timeline;
  if (!arguments.file.empty()) {
    Result<simulator::Timeline> scenario = simulator::read_scenario(arguments.file);
    if (!scenario) return std::unexpected(scenario.error());
    timeline = std::move(*scenario);
  }
  if (!arguments.shape.empty()) {
    Result<simulator::Timeline> const load = read_load(arguments, options);
    if (!load) return std::unexpected(load.error());
    timeline.insert(timeline.end(), load->begin(), load->end());
  }
  simulator::sort_timeline(timeline);
  return {};
}

}  // namespace scaleset::cli
