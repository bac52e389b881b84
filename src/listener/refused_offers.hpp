#pragma once

#include <variant>
#include <vector>

#include "scaleset/types.hpp"

namespace scaleset::listener {

inline JobAvailable const* offer_in(JobMessage const& message) {
  return std::get_if<JobAvailable>(&message);
}
inline JobAvailable const* offer_in(JobAvailable const& offer) { return &offer; }

/// The offers among these jobs, a message's or listed ones, that `wants` says no to.
template <class Jobs, class Wants>
[[nodiscard]] std::vector<RequestId> refused_offers(Jobs const& jobs, Wants const& wants) {
  std::vector<RequestId> refused;
  for (auto const& job : jobs) {
    JobAvailable const* const offer = offer_in(job);
    if (offer != nullptr && !wants(*offer)) refused.push_back(offer->job.request);
  }
  return refused;
}

}  // namespace scaleset::listener
