#include "fleet/brake.hpp"

#include <algorithm>
#include <cstddef>

namespace scaleset::fleet {
namespace {

constexpr std::chrono::minutes kWindow{1};

}  // namespace

bool Brake::allow(int runners, TimePoint now) {
  while (!recent_.empty() && recent_.front() + kWindow <= now) recent_.erase(recent_.begin());
  auto const limit = static_cast<std::size_t>(std::max(2, runners / 10));
  if (recent_.size() >= limit) return false;
  recent_.push_back(now);
  return true;
}

std::optional<TimePoint> Brake::release() const noexcept {
  if (recent_.empty()) return std::nullopt;
  return recent_.front() + kWindow;
}

}  // namespace scaleset::fleet
