#include "daemon/start_door.hpp"

#include <utility>

namespace scaleset::daemon {

StartDoor::StartDoor(boost::asio::any_io_executor executor, StartGateOptions options,
                     base::Logger log)
    : executor_(std::move(executor)),
      log_(std::move(log)),
      gate_(options, now()),
      timer_(executor_) {}

void StartDoor::configure(StartGateOptions options) {
  gate_.configure(options, now());
  admit();
}

boost::asio::awaitable<bool> StartDoor::enter(std::int64_t set, StartGate::Duration longest) {
  StartGate::Ticket const ticket = gate_.join(set);
  auto const waiting = std::make_shared<Waiting>(set);
  waiting_.emplace(ticket, waiting);
  auto const until = now() + longest;
  admit();
  while (!waiting->admitted) {
    bool const waited = co_await waiting->changed.wait_for(until - now());
    bool const goes_on = waited && !waiting->turned_away && now() < until;
    if (waiting->admitted || goes_on) continue;
    waiting_.erase(ticket);
    gate_.leave(set, ticket);
    co_return false;
  }
  co_return true;
}

void StartDoor::done(Error const* error) {
  if (gate_.ended(error, now())) {
    auto const wait = error->retry_after.value_or(std::chrono::milliseconds(0));
    log_.warn(
        "GitHub wants fewer calls: runners are started more slowly for a while, in all scale sets "
        "with this credential",
        {{"error", error->message},
         {"per_minute", static_cast<std::int64_t>(gate_.rate() * 60)},
         {"wait_ms", std::int64_t{wait.count()}}});
  }
  admit();
}

std::shared_ptr<StartDoor> const& StartDoor::enrolments() {
  if (!enrolments_) enrolments_ = std::make_shared<StartDoor>(executor_, enrolment_gate(), log_);
  return enrolments_;
}

void StartDoor::turn_away(std::int64_t set) {
  for (auto const& [ticket, waiting] : waiting_) {
    if (waiting->set != set) continue;
    waiting->turned_away = true;
    waiting->changed.notify_all();
  }
}

void StartDoor::admit() {
  for (StartGate::Ticket const ticket : gate_.admit(now())) {
    auto const waiting = waiting_.extract(ticket).mapped();
    waiting->admitted = true;
    waiting->changed.notify_all();
  }
  auto const next = gate_.next();
  timer_.cancel();
  if (!next) return;
  timer_.expires_at(*next);
  timer_.on_expiry([this] { admit(); });
}

}  // namespace scaleset::daemon
