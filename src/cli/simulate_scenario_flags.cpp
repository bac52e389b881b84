#include "cli/simulate_scenario_flags.hpp"

#include <CLI/CLI.hpp>
#include <random>

#include "cli/choice_flag.hpp"
#include "cli/number_flag.hpp"
#include "simulator/scenario/scenario.hpp"

namespace scaleset::cli {
namespace {

simulator::LoadShape shape_named(std::string_view name) {
  if (name == "steady") return simulator::LoadShape::steady;
  return name == "diurnal" ? simulator::LoadShape::diurnal : simulator::LoadShape::burst;
}

/// Keeps the span, or adds what is wrong to `problems`.
void read_span(char const* flag, std::string_view text, std::chrono::milliseconds& span,
               std::vector<Error>& problems) {
  Result<std::chrono::milliseconds> const read = simulator::parse_span(text);
  if (read)
    span = *read;
  else
    problems.emplace_back(ErrorCode::invalid_argument,
                          std::string(flag) + " " + read.error().message);
}

void add_load(ScenarioArguments const& arguments, simulator::SimulatorOptions& options,
              std::vector<Error>& problems) {
  std::size_t const before = problems.size();
  simulator::LoadOptions load = arguments.load;
  if (load.tenant.empty() || load.labels.empty())
    problems.emplace_back(ErrorCode::invalid_argument,
                          "--load needs --load-tenant and --load-label");
  load.shape = shape_named(arguments.shape);
  load.seed = options.seed.value_or(std::random_device()());
  std::size_t const dots = arguments.duration.find("..");
  read_span("--load-seconds", arguments.span, load.span, problems);
  read_span("--load-duration", arguments.duration.substr(0, dots), load.shortest_job, problems);
  load.longest_job = load.shortest_job;
  if (dots != std::string::npos)
    read_span("--load-duration", arguments.duration.substr(dots + 2), load.longest_job, problems);
  if (problems.size() == before && load.longest_job < load.shortest_job)
    problems.emplace_back(ErrorCode::invalid_argument,
                          "--load-duration " + arguments.duration + " ends before it begins");
  if (problems.size() > before) return;
  Result<simulator::Timeline> const made = simulator::make_load(load);
  if (made)
    options.timeline.insert(options.timeline.end(), made->begin(), made->end());
  else
    problems.push_back(made.error());
}

}  // namespace

void add_scenario_flags(CLI::App& command, ScenarioArguments& arguments) {
  command.add_option(
      "--scenario", arguments.file,
      "File with jobs and faults to play: JSON if its name ends in .json, else TOML");
  add_choice(command, "--load", {"burst", "steady", "diurnal"}, arguments.shape,
             "Queue jobs by itself: burst (all at once), steady (evenly) or diurnal (more by day "
             "than by night)");
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

std::vector<Error> add_timeline(ScenarioArguments const& arguments,
                                simulator::SimulatorOptions& options) {
  std::vector<Error> problems;
  if (!arguments.file.empty()) {
    Result<simulator::Timeline> scenario = simulator::read_scenario(arguments.file);
    if (scenario)
      options.timeline = *std::move(scenario);
    else
      problems.push_back(std::move(scenario.error()));
  }
  if (!arguments.shape.empty()) add_load(arguments, options, problems);
  simulator::sort_timeline(options.timeline);
  return problems;
}

}  // namespace scaleset::cli
