#include "simulator/model/world_json.hpp"

#include <algorithm>
#include <ranges>
#include <stdexcept>

#include "simulator/model/archive.hpp"
#include "simulator/model/operation_log.hpp"

namespace scaleset::simulator {
namespace {

namespace json = boost::json;

void require(bool condition, char const* problem) {
  if (!condition) throw std::runtime_error(problem);
}

/// The model follows references without checking them, so every reference must lead somewhere.
void check(Tenant const& tenant) {
  for (auto const& [request, job] : tenant.jobs) {
    require(job.state != JobState::completed, "a job among the unfinished ones is completed");
    bool const needs_set = job.state != JobState::queued && job.state != JobState::available;
    require(needs_set == job.scale_set.has_value(), "a job's state and its scale set disagree");
    require(!job.scale_set || tenant.scale_sets.contains(*job.scale_set),
            "a job belongs to a scale set that does not exist");
  }
  for (auto const& [id, runner] : tenant.runners) {
    auto const job = runner.job ? tenant.jobs.find(*runner.job) : tenant.jobs.end();
    require(!runner.job || (job != tenant.jobs.end() && job->second.state == JobState::running),
            "a runner has a job that does not run");
    auto const offer = runner.offer ? tenant.jobs.find(runner.offer->job) : tenant.jobs.end();
    require(!runner.offer || (runner.online && offer != tenant.jobs.end() &&
                              offer->second.state == JobState::assigned),
            "a runner was offered a job that is not assigned");
  }
}

/// Whoever was polling when the process ended will come back. Without a new start of their time,
/// sessions and runners would all expire at once after a long pause.
void resume(Tenant& tenant, Timestamp now) {
  for (ScaleSet& set : tenant.scale_sets | std::views::values) {
    if (set.session && std::exchange(set.session->polls, 0) > 0) set.session->last_activity = now;
  }
  for (Runner& runner : tenant.runners | std::views::values) {
    if (std::exchange(runner.polls, 0) > 0) runner.last_contact = now;
  }
}

void check(World const& world) {
  for (Tenant const& tenant : world.tenants | std::views::values) check(tenant);
}

void resume(World& world, Timestamp now) {
  Timestamp const latest = std::max(now, world.now);
  for (Tenant& tenant : world.tenants | std::views::values) resume(tenant, latest);
}

}  // namespace

json::object to_json(World const& world) {
  return std::move(archive::Writer::write(world).as_object());
}

json::object to_json(ModelOptions const& options) {
  return std::move(archive::Writer::write(options).as_object());
}

Result<World> world_from_json(json::value const& from, Timestamp now) {
  World world;
  try {
    archive::Reader::read(from, world);
    check(world);
  } catch (std::exception const& error) {
    return fail(ErrorCode::malformed_response, error.what());
  }
  resume(world, now);
  return world;
}

Result<World> world_from_json(json::value const& from, json::value const& options,
                              std::string_view operations, Timestamp now) {
  World world;
  ModelOptions past;
  try {
    archive::Reader::read(from, world);
    check(world);
    archive::Reader::read(options, past);
    Model model(std::move(past), std::move(world));
    // With the options of that time, or the same operations would have other results (ADR 26).
    repeat_operations(model, operations);
    world = model.world();
  } catch (std::exception const& error) {
    return fail(ErrorCode::malformed_response, error.what());
  }
  resume(world, now);
  return world;
}

}  // namespace scaleset::simulator
