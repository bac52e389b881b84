#pragma once

#include <vector>

#include "scaleset/types.hpp"

namespace scaleset::listener {

/// The jobs that the message offers and that `wants` says no to.
template <class Wants>
[[nodiscard]] std::vector<RequestId> refused_offers(Message const& message, Wants const& wants) {
  std::vector<RequestId> refused;
  for (auto const& job : message.jobs) {
    auto const* const offer = std::get_if<JobAvailable>(&job);
    if (offer != nullptr && !wants(*offer)) refused.push_back(offer->job.request);
  }
  return refused;
}

}  // namespace scaleset::listener
