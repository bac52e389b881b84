#include "daemon/garbage.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "backends/process/processes.hpp"
#include "backends/runner_environment.hpp"
#include "daemon/set_address.hpp"

namespace scaleset::daemon {
namespace {

namespace fs = std::filesystem;
using Kind = Finding::Kind;

Result<std::vector<UnservedSet>> sets_in(store::Journal& journal, HasProcesses const& runs) {
  auto const keys = journal.scale_sets();
  if (!keys) return std::unexpected(keys.error());
  std::vector<UnservedSet> sets;
  sets.reserve(keys->size());
  for (store::ScaleSetKey const key : *keys) {
    auto const record = journal.scale_set(key);
    if (!record) return std::unexpected(record.error());
    auto runners = journal.runners(key);
    if (!runners) return std::unexpected(runners.error());
    auto session = journal.recorded_session(key);
    if (!session) return std::unexpected(session.error());
    if (!*record) continue;
    UnservedSet set;
    set.key = key;
    set.owner.url = (*record)->config_url;
    set.owner.group = (*record)->group;
    set.owner.name = (*record)->name;
    set.id = (*record)->id;
    set.ours = (*record)->ours;
    set.session = *std::move(session);
    set.runners = *std::move(runners);
    set.runs = runs(set.owner);
    sets.push_back(std::move(set));
  }
  return sets;
}

std::vector<fs::path> journals_in(fs::path const& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".journal") found.push_back(entry->path());
  }
  std::ranges::sort(found);
  return found;
}

/// Why the scale set may not be deleted; empty if it may.
std::string why_it_stays(UnservedSet const& set, ServiceSide const& service) {
  if (!set.ours) return "the journal does not say that it was created or adopted here";
  if (!service.set->statistics) return "the service does not say whether it is used";
  Statistics const& statistics = *service.set->statistics;
  if (statistics.assigned_jobs > 0 || statistics.running_jobs > 0)
    return std::to_string(statistics.assigned_jobs) + " jobs are assigned to it";
  auto const own = static_cast<std::int64_t>(service.registered.size());
  if (statistics.registered_runners > own)
    return std::to_string(statistics.registered_runners - own) +
           " runners that this journal does not know are registered for it";
  return "";
}

}  // namespace

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::registration: return "registration";
    case Kind::instance: return "instance";
    case Kind::scale_set: return "scale_set";
    case Kind::journal_rows: break;
  }
  return "journal_rows";
}

bool has_processes(base::OwnerKey const& owner) {
  std::string const folder = "/" + owner.hash() + "/";
  bool found = false;
  backends::for_each_process([&](pid_t pid) {
    auto const environment = backends::read_process_file(pid, "environ");
    if (!environment) return;
    auto const value = backends::variable_in(*environment, backends::kInstanceVariable);
    found = found || (value && value->contains(folder));
  });
  return found;
}

Result<std::vector<UnservedJournal>> unserved_journals(fs::path const& folder,
                                                       HasProcesses const& runs, Purpose purpose) {
  std::vector<UnservedJournal> found;
  for (fs::path const& path : journals_in(folder)) {
    auto journal =
        purpose == Purpose::look ? store::Journal::open_copy(path) : store::Journal::open(path);
    if (!journal && journal.error().code == ErrorCode::conflict) continue;  // it is served
    if (!journal) return std::unexpected(journal.error());
    UnservedJournal unserved(*std::move(journal));
    auto sets = sets_in(unserved.journal, runs);
    if (!sets) return std::unexpected(sets.error());
    unserved.sets = *std::move(sets);
    found.push_back(std::move(unserved));
  }
  return found;
}

std::vector<Finding> findings_of(Leftover const& runner, std::string const& url, bool registered) {
  std::string kept;
  if (runner.process) {
    kept = "it runs (process " + std::to_string(*runner.process) +
           "); the next `scaleset run` of its scale set takes it over";
  } else if (runner.owner.url.empty()) {
    kept = runner.why_unknown;
  } else if (runner.owner.url != url) {
    kept = "its URL is another one than --url";
  }
  std::vector<Finding> findings;
  if (registered && !runner.process) {
    Finding finding(Kind::registration, runner.runner_name,
                    "its scale set is not served, and no process here is its runner");
    finding.runner = runner.runner.value_or(RunnerId{});
    finding.kept_because = kept;
    findings.push_back(std::move(finding));
  }
  Finding files(Kind::instance, runner.paths.folder.string(),
                runner.process ? "no process serves its scale set"
                               : "it has ended, and no process serves its scale set");
  files.kept_because = std::move(kept);
  findings.push_back(std::move(files));
  return findings;
}

std::vector<Finding> findings_of(UnservedSet const& set, ServiceSide const& service) {
  std::string const address = address_of(set.owner);
  std::string kept;
  if (set.runs) kept = "a runner of it runs on this machine; the next `scaleset run` takes it over";
  if (kept.empty() && !service.asked) kept = "its URL is another one than --url";
  std::vector<Finding> findings;
  for (auto const& runner : set.runners) {
    bool const known =
        runner.id && std::ranges::find(service.registered, *runner.id) != service.registered.end();
    if (!known) continue;
    Finding finding(Kind::registration, runner.name,
                    "its scale set is not served, and no process here is its runner");
    finding.runner = *runner.id;
    finding.kept_because = kept;
    findings.push_back(std::move(finding));
  }
  if (service.set) {
    Finding finding(Kind::scale_set, address, "no process of this machine serves it");
    finding.kept_because = kept.empty() ? why_it_stays(set, service) : kept;
    if (kept.empty() && set.ours) kept = finding.kept_because;  // the rows say that it is ours
    findings.push_back(std::move(finding));
  }
  Finding rows(Kind::journal_rows, address, "no process of this machine serves the scale set");
  rows.kept_because = kept;
  findings.push_back(std::move(rows));
  return findings;
}

}  // namespace scaleset::daemon
