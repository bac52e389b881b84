#include "daemon/start_gate.hpp"

#include <algorithm>
#include <cmath>

namespace scaleset::daemon {
namespace {

using Seconds = std::chrono::duration<double>;

/// After a refusal the full rate is reached again in at most this time.
constexpr Seconds kRecovery = std::chrono::minutes(10);
/// However often it is refused, calls go on.
constexpr double kLeastRate = 0.5;
/// The wait if the service names none.
constexpr std::chrono::seconds kUnnamedWait{1};

bool is_limit(Error const& error) {
  return error.code == ErrorCode::rate_limited ||
         (error.code == ErrorCode::forbidden && error.retry_after);
}

}  // namespace

StartGateOptions enrolment_gate() {
  StartGateOptions options;
  options.rate = options.burst = 1'000'000;
  options.parallel = 64;
  return options;
}

StartGate::StartGate(StartGateOptions options, TimePoint now)
    : options_(options),
      rate_(options.rate),
      calls_(options.burst),
      filled_at_(now),
      closed_until_(now) {}

void StartGate::configure(StartGateOptions options, TimePoint now) {
  refill(now);
  bool const slowed = rate_ < options_.rate;
  options_ = options;
  rate_ = slowed ? std::min(rate_, options.rate) : options.rate;
  calls_ = std::min(calls_, static_cast<double>(options.burst));
}

StartGate::Ticket StartGate::join(std::int64_t set) {
  auto& queue = waiting_[set];
  if (queue.empty()) turns_.push_back(set);
  queue.push_back(++last_);
  return last_;
}

void StartGate::leave(std::int64_t set, Ticket ticket) {
  auto const found = waiting_.find(set);
  if (found == waiting_.end()) return;
  std::erase(found->second, ticket);
  if (!found->second.empty()) return;
  waiting_.erase(found);
  std::erase(turns_, set);
}

std::vector<StartGate::Ticket> StartGate::admit(TimePoint now) {
  refill(now);
  std::vector<Ticket> admitted;
  while (!turns_.empty() && under_way_ < options_.parallel && calls_ >= 1 && now >= closed_until_) {
    std::int64_t const set = turns_.front();
    turns_.pop_front();
    auto& queue = waiting_.at(set);
    admitted.push_back(queue.front());
    queue.pop_front();
    if (queue.empty()) {
      waiting_.erase(set);
    } else {
      turns_.push_back(set);
    }
    ++under_way_;
    calls_ -= 1;
  }
  return admitted;
}

bool StartGate::ended(Error const* error, TimePoint now) {
  --under_way_;
  if (error == nullptr || !is_limit(*error)) return false;
  refill(now);
  // Calls that were under way together are refused together, which is one refusal.
  bool const first = now >= closed_until_;
  if (first) rate_ = std::max(rate_ / 2, std::min(kLeastRate, options_.rate));
  calls_ = std::min(calls_, 1.0);
  closed_until_ = std::max(closed_until_, now + error->retry_after.value_or(kUnnamedWait));
  filled_at_ = std::max(filled_at_, closed_until_);
  return first;
}

std::optional<StartGate::TimePoint> StartGate::next() const {
  // Otherwise the end of a call says when.
  if (turns_.empty() || under_way_ >= options_.parallel) return std::nullopt;
  if (calls_ >= 1) return closed_until_;
  // Rounded up, so that there is a call then.
  Seconds const missing((1 - calls_) / rate_);
  return filled_at_ + std::chrono::ceil<std::chrono::milliseconds>(missing);
}

std::size_t StartGate::waiting() const noexcept {
  std::size_t count = 0;
  for (auto const& [set, queue] : waiting_) count += queue.size();
  return count;
}

void StartGate::refill(TimePoint now) {
  if (now <= filled_at_) return;
  double const seconds = Seconds(now - filled_at_).count();
  filled_at_ = now;
  double const before = rate_;
  rate_ = std::min(options_.rate, before + options_.rate * seconds / kRecovery.count());
  calls_ = std::min<double>(options_.burst, calls_ + seconds * (before + rate_) / 2);
}

}  // namespace scaleset::daemon
