#include "daemon/house.hpp"

#include <utility>

namespace scaleset::daemon {

namespace asio = boost::asio;

House::House(asio::any_io_executor executor, std::vector<SetSettings> sets, HousePorts ports)
    : executor_(std::move(executor)),
      settings_(std::move(sets)),
      ports_(std::move(ports)),
      log_(ports_.hooks.log, "daemon"),
      running_(executor_, ports_.hooks.log) {}

Task<void> House::run() {
  if (detached_) co_return Result<void>();
  for (SetSettings& settings : settings_) {
    std::string const name = settings.name;
    if (auto opened = open(std::move(settings)); !opened) note_end(name, opened.error());
  }
  for (auto const& set : sets_) {
    // A drain may be asked for before there are any sets, and an earlier process may have left
    // runners.
    if (drained_because_) set->drain(*drained_because_);
    running_.spawn(run_set(set.get()));
  }
  co_await running_.join();
  if (first_error_) co_return std::unexpected(*first_error_);
  co_return Result<void>();
}

Result<void> House::open(SetSettings settings) {
  auto owner = owner_of(settings);
  if (!owner) return std::unexpected(owner.error());
  auto record = ports_.book->open_set(*owner);
  if (!record) return std::unexpected(record.error());
  auto ports = ports_.make_ports(settings, *owner, *record);
  if (!ports) return std::unexpected(ports.error());
  ports->book = ports_.book;
  ports->hooks = ports_.hooks;
  sets_.push_back(std::make_unique<SetRunner>(executor_, std::move(settings), *std::move(owner),
                                              *std::move(record), *std::move(ports)));
  return {};
}

asio::awaitable<void> House::run_set(SetRunner* set) {
  auto ended = co_await set->run();
  if (!ended) note_end(set->snapshot().owner.name, ended.error());
}

void House::note_end(std::string const& set, Error const& error) {
  if (!first_error_) first_error_ = error;
  // Whoever gets the error of run() says it.
  if (settings_.size() == 1) return;
  std::string const text = error.to_string();
  log_.error("a scale set is not served any more; the others are",
             {{"name", set}, {"error", text}});
}

void House::drain(std::string const& why) {
  drained_because_ = why;
  for (auto const& set : sets_) set->drain(why);
}

void House::detach(std::string const& why) {
  detached_ = true;
  for (auto const& set : sets_) set->detach(why);
}

void House::reload() {
  for (auto const& set : sets_) set->reload();
}

void House::give_up(Error const& error) {
  if (!first_error_) first_error_ = error;
  detach(error.message);
}

void House::report_waiting() const {
  for (auto const& set : sets_) set->report_waiting();
}

Snapshot House::snapshot() const {
  Snapshot snapshot;
  for (auto const& set : sets_) snapshot.sets.push_back(set->snapshot());
  return snapshot;
}

std::vector<SetRunner*> House::sets() const {
  std::vector<SetRunner*> sets;
  sets.reserve(sets_.size());
  for (auto const& set : sets_) sets.push_back(set.get());
  return sets;
}

}  // namespace scaleset::daemon
