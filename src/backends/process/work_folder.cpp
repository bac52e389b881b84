#include "backends/process/work_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>

#include "backends/process/releases.hpp"
#include "backends/process/runner_folder.hpp"
#include "backends/process/wipe.hpp"
#include "backends/runner_environment.hpp"
#include "base/crash_point.hpp"
#include "base/resource_limit.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return base::system_error_text(error); }

bool is_inside(fs::path const& path, fs::path const& folder) {
  fs::path const relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

/// Runners have other working folders, and links must not make one folder look like two.
fs::path without_links(fs::path const& path) {
  std::error_code error;
  fs::path absolute = fs::absolute(path, error);
  fs::path canonical = fs::weakly_canonical(absolute, error);
  return error ? absolute : canonical;
}

Result<void> make_work_root(fs::path const& work_root) {
  std::error_code error;
  fs::create_directories(control_folder(work_root), error);
  if (!error) fs::permissions(control_folder(work_root), fs::perms::owner_all, error);
  if (!error && access(work_root.c_str(), W_OK | X_OK) != 0) {
    error = std::error_code(errno, std::generic_category());
  }
  if (!error) return {};
  return fail(ErrorCode::invalid_options, "cannot use the work folder " + work_root.string() +
                                              ": " + base::system_error_text(error) +
                                              "; choose a folder that this user may write to");
}

Result<void> fill_instance(fs::path const& runner_dir, InstancePaths const& paths,
                           InstanceRecord const& record) {
  // The record first: whatever a crash leaves from here on is found by it and removed.
  Result<void> recorded = write_record(paths, record);
  if (!recorded) return recorded;
  Result<void> laid_out = lay_out_runner(runner_dir, paths.folder);
  if (!laid_out) return laid_out;
  if (mkfifo(paths.output.c_str(), S_IRUSR | S_IWUSR) != 0) {
    return fail(ErrorCode::backend,
                "cannot create " + paths.output.string() + ": " + reason(errno));
  }
  return {};
}

/// A process may start another one after we have looked and before the signal reaches it, so this
/// looks again until there is none. Processes that cannot die, such as those that wait for a broken
/// disk, are left alone after a second.
void kill_leftover_processes(fs::path const& folder) {
  // Two looks in a row must find none: a process that is just starting another program (exec) has
  // no environment for a moment.
  for (int round = 0, none_found = 0; round < 200; ++round) {
    none_found = kill_processes_with(kInstanceVariable, folder.native()) > 0 ? 0 : none_found + 1;
    if (none_found == 2) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

Result<std::vector<FoundRecord>> read_old_records(ProcessOptions const& options) {
  std::error_code unknown;
  bool const exists = !options.old_work_root.empty() &&
                      fs::is_directory(control_folder(options.old_work_root), unknown);
  if (!exists) return std::vector<FoundRecord>();
  auto records = read_records(options.old_work_root, options.owner);
  if (!records) return records;
  std::erase_if(*records, [&](FoundRecord const& found) {
    return std::ranges::find(options.old_runners, found.runner_name) == options.old_runners.end();
  });
  return records;
}

Result<fs::path> resolve_source(Template const& what, fs::path const& work_root) {
  Result<fs::path> const found = find_release(without_links(what.source));
  if (!found) return found;
  fs::path release = without_links(*found);
  // Every runner's folder is a copy of the release folder, and would contain itself.
  if (is_inside(without_links(work_root), release)) {
    return fail(ErrorCode::invalid_options, "the work folder " + work_root.string() +
                                                " is inside the runner folder " + release.string() +
                                                ": choose one elsewhere");
  }
  return release;
}

Result<void> check_work_folder(fs::path const& work_root) {
  if (access(control_folder(work_root).c_str(), W_OK | X_OK) == 0 &&
      access(work_root.c_str(), W_OK | X_OK) == 0)
    return {};
  return fail(ErrorCode::backend, "cannot use the work folder " + work_root.string() + ": " +
                                      reason(errno) +
                                      "; make it a folder that this user may write to");
}

Result<void> make_instance(fs::path const& runner_dir, InstancePaths const& paths,
                           InstanceRecord const& record) {
  std::error_code error;
  for (fs::path const& path : {paths.folder, paths.record, paths.output}) {
    // symlink_status, since a link that leads nowhere is in the way as well.
    if (!fs::exists(fs::symlink_status(path, error))) continue;
    return fail(ErrorCode::backend,
                path.string() + " exists already; use a new name for each runner");
  }
  Result<void> filled = fill_instance(runner_dir, paths, record);
  if (!filled) static_cast<void>(clear_instance(paths, {}));
  return filled;
}

Result<void> clear_instance(InstancePaths const& paths, std::stop_token const& stop) {
  // Before the folder is emptied, or they would go on writing into it.
  kill_leftover_processes(paths.folder);
  Result<void> wiped = wipe_folder(paths.folder, stop);
  if (!wiped) return wiped;
  unlink(paths.output.c_str());
  base::crash_point("the runner's folder is wiped, and its record is still there");
  // The record last, so that a clearing that was interrupted is found and finished by the next
  // start.
  if (unlink(paths.record.c_str()) != 0 && errno != ENOENT) {
    return fail(ErrorCode::backend,
                "cannot remove " + paths.record.string() + ": " + reason(errno));
  }
  return {};
}

Result<void> validate(ProcessOptions const& options, Template const& what) {
  Result<fs::path> const release = resolve_source(what, options.work_root);
  if (!release) return std::unexpected(release.error());
  return check_environment(what);
}

Result<ProcessOptions> prepare_options(ProcessOptions const& options) {
  ProcessOptions prepared = options;
  prepared.work_root = without_links(options.work_root);
  if (!options.old_work_root.empty()) prepared.old_work_root = without_links(options.old_work_root);
  Result<void> const work = make_work_root(prepared.work_root);
  if (!work) return std::unexpected(work.error());
  return prepared;
}

Result<base::FileLock> lock_work_folder(fs::path const& work_root) {
  return base::FileLock::acquire(control_folder(work_root) / "lock",
                                 "the work folder " + work_root.string());
}

Result<base::FileLock> restore_work_folder(fs::path const& work_root,
                                           std::vector<LivingRunner> const& living) {
  if (auto made = make_work_root(work_root); !made) return std::unexpected(made.error());
  auto lock = lock_work_folder(work_root);
  if (!lock) return lock;
  for (LivingRunner const& runner : living) {
    // Those in the folder of an earlier version are not here.
    if (runner.paths.record.parent_path() != control_folder(work_root)) continue;
    if (auto written = write_record(runner.paths, runner.record); !written)
      return std::unexpected(written.error());
  }
  return lock;
}

}  // namespace scaleset::backends
