#include "daemon/premises.hpp"

#include <utility>

#include "base/files.hpp"
#include "base/guard.hpp"
#include "base/url.hpp"
#include "daemon/import_journal.hpp"
#include "daemon/run_config.hpp"

namespace scaleset::daemon {
namespace {

/// Another folder is no help if this one exists: the runners in it would not be found there.
Error with_advice(Error error, std::filesystem::path const& work_dir) {
  if (error.code != ErrorCode::io) return error;
  std::error_code unknown;
  bool const exists = std::filesystem::is_directory(work_dir, unknown);
  error.message += exists ? "; correct that: with another --work-dir, the runners in this one "
                            "would not be found"
                          : "; correct that, or give another folder with --work-dir";
  return error;
}

Error with_consequence(Error error) {
  error.message +=
      "; jobs that are running go on, and their runners are taken over once this is mended";
  return error;
}

void add(std::string& list, std::string_view word) {
  if (list.find(word) == std::string::npos) list.append(list.empty() ? "" : ", ").append(word);
}

}  // namespace

std::vector<PremisesStep> steps_to_mend(PremisesLook const& look) {
  std::vector<PremisesStep> steps;
  if (!look.folder) steps.push_back(PremisesStep::make_folder);
  if (!look.lock) steps.push_back(PremisesStep::take_lock);
  // Also if only the lock was gone: whoever held it meanwhile may have written into the journal.
  if (!look.lock || !look.journal) steps.push_back(PremisesStep::open_journal);
  return steps;
}

Premises::Premises(store::Journal journal)
    : journal_path_(journal.path()), journal_(std::move(journal)) {}

Premises::Premises(base::FileLock lock, std::string what, store::Journal journal)
    : journal_path_(journal.path()),
      what_(std::move(what)),
      lock_(std::move(lock)),
      journal_(std::move(journal)) {}

Result<SetRecord> Premises::open_set(base::OwnerKey const& owner) {
  if (!journal_) return fail(ErrorCode::io, journal_path_.string() + " could not be opened again");
  auto record = read_set(*journal_, owner);
  if (!record) return record;
  store::ScaleSetRecord row;
  row.config_url = owner.url;
  row.group = owner.group;
  row.name = owner.name;
  row.id = record->id;
  row.ours = record->ours;
  row.suspension = record->suspension;
  url_ = owner.url;
  rows_.know(record->key, std::move(row), record->session, record->runners, record->offers);
  return record;
}

PremisesLook Premises::look() const {
  PremisesLook look;
  std::error_code unknown;
  look.folder = std::filesystem::is_directory(journal_path_.parent_path(), unknown);
  look.lock = (!lock_ || lock_->in_place()) && (!id_lock_ || id_lock_->in_place());
  look.journal = !damaged_ && journal_ && journal_->in_place();
  return look;
}

Premises::Written Premises::write(Group const& group) {
  Written report;
  auto usable = lost_ ? std::unexpected(*lost_) : mend();
  if (usable) usable = lock_ids(group);
  if (usable) {
    report.mended = std::exchange(mended_, {});
    report.kept = std::exchange(kept_, {});
    report.results = write_to_journal(group);
    return report;
  }
  // Whoever has the lock must not find that somebody else writes.
  if (usable.error().code == ErrorCode::conflict) lost_ = usable.error();
  report.lost = lost_;
  report.results.assign(group.size(), std::unexpected(lost_.value_or(usable.error())));
  return report;
}

Result<void> Premises::mend() {
  auto const found = look();
  for (PremisesStep const step : steps_to_mend(found)) {
    if (step == PremisesStep::open_journal && !found.journal) add(mended_, "journal");
    if (auto done = take(step); !done) return done;
  }
  return {};
}

Result<void> Premises::take(PremisesStep step) {
  switch (step) {
    case PremisesStep::make_folder: return make_folder();
    case PremisesStep::take_lock: return take_lock();
    case PremisesStep::open_journal: return open_journal();
  }
  return {};
}

Result<void> Premises::make_folder() {
  add(mended_, "folder");
  return base::create_private_folder(journal_path_.parent_path());
}

Result<void> Premises::take_lock() {
  add(mended_, "lock");
  for (auto* const held : {&lock_, &id_lock_}) {
    if (!*held || (*held)->in_place()) continue;
    auto lock = base::FileLock::acquire((*held)->path(), what_);
    if (!lock) return std::unexpected(lock.error());
    *held = *std::move(lock);
  }
  return {};
}

Result<void> Premises::open_journal() {
  // Its own lock would be in the way of the new one.
  journal_.reset();
  auto opened = store::Journal::open(journal_path_);
  if (!opened) return std::unexpected(opened.error());
  if (auto const& aside = opened->set_aside()) kept_ = aside->path.string();
  journal_ = *std::move(opened);
  auto written = apply(rows_.all());
  if (!written) journal_.reset();  // what it has is not all: the next attempt opens it again
  return written;
}

void Premises::leave_unused() {
  bool used = false;
  for (store::Change const& change : rows_.all()) {
    auto const* const set = std::get_if<store::PutScaleSet>(&change);
    used = used || (set != nullptr && set->record.id != ScaleSetId{}) ||
           std::holds_alternative<store::RememberSession>(change) ||
           std::holds_alternative<store::PutRunner>(change);
  }
  if (!lock_ || lost_ || used) return;
  journal_.reset();
  auto const folder = journal_path_.parent_path() / journal_path_.stem();
  std::error_code still_there;  // what cannot be removed stays, as does a folder that is not empty
  for (char const* const ending : {"", "-wal", "-shm", ".lock"})
    std::filesystem::remove(journal_path_.string() + ending, still_there);
  for (auto const& path : {folder / ".scaleset/lock", folder / ".scaleset", folder, lock_->path()})
    std::filesystem::remove(path, still_there);
}

Result<void> Premises::lock_ids(Group const& group) {
  for (auto const& changes : group) {
    for (auto const& change : changes) {
      auto const* const note = std::get_if<store::NoteScaleSet>(&change);
      if (note == nullptr) continue;
      if (auto locked = lock_id(note->id); !locked) return locked;
    }
  }
  return {};
}

Result<void> Premises::lock_id(ScaleSetId id) {
  if (!lock_ || id == locked_id_ || id == ScaleSetId{}) return {};
  // No group's name begins with a space.
  auto const key = base::OwnerKey::make(url_, " scale set", std::to_string(id.value));
  if (!key) return std::unexpected(key.error());
  auto lock = base::FileLock::acquire(journal_path_.parent_path() / (key->hash() + ".lock"), what_);
  if (!lock) return std::unexpected(lock.error());
  id_lock_ = *std::move(lock);
  locked_id_ = id;
  return {};
}

std::vector<Result<void>> Premises::write_to_journal(Group const& group) {
  std::vector<store::Change> all;
  for (auto const& changes : group) all.insert(all.end(), changes.begin(), changes.end());
  if (all.empty()) return std::vector<Result<void>>(group.size());
  auto const together = apply(all);
  if (together) rows_.apply(all);
  std::vector<Result<void>> results(group.size(), together);
  if (together || group.size() == 1) return results;
  for (std::size_t i = 0; i < group.size(); ++i) {
    results[i] = apply(group[i]);
    if (results[i]) rows_.apply(group[i]);
  }
  return results;
}

Result<void> Premises::apply(std::vector<store::Change> const& changes) {
  // Out of memory, for example: whoever waits must be told.
  auto written =
      base::guarded(ErrorCode::io, "the journal", [&] { return journal_->apply(changes); });
  damaged_ = !written && written.error().code == ErrorCode::malformed_response;
  return written;
}

Result<Premises> open_premises(RunConfig const& config, base::OwnerKey const& owner,
                               base::Logger const& log) {
  if (auto made = base::create_private_folder(config.work_dir); !made)
    return std::unexpected(with_advice(made.error(), config.work_dir));
  std::string const place = (config.work_dir / owner.hash()).string();
  std::string what = "the scale set \"" + config.name + "\" of " + config.url;
  auto lock = base::FileLock::acquire(place + ".lock", what);
  if (!lock) return std::unexpected(with_advice(lock.error(), config.work_dir));
  auto journal = store::Journal::open(place + ".journal");
  if (!journal) return std::unexpected(with_consequence(journal.error()));
  report_set_aside(*journal, log);
  // An earlier version named it after the scale set alone.
  auto const old = config.work_dir / (base::encode_path_segment(config.name) + ".journal");
  if (auto imported = import_journal(old, owner, *journal, log); !imported)
    return std::unexpected(with_consequence(imported.error()));
  return Premises(*std::move(lock), std::move(what), *std::move(journal));
}

}  // namespace scaleset::daemon
