#include "backends/process/foreign.hpp"

#include <algorithm>
#include <system_error>

namespace scaleset::backends {
namespace {

std::string_view what_is_wrong(Foreign::Kind kind) noexcept {
  if (kind == Foreign::Kind::of_another)
    return "runners in the work folder are not of this scale set, and are left alone";
  return "the records of runners cannot be read: these runners and their folders are left alone; "
         "make the records readable, or end the runners and remove both";
}

/// The names with the reasons, of the first few of that kind.
std::string describe(std::vector<Foreign> const& all, Foreign::Kind kind) {
  constexpr std::size_t kNamed = 5;
  std::string text;
  std::size_t count = 0;
  for (Foreign const& one : all) {
    if (one.kind != kind || ++count > kNamed) continue;
    if (!text.empty()) text += ", ";
    text += one.runner_name + " (" + one.why + ")";
  }
  if (count > kNamed) text += " and " + std::to_string(count - kNamed) + " more";
  return text;
}

}  // namespace

Foreign::Foreign(FoundRecord const& found, std::filesystem::path const& work_root)
    : runner_name(found.runner_name), paths(work_root, found.runner_name) {
  if (!found.record) {
    kind = Kind::unreadable;
    why = found.record.error().message;
    return;
  }
  record = *found.record;
  why = "of scale set " + record.owner.name + " of " + record.owner.url + ", group \"" +
        record.owner.group + "\"";
}

std::vector<Instance> look_at(std::vector<Foreign> const& all, ProcessView const& processes) {
  std::vector<Instance> instances;
  for (Foreign const& one : all) {
    std::error_code error;
    if (!std::filesystem::exists(one.paths.record, error)) continue;
    Instance instance;
    instance.owner = one.record.owner;
    instance.runner_name = one.runner_name;
    instance.runner = one.record.runner;
    instance.scale_set = one.record.scale_set;
    auto const& process = one.record.process;
    if (process) instance.reference = std::to_string(process->pid);
    instance.alive = processes.runs(one.paths.folder.native()) || (process && is_running(*process));
    instances.push_back(std::move(instance));
  }
  return instances;
}

void report(std::vector<Foreign> const& all, std::filesystem::path const& work_root,
            base::Logger const& log) {
  for (Foreign::Kind const kind : {Foreign::Kind::of_another, Foreign::Kind::unreadable}) {
    std::int64_t const count = std::ranges::count(all, kind, &Foreign::kind);
    std::string const runners = describe(all, kind);
    if (count == 0) continue;
    log.warn(what_is_wrong(kind),
             {{"work_folder", work_root.native()}, {"count", count}, {"runners", runners}});
  }
}

}  // namespace scaleset::backends
