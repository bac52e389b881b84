#include "backends/process/foreign.hpp"

#include <system_error>

namespace scaleset::backends {

Foreign::Foreign(FoundRecord const& found, std::filesystem::path const& work_root)
    : runner_name(found.runner_name), paths(work_root, found.runner_name) {
  if (!found.record) {
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

std::string describe(std::vector<Foreign> const& all) {
  constexpr std::size_t kNamed = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(all.size(), kNamed); ++i) {
    if (!text.empty()) text += ", ";
    text += all[i].runner_name + " (" + all[i].why + ")";
  }
  if (all.size() > kNamed) text += " and " + std::to_string(all.size() - kNamed) + " more";
  return text;
}

}  // namespace scaleset::backends
