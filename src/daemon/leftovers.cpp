#include "daemon/leftovers.hpp"

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "backends/process/runner_folder.hpp"

namespace scaleset::daemon {
namespace {

namespace fs = std::filesystem;
using backends::ProcessView;

/// As the processes of runners name it.
fs::path without_links(fs::path const& path) {
  std::error_code error;
  fs::path canonical = fs::weakly_canonical(fs::absolute(path, error), error);
  return error ? path : canonical;
}

bool is_folder(fs::path const& path) {
  std::error_code error;
  return fs::is_directory(fs::symlink_status(path, error));
}

/// The folders in it that are not links.
std::vector<fs::path> folders_in(fs::path const& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_folder(entry->path())) found.push_back(entry->path());
  }
  std::ranges::sort(found);
  return found;
}

/// The work folders of scale sets below that of a `scaleset run`.
std::vector<fs::path> roots_in(fs::path const& work_dir) {
  std::vector<fs::path> roots;
  for (fs::path const& parent : {work_dir, work_dir / "runners"}) {
    for (fs::path const& folder : folders_in(without_links(parent))) {
      if (is_folder(backends::control_folder(folder))) roots.push_back(folder);
    }
  }
  return roots;
}

/// Those of whoever serves the scale set, and of its backend. No value: somebody holds one.
Result<std::optional<std::vector<base::FileLock>>> locks_of(fs::path const& root) {
  std::vector<base::FileLock> locks;
  for (fs::path const& path :
       {fs::path(root.string() + ".lock"), backends::control_folder(root) / "lock"}) {
    auto lock = base::FileLock::hold_existing(path, "the work folder " + root.string());
    if (!lock && lock.error().code == ErrorCode::conflict) return std::nullopt;
    if (!lock) return std::unexpected(lock.error());
    if (*lock) locks.push_back(**std::move(lock));
  }
  return locks;
}

std::optional<pid_t> process_of(std::string const& folder, ProcessView const& processes,
                                std::optional<backends::ProcessIdentity> const& recorded) {
  if (auto const program = processes.any_program(folder)) return program;
  if (recorded && backends::is_running(*recorded)) return recorded->pid;
  return std::nullopt;
}

Leftover leftover_of(fs::path const& root, std::string const& name,
                     Result<backends::InstanceRecord> const& record, ProcessView const& processes) {
  Leftover left;
  left.runner_name = name;
  left.paths = backends::InstancePaths(root, name);
  std::optional<backends::ProcessIdentity> recorded;
  if (record) {
    left.owner = record->owner;
    left.runner = record->runner;
    recorded = record->process;
    if (left.owner.url.empty())
      left.why_unknown =
          "its record does not say whose it is; the next `scaleset run` of its scale set removes "
          "it";
  } else {
    left.why_unknown = record.error().message + "; if nobody needs it, remove it by hand";
  }
  left.process = process_of(left.paths.folder.string(), processes, recorded);
  return left;
}

/// By its records, its folders and the processes in it.
Result<std::vector<Leftover>> leftovers_in(fs::path const& root, ProcessView const& processes) {
  auto const records = backends::read_records(root, base::OwnerKey());
  if (!records) return std::unexpected(records.error());
  std::vector<Leftover> all;
  all.reserve(records->size());
  std::set<std::string> unrecorded;
  for (fs::path const& folder : folders_in(root)) unrecorded.insert(folder.filename().string());
  for (std::string const& folder : processes.folders_below(root.string()))
    unrecorded.insert(fs::path(folder).filename().string());
  for (backends::FoundRecord const& found : *records) {
    unrecorded.erase(found.runner_name);
    all.push_back(leftover_of(root, found.runner_name, found.record, processes));
  }
  for (std::string const& name : unrecorded) {
    if (!backends::is_folder_name(name)) continue;
    all.push_back(leftover_of(root, name, fail(ErrorCode::backend, "it has no record"), processes));
  }
  std::ranges::sort(all, {}, &Leftover::runner_name);
  return all;
}

/// A process may name any folder, and so only runners that run, and can be told whose they are,
/// count there. They are not touched.
UnservedFolder living_in(fs::path const& root, ProcessView const& processes) {
  UnservedFolder folder;
  folder.elsewhere = true;
  auto const locks = locks_of(root);
  auto all = leftovers_in(root, processes);
  // Folders of other users, which we cannot read, are not told either.
  if (!locks || !*locks || !all) return folder;
  std::erase_if(*all, [](Leftover const& left) { return !left.process || left.owner.url.empty(); });
  folder.runners = *std::move(all);
  return folder;
}

}  // namespace

Result<std::vector<UnservedFolder>> unserved_folders(fs::path const& work_dir,
                                                     std::function<ProcessView()> const& look) {
  auto const roots = roots_in(work_dir);
  std::vector<UnservedFolder> found;
  std::vector<fs::path> unserved;
  for (fs::path const& root : roots) {
    auto locks = locks_of(root);
    if (!locks) return std::unexpected(locks.error());
    if (!*locks) continue;  // it is served
    unserved.push_back(root);
    found.emplace_back().locks = **std::move(locks);
  }
  ProcessView const processes = look();
  for (std::size_t i = 0; i < unserved.size(); ++i) {
    auto runners = leftovers_in(unserved.at(i), processes);
    if (!runners) return std::unexpected(runners.error());
    found.at(i).runners = *std::move(runners);
  }
  std::set<fs::path> elsewhere;
  for (std::string const& folder : processes.folders())
    elsewhere.insert(fs::path(folder).parent_path());
  for (fs::path const& root : roots) elsewhere.erase(root);
  for (fs::path const& root : elsewhere) found.push_back(living_in(root, processes));
  return found;
}

}  // namespace scaleset::daemon
