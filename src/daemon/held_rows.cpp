#include "daemon/held_rows.hpp"

#include <algorithm>

namespace scaleset::daemon {

fleet::JobsHeldBefore held_before(std::vector<store::HeldRecord> const& records, Now const& now) {
  fleet::JobsHeldBefore before;
  before.jobs.reserve(records.size());
  for (store::HeldRecord const& record : records)
    before.jobs.push_back({record.runner, record.job, now.steady + (record.until - now.wall)});
  return before;
}

HeldRows::HeldRows(store::ScaleSetKey key, std::vector<store::HeldRecord> const& records)
    : key_(key) {
  durable_.reserve(records.size());
  for (store::HeldRecord const& record : records) durable_.emplace_back(record.runner, record.job);
}

std::optional<store::Change> HeldRows::change(std::vector<fleet::HeldJob> const& held,
                                              Now const& now) {
  pending_.reset();
  auto const is_known = [](fleet::HeldJob const& job, auto const& known) {
    return job.runner == known.first && job.id == known.second;
  };
  if (std::ranges::equal(held, durable_, is_known)) return std::nullopt;
  store::KeepHeld keep{key_, {}};
  keep.held.reserve(held.size());
  pending_.emplace().reserve(held.size());
  for (fleet::HeldJob const& job : held) {
    store::HeldRecord& record = keep.held.emplace_back();
    record.runner = job.runner;
    record.job = job.id;
    record.until =
        std::chrono::floor<std::chrono::milliseconds>(now.wall + (job.until - now.steady));
    pending_->emplace_back(job.runner, job.id);
  }
  return keep;
}

void HeldRows::written() {
  if (pending_) durable_ = *std::move(pending_);
  pending_.reset();
}

}  // namespace scaleset::daemon
