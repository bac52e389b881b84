#include "backends/process/recovery.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "backends/process/runner_folder.hpp"
#include "backends/process/work_folder.hpp"

namespace scaleset::backends {
namespace {

/// Whether the runner is to be adopted. The log says what was found.
bool take_back(FoundRecord const& found, ProcessView const& processes,
               ProcessOptions const& options, base::Logger const& log) {
  InstancePaths const paths(options.work_root, found.runner_name);
  auto const& process = found.record->process;
  if (!process) {
    log.warn("a program of a runner runs that has no record; it is left alone",
             {{"runner", found.runner_name},
              {"process_id", processes.any_program(paths.folder.native()).value_or(0)}});
    return false;
  }
  log.warn("a runner has no record, as if somebody had removed it; it was found by its process",
           {{"runner", found.runner_name}, {"process_id", process->pid}});
  // If that fails, the next start searches for it again.
  static_cast<void>(write_record(paths, *found.record));
  return true;
}

}  // namespace

std::vector<FoundRecord> find_unrecorded(ProcessView const& processes,
                                         ProcessOptions const& options,
                                         std::vector<FoundRecord> const& known) {
  std::vector<FoundRecord> unrecorded;
  for (std::string const& folder : processes.folders_below(options.work_root.native())) {
    std::string const name = std::filesystem::path(folder).filename().string();
    bool const is_known = std::ranges::find(known, name, &FoundRecord::runner_name) != known.end();
    if (is_known || !is_folder_name(name)) continue;
    InstanceRecord record;
    record.owner = options.owner;  // it is in the path of the work folder
    record.process = processes.listener(folder);
    unrecorded.emplace_back(name, std::move(record));
  }
  return unrecorded;
}

Result<LeftBehind> find_left_behind(ProcessOptions const& options, base::Logger const& log) {
  LeftBehind left;
  auto records = read_records(options.work_root, options.owner);
  if (!records) return std::unexpected(records.error());
  left.records = *std::move(records);
  auto old = read_old_records(options);
  if (!old) return std::unexpected(old.error());
  left.old = *std::move(old);
  ProcessView const processes = look_at_processes();
  for (FoundRecord& found : find_unrecorded(processes, options, left.records)) {
    if (take_back(found, processes, options, log)) left.records.push_back(std::move(found));
  }
  return left;
}

}  // namespace scaleset::backends
