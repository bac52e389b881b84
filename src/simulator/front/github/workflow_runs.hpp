#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/model/model.hpp"

/// Shows jobs as the workflow runs of the REST API (protocol.md E19). Each job is a run of its own.
namespace scaleset::simulator {

/// Where a job's workflow is; the texts are parts of its workflow_ref.
struct WorkflowPlace {
  std::string_view file;    // "ci.yml"
  std::string_view ref;     // "refs/heads/main"
  std::string_view branch;  // "main"
};
/// Takes "o/r/.github/workflows/f.yml@refs/heads/main" apart (protocol.md 6.5).
[[nodiscard]] WorkflowPlace workflow_of(JobFacts const& facts);

/// "queued", "in_progress" or "completed".
[[nodiscard]] std::string_view run_status(Job const& job) noexcept;
/// "success", "failure", "cancelled", ...; empty if the run has not ended.
[[nodiscard]] std::string_view run_conclusion(Job const& job) noexcept;

/// Which runs to list. An empty text matches all.
struct RunFilter {
  std::string owner;       // in any case
  std::string repository;  // in any case
  std::string workflow_file;
  std::string event;
  std::string status;  // or a conclusion
  std::optional<Timestamp> earliest;
  std::optional<Timestamp> latest;
};
/// Adds the query parameter `created` (">=2026-11-23T16:00:00Z", "2026-11-01..2026-11-23", ...) to
/// the filter. False: it has none of the known forms.
[[nodiscard]] bool read_created(std::string_view text, RunFilter& filter);

/// The runs of all tenants that pass, newest first. They point into the world.
[[nodiscard]] std::vector<Job const*> find_runs(World const& world, RunFilter const& filter);
/// The latest attempt of the run. Null: the repository has no such run.
[[nodiscard]] Job const* find_run(World const& world, RunFilter const& repository,
                                  std::int64_t run_id);

/// The job's number in the REST API, which is another one than its run's.
[[nodiscard]] std::int64_t job_number(Job const& job) noexcept;
/// Null: the repository has no such job.
[[nodiscard]] Job const* find_job(World const& world, RunFilter const& repository,
                                  std::int64_t number);
/// The job as GET .../actions/jobs/{id} shows it.
[[nodiscard]] boost::json::object job_json(Job const& job, std::string const& base_url);
/// The run as GET .../actions/runs/{id} shows it. `base_url` has no slash at its end.
[[nodiscard]] boost::json::object run_json(Job const& job, std::string const& base_url);

}  // namespace scaleset::simulator
