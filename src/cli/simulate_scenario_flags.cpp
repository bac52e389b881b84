#include "cli/simulate_scenario_flags.hpp"

#include <CLI/CLI.hpp>
#include <random>

#include "cli/number_flag.hpp"
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
  command.add_option(
      "--scenario", arguments.file,
      "File with jobs and faults to play: JSON if its name ends in .json, else TOML");
  command
      .add_option(
          "--load", arguments.shape,
          "Queue jobs by itself: burst (all at once), steady (evenly) or diurnal (more by day "
          "than by night)")
      ->check(CLI::IsMember({"burst", "steady", "diurnal"}));
  add_number(command, "--load-jobs", {1, 100000}, arguments.load.jobs,
             "How many jobs --load queues in all [100]");
  command.add_option("--load-tenant", arguments.load.tenant,
                     "Whose jobs --load queues: an organization, such as my-org, or OWNER/REPO");
  command.add_option("--load-label", arguments.load.labels,
                     "Label of the jobs that --load queues; may be repeated");
  command.add_option(
      "--load-seconds", arguments.span,
      "The time over which --load queues its jobs, such as 90, 5m or 1h30m; without effect "
      "for burst [10m]");
  command.add_option(
      "--load-duration", arguments.duration,
      "How long each job of --load runs, such as 1.5s, or from 1s to 5s as 1s..5s [0]");
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
