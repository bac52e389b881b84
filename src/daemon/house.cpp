#include "daemon/house.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/backoff.hpp"
#include "base/guard.hpp"
#include "daemon/set_log.hpp"

namespace scaleset::daemon {

namespace asio = boost::asio;

namespace {

/// Between attempts to open a scale set that failed by itself.
constexpr base::BackoffOptions kBetweenAttempts{std::chrono::seconds(1), std::chrono::minutes(1)};
/// A scale set that ends after so long did not fail in a row.
constexpr std::chrono::minutes kLong{5};
constexpr std::chrono::milliseconds kAtOnce{0};
constexpr std::string_view kCannotBeServed =
    "a scale set cannot be served; it is tried again, and the others go on";
constexpr std::string_view kCannotBeDrained =
    "nobody can look after the runners of a scale set that is not configured; it is tried again. "
    "Put the scale set back into the configuration file, or stop this process and see `scaleset "
    "gc`";
constexpr std::string_view kIsStarting = "it is starting";
constexpr std::string_view kIsLeft =
    "it is not configured any more: its runners finish, and then it is left alone";
constexpr std::string_view kIsMissing =
    "the configuration file does not have it any more; it is served until SIGHUP or `scaleset "
    "reload` drains it";

SetPlace place_of(base::OwnerKey const& owner, SetSettings const& settings) {
  SetPlace place(owner);
  place.folder = settings.work_dir;
  place.name = settings.name;
  place.what = "the scale set \"" + settings.name + "\" of " + settings.url;
  return place;
}

}  // namespace

/// A scale set that is served, or tried again and again.
struct House::Place {
  Place(base::OwnerKey key, SetSettings what) : owner(std::move(key)), settings(std::move(what)) {}
  base::OwnerKey owner;
  SetSettings settings;               // as they are wanted now
  std::unique_ptr<SetRunner> runner;  // null until it was opened for the first time
  bool opening = false;               // nobody knows yet which runners it has
  bool running = false;               // the runner runs
  bool gone = false;                  // nobody wants it any more: it drains
  bool is_missing = false;            // from the file, and nevertheless served
  bool has_left = false;              // runners that nobody has looked after yet
  std::size_t left = 0;               // how many these are, as the journal says
  bool again = false;                 // when it has ended, it is opened again
  bool over = false;                  // its coroutine has ended
  std::optional<Error> lost;          // another process has taken it
  std::optional<Error> error;         // why the last attempt failed
  base::Outage outage;
  std::chrono::steady_clock::time_point began;  // the last attempt
  base::Condition hurry;                        // it may be tried now
};

House::House(asio::any_io_executor executor, std::vector<SetSettings> sets, HousePorts ports)
    : executor_(std::move(executor)),
      ports_(std::move(ports)),
      log_(ports_.hooks.log, "daemon"),
      running_(executor_, ports_.hooks.log) {
  desk_.configure(std::move(ports_.budgets));
  auto sorted = by_owner(std::move(sets));
  if (!sorted.problems.empty()) first_error_ = sorted.problems.front();
  for (auto& [owner, settings] : sorted.sets) add(owner, std::move(settings));
  for (auto& [owner, settings] : ports_.left)
    if (!places_.contains(owner)) add_left(owner, std::move(settings));
  ports_.left.clear();
}

House::~House() = default;

Task<void> House::run() {
  if (detached_) co_return Result<void>();
  running_now_ = true;
  for (auto& [owner, place] : places_) running_.spawn(keep(place.get()));
  note_change();
  while (!is_over()) {
    co_await changed_.wait_despite_cancellation();
    forget_what_is_over();
  }
  ended_ = true;
  budgets_changed_.notify_all();
  co_await running_.join();
  running_now_ = false;
  if (first_error_) co_return std::unexpected(*first_error_);
  co_return Result<void>();
}

bool House::is_over() const noexcept {
  bool const stopping = detached_ || drained_because_;
  if (!stopping && ports_.stays) return false;
  return std::ranges::all_of(places_, [](auto const& entry) { return entry.second->over; });
}

void House::forget_what_is_over() {
  std::erase_if(places_,
                [](auto const& entry) { return entry.second->over && entry.second->gone; });
}

// One scale set.

asio::awaitable<void> House::keep(Place* place) {
  bool going_on = true;
  while (going_on) {
    place->began = ports_.hooks.clock->now().steady;
    auto const ended = co_await attempt(place);
    auto const delay = next_attempt(*place, ended);
    going_on = delay.has_value();
    if (delay && *delay > kAtOnce) {
      co_await place->hurry.wait_for(*delay);
      going_on = !is_leaving(*place);
    }
  }
  if (place->has_left && place->left > 0)
    log_.warn("runners that nobody looks after are left running",
              {{"name", place->settings.name},
               {"url", place->owner.url},
               {"runners", static_cast<std::int64_t>(place->left)}});
  place->over = true;
  changed_.notify_all();
}

/// Opens the scale set and runs it to its end. Each scale set that is served has a frame of this
/// one, so what only the opening needs is not in it.
Task<void> House::attempt(Place* place) {
  auto const opened = co_await open(place);
  if (!opened) co_return std::unexpected(opened.error());
  Result<void> ended;
  if (place->running) {
    ended = co_await place->runner->run();
    place->running = false;
  }
  co_await ports_.book->close(*opened);
  co_return ended;
}

Task<SetRecord> House::find_record(Place* place) {
  if (ports_.get_ready) {
    auto const ready = co_await ports_.get_ready(place->settings.access);
    if (!ready) co_return std::unexpected(ready.error());
  }
  co_return co_await ports_.book->open(place_of(place->owner, place->settings));
}

/// Its key in the book, which is to be closed. Unless all end now, its runner is to be run.
Task<store::ScaleSetKey> House::open(Place* place) {
  place->opening = true;
  auto record = co_await find_record(place);
  place->opening = false;
  note_change();
  if (!record) co_return std::unexpected(record.error());
  auto const key = record->key;
  place->left = record->runners.size();
  place->has_left = place->left > 0;
  if (detached_) co_return key;
  auto made = make_runner(*place, *std::move(record));
  place->running = made.has_value();
  if (made) co_return key;
  co_await ports_.book->close(key);
  co_return std::unexpected(made.error());
}

Result<void> House::make_runner(Place& place, SetRecord record) {
  auto const make = [&] { return ports_.make_ports(place.settings, place.owner, record); };
  auto ports = base::guarded(ErrorCode::backend, "making the scale set's client and backend", make);
  if (!ports) return std::unexpected(ports.error());
  ports->book = ports_.book;
  ports->hooks = ports_.hooks;
  // With flags there is only one, and each line is about it.
  if (ports_.stays) ports->hooks.log = log_of_set(ports_.hooks.log, place.owner);
  ports->on_change = [this] { note_change(); };
  ports->is_served = [this](base::OwnerKey const& owner) { return places_.contains(owner); };
  place.left = 0;
  place.runner = std::make_unique<SetRunner>(executor_, place.settings, place.owner,
                                             std::move(record), *std::move(ports));
  // It may have come back before it was opened.
  if (std::exchange(place.again, false)) place.gone = false;
  // A drain may be asked for before there are any sets, and an earlier process may have left
  // runners.
  if (drained_because_) place.runner->drain(*drained_because_);
  if (place.gone) place.runner->drain("it is not configured any more");
  return {};
}

bool House::is_leaving(Place const& place) const noexcept {
  return detached_ || drained_because_ || (place.gone && !place.again && !place.has_left);
}

/// After what time it is opened again. No value: it is over.
std::optional<std::chrono::milliseconds> House::next_attempt(Place& place,
                                                             Result<void> const& ended) {
  auto const lost = std::exchange(place.lost, std::nullopt);
  bool const again = std::exchange(place.again, false);
  if (again) place.gone = false;
  if (ended && !lost) {
    bool const all_end = detached_ || drained_because_;
    // An operator has deleted it at the service.
    if (!again && !all_end) place.gone = true;
    if (!again || all_end) return std::nullopt;
    return kAtOnce;
  }
  Error const& error = lost ? *lost : ended.error();
  place.error = error;
  if (place.settings.end_if_refused_at_first) {
    note_end(place, error);
    return std::nullopt;
  }
  if (place.gone && place.has_left && error.code == ErrorCode::conflict) {
    place.has_left = false;
    std::string const text = error.to_string();
    log_.info("the runners of a scale set that is not configured are another process's",
              {{"name", place.settings.name}, {"url", place.owner.url}, {"error", text}});
  }
  if (is_leaving(place)) return std::nullopt;
  return failed(place, error);
}

std::chrono::milliseconds House::failed(Place& place, Error const& error) {
  auto const now = ports_.hooks.clock->now().steady;
  if (now - place.began > kLong) static_cast<void>(place.outage.worked(now));
  auto const delay =
      base::backoff_delay(kBetweenAttempts, place.outage.failures(), *ports_.hooks.random);
  if (place.outage.failed(error, now)) {
    std::string const text = error.to_string();
    log_.error(place.gone ? kCannotBeDrained : kCannotBeServed,
               {{"name", place.settings.name},
                {"url", place.owner.url},
                {"error", text},
                {"in_ms", std::int64_t{delay.count()}}});
  }
  return delay;
}

void House::note_end(Place const& place, Error const& error) {
  if (!first_error_) first_error_ = error;
  // Whoever gets the error of run() says it.
  if (places_.size() == 1) return;
  std::string const text = error.to_string();
  log_.error("a scale set is not served any more; the others are",
             {{"name", place.settings.name}, {"error", text}});
}

// A new list.

void House::add(base::OwnerKey const& owner, SetSettings settings) {
  auto place = std::make_unique<Place>(owner, std::move(settings));
  if (running_now_) running_.spawn(keep(place.get()));
  places_.insert_or_assign(owner, std::move(place));
}

void House::add_left(base::OwnerKey const& owner, SetSettings settings) {
  std::string const folder = (settings.work_dir / owner.hash()).string();
  log_.warn(
      "a scale set of which there are runners is not configured; it is to be drained, which its "
      "next entry in the configuration file ends",
      {{"name", owner.name}, {"url", owner.url}, {"group", owner.group}, {"folder", folder}});
  add(owner, std::move(settings));
  Place& place = *places_.at(owner);
  place.gone = true;
  place.has_left = true;
}

Served House::serve(std::vector<SetSettings> sets, Missing missing) {
  Served report;
  if (detached_ || drained_because_) return report;
  forget_what_is_over();
  auto wanted = by_owner(std::move(sets));
  std::map<base::OwnerKey, SetSettings const*> served;
  for (auto const& [owner, place] : places_) served.emplace(owner, &place->settings);
  auto const diff = difference_of(served, wanted.sets);
  for (auto const& [owner, what] : diff.changed) {
    Place& place = *places_.at(owner);
    change(place, std::move(wanted.sets.at(owner)), what);
    report.changed.push_back(place.settings.name);
  }
  for (auto const& [owner, place] : places_) {
    place->is_missing = !wanted.sets.contains(owner);
    if (place->gone && !place->is_missing) come_back(*place);
  }
  for (auto const& owner : diff.added) {
    report.added.push_back(wanted.sets.at(owner).name);
    add(owner, std::move(wanted.sets.at(owner)));
  }
  for (auto const& owner : diff.gone) {
    Place& place = *places_.at(owner);
    bool const left = leave(place, missing);
    (left ? report.drained : report.kept).push_back(place.settings.name);
  }
  note_change();
  return report;
}

void House::change(Place& place, SetSettings settings, SetChange what) {
  // The lock, the journal and the runners are in that folder.
  settings.work_dir = place.settings.work_dir;
  place.settings = std::move(settings);
  place.hurry.notify_all();  // what was wrong may be mended
  if (!place.runner || !place.running) return;
  place.runner->change(place.settings);
  if (!what.anew) return;
  place.again = true;
  place.runner->detach("it is opened again with other settings");
}

/// It is wanted again while it drains, which cannot be undone. Its busy runners are taken over.
void House::come_back(Place& place) {
  if (std::exchange(place.again, true) || !place.running) return;
  place.runner->detach("it is configured again");
}

/// Whether it is drained now.
bool House::leave(Place& place, Missing missing) {
  if (missing == Missing::stay && !place.gone) return false;
  place.again = false;
  if (std::exchange(place.gone, true)) return true;
  place.hurry.notify_all();
  if (place.running) place.runner->drain("it is not configured any more");
  return true;
}

// Budgets.

void House::budget(BudgetDesk::Budgets budgets) {
  desk_.configure(std::move(budgets));
  note_change();
}

void House::note_change() {
  if (desk_.empty() || !running_now_) return;
  unshared_ = true;
  budgets_changed_.notify_all();
  if (!std::exchange(keeps_budgets_, true)) running_.spawn(keep_budgets());
}

/// What happens in one turn of the loop is looked at once.
asio::awaitable<void> House::keep_budgets() {
  while (!ended_ && !desk_.empty()) {
    if (!unshared_) {
      co_await budgets_changed_.wait_for(BudgetDesk::kHold);
    }
    if (!ended_) share_budgets();
    // What the shares themselves change is no reason to divide again: a scale set that cannot use
    // its share for now would be given it again and again, and the loop would do nothing else.
    unshared_ = false;
  }
  keeps_budgets_ = false;
}

/// While the journal is asked which runners an earlier process has left to a scale set, nobody gets
/// anything: they may take what looks free.
void House::share_budgets() {
  auto const opens = [](auto const& entry) {
    return entry.second->opening && !entry.second->settings.budget.name.empty();
  };
  if (std::ranges::any_of(places_, opens)) return;
  std::vector<Sharing> sharing;
  for (auto const& [owner, place] : places_) {
    // One that waits for its next attempt may have runners that live.
    if (!place->runner || place->settings.budget.name.empty()) continue;
    Sharing one;
    one.owner = owner;
    one.use = place->settings.budget;
    one.needs = place->runner->needs();
    sharing.push_back(std::move(one));
  }
  for (auto const& [owner, share] : desk_.divide(sharing, ports_.hooks.clock->now().steady)) {
    Place const& place = *places_.at(owner);
    if (place.running) place.runner->give(share);
  }
}

// All scale sets.

void House::drain(std::string const& why) {
  drained_because_ = why;
  for (auto const& [owner, place] : places_) {
    place->hurry.notify_all();
    if (place->running) place->runner->drain(why);
  }
  changed_.notify_all();
}

void House::detach(std::string const& why) {
  detached_ = true;
  for (auto const& [owner, place] : places_) {
    place->hurry.notify_all();
    if (place->running) place->runner->detach(why);
  }
  changed_.notify_all();
}

void House::reload() {
  for (auto const& [owner, place] : places_) {
    place->hurry.notify_all();
    if (place->running) place->runner->reload();
  }
}

void House::give_up(Error const& error) {
  if (!first_error_) first_error_ = error;
  detach(error.message);
}

void House::lost(store::ScaleSetKey set, Error const& error) {
  for (auto const& [owner, place] : places_) {
    if (!place->running || place->runner->key() != set) continue;
    place->lost = error;
    place->runner->detach(error.message);
  }
}

void House::report_waiting() const {
  for (SetRunner const* set : sets()) set->report_waiting();
}

std::vector<SetRunner*> House::sets() const {
  std::vector<SetRunner*> all;
  all.reserve(places_.size());
  for (auto const& [owner, place] : places_)
    if (place->running) all.push_back(place->runner.get());
  return all;
}

/// Why a scale set that has failed is not served.
std::string House::reason_of(Place const& place) {
  std::string error = place.error->to_string();
  if (place.left == 0) return error;
  return "nobody looks after the runners that an earlier process has left (" +
         std::to_string(place.left) + "): " + error +
         (place.gone ? "; put the scale set back into the configuration file, or see `scaleset gc`"
                     : "");
}

std::vector<std::pair<base::OwnerKey, std::string>> House::unserved() const {
  std::vector<std::pair<base::OwnerKey, std::string>> all;
  for (auto const& [owner, place] : places_)
    if (!place->running)
      all.emplace_back(owner, place->error ? reason_of(*place) : std::string(kIsStarting));
  return all;
}

Snapshot House::snapshot() const {
  Snapshot snapshot;
  snapshot.problems = problems_;
  snapshot.sets.reserve(places_.size());
  for (auto const& [owner, place] : places_) {
    SetSnapshot set;
    set.owner = owner;
    set.reason = kIsStarting;
    if (place->runner) set = place->runner->snapshot();
    if (!place->running && place->error) {
      set.tried = true;
      set.readiness = Readiness::unserved;
      set.ready = false;
      set.reason = reason_of(*place);
    }
    if (place->is_missing && !place->gone) set.warning = kIsMissing;
    if (place->gone && place->left == 0) set.warning = kIsLeft;
    snapshot.sets.push_back(std::move(set));
  }
  return snapshot;
}

}  // namespace scaleset::daemon
