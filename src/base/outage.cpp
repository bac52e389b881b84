#include "base/outage.hpp"

#include <algorithm>

namespace scaleset::base {

bool Outage::failed(Error const& error, TimePoint now) {
  if (failures_++ == 0) since_ = now;
  std::pair const kind(error.code, error.http_status);
  bool const is_new = std::ranges::find(told_, kind) == told_.end();
  if (is_new) told_.push_back(kind);
  bool const is_due = now - told_at_ >= std::chrono::minutes(1);
  if (!is_new && !is_due) return false;
  told_at_ = now;
  return true;
}

std::optional<std::chrono::milliseconds> Outage::worked(TimePoint now) {
  if (failures_ == 0) return std::nullopt;
  auto const lasted = std::chrono::duration_cast<std::chrono::milliseconds>(now - since_);
  *this = Outage();
  return lasted;
}

std::string in_words(std::chrono::milliseconds time) {
  auto const seconds = std::chrono::round<std::chrono::seconds>(time).count();
  auto const minutes = seconds / 60;
  if (minutes == 0) return std::to_string(seconds) + " s";
  if (minutes < 60) return std::to_string(minutes) + " min " + std::to_string(seconds % 60) + " s";
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

}  // namespace scaleset::base
