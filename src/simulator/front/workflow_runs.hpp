#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/model/model.hpp"

/// Jobs as the REST API's workflow runs (spec E19): each job is a run of its own.
namespace scaleset::simulator {

/// "queued", "in_progress" or "completed".
[[nodiscard]] std::string_view run_status(Job const& job) noexcept;
/// "success", "failure", "cancelled", ...; empty: the run has not ended.
[[nodiscard]] std::string_view run_conclusion(Job const& job) noexcept;

/// Which runs to list; an empty text lets all pass.
struct RunFilter {
  std::string owner;       // any case, as
  std::string repository;  // this
  std::string workflow_file;
  std::string event;
  std::string status;  // or a conclusion
  std::optional<Timestamp> earliest;
  std::optional<Timestamp> latest;
};
/// Puts what `created` asks for (">=2026-11-23T16:00:00Z", "2026-11-01..2026-11-23", ...) into the
/// filter. False: it is none of the known forms.
[[nodiscard]] bool read_created(std::string_view text, RunFilter& filter);

/// Of all tenants, newest first. They point into the world.
[[nodiscard]] std::vector<Job const*> find_runs(World const& world, RunFilter const& filter);
/// None: no such run of that repository.
[[nodiscard]] Job const* find_run(World const& world, RunFilter const& repository,
                                  std::int64_t run_id);

/// As GET .../actions/runs/{id} shows it. `base_url` has no slash at its end.
[[nodiscard]] boost::json::object run_json(Job const& job, std::string const& base_url);

}  // namespace scaleset::simulator
