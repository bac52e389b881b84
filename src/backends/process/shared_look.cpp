#include "backends/process/shared_look.hpp"

#include <algorithm>
#include <utility>

namespace scaleset::backends {

SharedLook::SharedLook(std::chrono::milliseconds oldest, std::function<ProcessView()> look,
                       std::function<TimePoint()> now)
    : oldest_(oldest), look_(std::move(look)), now_(std::move(now)) {}

std::chrono::milliseconds SharedLook::Taken::age_at(TimePoint time) const {
  return std::chrono::ceil<std::chrono::milliseconds>(
      std::max(time - began, TimePoint::duration(0)));
}

std::shared_ptr<SharedLook::Taken const> SharedLook::get(TimePoint asked_at, TimePoint not_before) {
  TimePoint const earliest = std::max(not_before, asked_at - oldest_);
  if (last_ && last_->began >= earliest) return last_;
  // Before the look: what happens while it lasts may be missing from it.
  TimePoint const began = now_();
  last_ = std::make_shared<Taken const>(began, look_());
  return last_;
}

}  // namespace scaleset::backends
