#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backends/process/instance_record.hpp"
#include "backends/process/runner_programs.hpp"
#include "base/file_lock.hpp"
#include "base/owner_key.hpp"
#include "scaleset/error.hpp"
#include "scaleset/types.hpp"

/// What runners have left on this machine that no process serves any more: for `scaleset gc`.
namespace scaleset::daemon {

/// A runner of a work folder that no process serves: its record, its folder, its processes.
struct Leftover {
  Leftover() = default;
  std::string runner_name;
  backends::InstancePaths paths;
  base::OwnerKey owner;            // empty: not known
  std::string why_unknown;         // of an owner that is not known, and what to do about it
  std::optional<RunnerId> runner;  // its registration; no value: not known
  std::optional<pid_t> process;    // of its runner, if that runs
};

/// A work folder that no process serves.
struct UnservedFolder {
  UnservedFolder() = default;
  bool elsewhere = false;  // not below that of this `scaleset run`
  std::vector<Leftover> runners;
  std::vector<base::FileLock> locks;  // while they are held no process can serve it
};

/// Those in the work folder of `scaleset run`, and in "runners" below it, where one with a
/// configuration file has them. A runner that runs elsewhere is found too, by its processes, but
/// not one that has ended there. Changes nothing. Blocks. Errors: backend, io.
/// `look` looks at all processes. It is called once, when the folders are locked: a runner that was
/// started after the look and before the lock would seem to have ended.
[[nodiscard]] Result<std::vector<UnservedFolder>> unserved_folders(
    std::filesystem::path const& work_dir,
    std::function<backends::ProcessView()> const& look = backends::look_at_processes);

}  // namespace scaleset::daemon
