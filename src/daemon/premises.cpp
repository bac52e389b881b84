#include "daemon/premises.hpp"

#include <iterator>
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

/// Makes the folder if it does not exist. No value: the file system cannot lock folders. Errors:
/// conflict, if another process has it; io.
Result<std::optional<base::FileLock>> lock_folder(std::filesystem::path const& folder) {
  if (auto made = base::create_private_folder(folder); !made) return std::unexpected(made.error());
  auto lock = base::FileLock::hold_existing(folder, "the folder " + folder.string());
  if (!lock && lock.error().code == ErrorCode::io) return std::nullopt;
  return lock;
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

Premises::Premises(store::Journal journal, base::Logger log)
    : journal_path_(journal.path()),
      log_(std::move(log)),
      locks_sets_(true),
      journal_(std::move(journal)) {}

Premises::Premises(base::FileLock lock, std::string what, store::Journal journal)
    : journal_path_(journal.path()),
      what_(std::move(what)),
      lock_(std::move(lock)),
      journal_(std::move(journal)) {}

// Opening and closing scale sets.

Result<SetRecord> Premises::open_set(SetPlace const& place) {
  auto opened = open_sets({place});
  return std::move(opened.front());
}

std::vector<Result<SetRecord>> Premises::open_sets(std::vector<SetPlace> const& places) {
  std::vector<Result<SetRecord>> records;
  std::vector<Result<Hold>> holds;
  std::vector<base::OwnerKey> owners;
  records.reserve(places.size());
  holds.reserve(places.size());
  for (SetPlace const& place : places) {
    holds.push_back(hold_for(place));
    if (holds.back()) owners.push_back(place.owner);
  }
  // Only to save time: what fails here fails for each alone again, and says why.
  if (journal_ && owners.size() > 1) static_cast<void>(add_sets(*journal_, owners));
  for (Result<Hold>& hold : holds) {
    if (hold)
      records.push_back(read(*std::move(hold)));
    else
      records.emplace_back(std::unexpected(hold.error()));
  }
  return records;
}

Result<Premises::Hold> Premises::hold_for(SetPlace const& place) {
  if (lost_) return std::unexpected(*lost_);
  if (!journal_) return fail(ErrorCode::io, journal_path_.string() + " could not be opened again");
  Hold hold;
  hold.place = place;
  if (!locks_sets_ || place.folder.empty()) return hold;
  if (auto made = base::create_private_folder(place.folder); !made)
    return std::unexpected(made.error());
  auto lock = base::FileLock::acquire(place.folder / (place.owner.hash() + ".lock"), place.what);
  if (!lock) return std::unexpected(lock.error());
  hold.lock = *std::move(lock);
  auto imported = import_for(place);
  if (!imported) return std::unexpected(with_consequence(imported.error()));
  return hold;
}

/// Of a process that served it alone, and of an earlier version, which named its journal after the
/// scale set alone.
Result<void> Premises::import_for(SetPlace const& place) {
  auto own = import_journal(place.folder / (place.owner.hash() + ".journal"), place.owner,
                            *journal_, log_);
  if (!own) return std::unexpected(own.error());
  auto old = import_journal(place.folder / (base::encode_path_segment(place.name) + ".journal"),
                            place.owner, *journal_, log_);
  if (!old) return std::unexpected(old.error());
  return {};
}

Result<SetRecord> Premises::read(Hold hold) {
  base::OwnerKey const& owner = hold.place.owner;
  auto record = read_set(*journal_, owner);
  if (!record) return record;
  store::ScaleSetRecord row;
  row.config_url = owner.url;
  row.group = owner.group;
  row.name = owner.name;
  row.id = record->id;
  row.ours = record->ours;
  row.suspension = record->suspension;
  rows_.know(record->key, std::move(row), record->session, record->runners, record->offers,
             record->held);
  holds_.insert_or_assign(record->key.value, std::move(hold));
  return record;
}

Result<std::vector<base::OwnerKey>> Premises::owners_of_runners() {
  std::vector<base::OwnerKey> owners;
  if (!journal_) return owners;
  auto const keys = journal_->scale_sets();
  if (!keys) return std::unexpected(keys.error());
  for (store::ScaleSetKey const key : *keys) {
    auto const row = journal_->scale_set(key);
    if (!row) return std::unexpected(row.error());
    auto const runners = journal_->runners(key);
    if (!runners) return std::unexpected(runners.error());
    if (!*row || runners->empty()) continue;
    base::OwnerKey owner;
    owner.url = (*row)->config_url;
    owner.group = (*row)->group;
    owner.name = (*row)->name;
    owners.push_back(std::move(owner));
  }
  return owners;
}

void Premises::close_set(store::ScaleSetKey set) { holds_.erase(set.value); }

// Writing.

PremisesLook Premises::look() const {
  PremisesLook look;
  std::error_code unknown;
  look.folder = std::filesystem::is_directory(journal_path_.parent_path(), unknown);
  look.lock = (!lock_ || lock_->in_place()) && (!folder_lock_ || folder_lock_->in_place());
  look.journal = !damaged_ && journal_ && journal_->in_place();
  return look;
}

Premises::Written Premises::write(Group const& group, Sets const& sets) {
  Written report;
  auto usable = lost_ ? std::unexpected(*lost_) : mend();
  report.results.assign(group.size(), {});
  if (usable) usable = keep_locks(group, sets, report);
  if (usable) {
    report.mended = std::exchange(mended_, {});
    report.kept = std::exchange(kept_, {});
    write_to_journal(group, report.results);
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
  if (lock_ && !lock_->in_place()) {
    auto lock = base::FileLock::acquire(lock_->path(), what_);
    if (!lock) return std::unexpected(lock.error());
    lock_ = *std::move(lock);
  }
  return take_folder_lock();
}

Result<void> Premises::take_folder_lock() {
  if (!folder_lock_ || folder_lock_->in_place()) return {};
  auto lock = lock_folder(folder_lock_->path());
  if (!lock) return std::unexpected(lock.error());
  folder_lock_ = *std::move(lock);
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
  if (!lock_ || lost_ || used) return;  // that of shared premises is of others too
  journal_.reset();
  auto const folder = journal_path_.parent_path() / journal_path_.stem();
  std::error_code still_there;  // what cannot be removed stays, as does a folder that is not empty
  for (char const* const ending : {"", "-wal", "-shm", ".lock"})
    std::filesystem::remove(journal_path_.string() + ending, still_there);
  for (auto const& path : {folder / ".scaleset/lock", folder / ".scaleset", folder, lock_->path()})
    std::filesystem::remove(path, still_there);
}

// The locks of scale sets.

bool Premises::has_locks(Hold const& hold) const { return lock_ || hold.lock; }

std::filesystem::path Premises::folder_of(Hold const& hold) const {
  return hold.lock ? hold.place.folder : journal_path_.parent_path();
}

/// The error of a scale set with a lock of its own concerns that one only, and is among the
/// results.
Result<void> Premises::keep_locks(Group const& group, Sets const& sets, Written& report) {
  for (std::size_t i = 0; i < group.size(); ++i) {
    auto const first = sets.empty() ? holds_.begin() : holds_.find(sets.at(i).value);
    auto const last = sets.empty() || first == holds_.end() ? holds_.end() : std::next(first);
    for (auto each = first; each != last; ++each) {
      store::ScaleSetKey const key{each->first};
      Hold& hold = each->second;
      auto kept = keep_locks(hold);
      if (kept) kept = lock_ids(hold, key, group[i]);
      if (kept) continue;
      if (!hold.lock) return kept;
      if (kept.error().code == ErrorCode::conflict && !hold.lost) {
        hold.lost = kept.error();
        report.lost_sets.emplace_back(key, kept.error());
      }
      report.results[i] = kept;
    }
  }
  return {};
}

Result<void> Premises::keep_locks(Hold& hold) {
  if (hold.lost) return std::unexpected(*hold.lost);
  std::string const& what = lock_ ? what_ : hold.place.what;
  for (auto* const held : {&hold.lock, &hold.id_lock}) {
    if (!*held || (*held)->in_place()) continue;
    add(mended_, "lock");
    if (auto made = base::create_private_folder(folder_of(hold)); !made) return made;
    auto lock = base::FileLock::acquire((*held)->path(), what);
    if (!lock) return std::unexpected(lock.error());
    *held = *std::move(lock);
  }
  return {};
}

Result<void> Premises::lock_ids(Hold& hold, store::ScaleSetKey key,
                                std::vector<store::Change> const& changes) {
  for (auto const& change : changes) {
    auto const* const note = std::get_if<store::NoteScaleSet>(&change);
    if (note == nullptr || note->key != key) continue;
    if (auto locked = lock_id(hold, note->id); !locked) return locked;
  }
  return {};
}

Result<void> Premises::lock_id(Hold& hold, ScaleSetId id) {
  if (!has_locks(hold) || id == hold.locked_id || id == ScaleSetId{}) return {};
  // No group's name begins with a space.
  auto const key =
      base::OwnerKey::make(hold.place.owner.url, " scale set", std::to_string(id.value));
  if (!key) return std::unexpected(key.error());
  auto lock = base::FileLock::acquire(folder_of(hold) / (key->hash() + ".lock"),
                                      lock_ ? what_ : hold.place.what);
  if (!lock) return std::unexpected(lock.error());
  hold.id_lock = *std::move(lock);
  hold.locked_id = id;
  return {};
}

void Premises::write_to_journal(Group const& group, std::vector<Result<void>>& results) {
  std::vector<store::Change> all;
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (!results[i] || group[i].empty()) continue;
    members.push_back(i);
    all.insert(all.end(), group[i].begin(), group[i].end());
  }
  if (all.empty()) return;
  auto const together = apply(all);
  if (together) return rows_.apply(all);
  for (std::size_t const i : members) {
    results[i] = members.size() == 1 ? together : apply(group[i]);
    if (results[i]) rows_.apply(group[i]);
  }
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
  auto folder = lock_folder(place);
  if (!folder) return std::unexpected(with_advice(folder.error(), config.work_dir));
  auto journal = store::Journal::open(place + ".journal");
  if (!journal) return std::unexpected(with_consequence(journal.error()));
  report_set_aside(*journal, log);
  // An earlier version named it after the scale set alone.
  auto const old = config.work_dir / (base::encode_path_segment(config.name) + ".journal");
  if (auto imported = import_journal(old, owner, *journal, log); !imported)
    return std::unexpected(with_consequence(imported.error()));
  Premises premises(*std::move(lock), std::move(what), *std::move(journal));
  premises.keep_folder(*std::move(folder));
  return premises;
}

Result<Premises> open_shared_premises(std::filesystem::path const& state_dir,
                                      base::Logger const& log) {
  if (auto made = base::create_private_folder(state_dir); !made)
    return std::unexpected(made.error());
  auto folder = lock_folder(state_dir);
  if (!folder) return std::unexpected(folder.error());
  auto journal = store::Journal::open(state_dir / "daemon.journal");
  if (!journal) return std::unexpected(with_consequence(journal.error()));
  report_set_aside(*journal, log);
  Premises premises(*std::move(journal), log);
  premises.keep_folder(*std::move(folder));
  return premises;
}

}  // namespace scaleset::daemon
