#include "protocol/machines/offer_book.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace scaleset::protocol {
namespace {

// Limits the memory that a service can make a client use.
constexpr std::size_t kMostOffers = 1000;

/// 0: the message is not about a job, or the job cannot be acquired.
RequestId request_of(JobMessage const& message) {
  return std::visit(
      [](auto const& known) {
        if constexpr (requires { known.job; }) {
          return known.job.request;
        } else {
          return RequestId{};
        }
      },
      message);
}

}  // namespace

void OfferBook::take(std::vector<JobMessage> const& jobs, std::vector<RequestId> const& refused) {
  for (auto const& message : jobs) {
    RequestId const id = request_of(message);
    if (id.value == 0) continue;
    // Before the test for an offer: whatever else a message says about a job (assigned, started,
    // completed) means that it can no longer be acquired, and a repeated offer is kept once.
    forget(id);
    if (auto const* available = std::get_if<JobAvailable>(&message)) add(*available);
  }
  put_in_order(refused);
}

void OfferBook::replace(std::vector<JobAvailable> const& offers,
                        std::vector<RequestId> const& refused) {
  offers_.clear();
  for (JobAvailable const& offer : offers) {
    forget(offer.job.request);
    add(offer);
  }
  put_in_order(refused);
  // Older statistics would make the service be asked again.
  available_ = static_cast<std::int64_t>(offers_.size());
}

void OfferBook::add(JobAvailable const& offer) {
  offers_.push_back({offer.job.request, offer.job.queued_at.value_or(Timestamp())});
}

void OfferBook::put_in_order(std::vector<RequestId> const& refused) {
  for (Offer& offer : offers_) {
    if (std::ranges::find(refused, offer.id) != refused.end()) offer.is_refused = true;
  }
  // An offer without a time counts as the oldest.
  std::stable_sort(offers_.begin(), offers_.end(), [](Offer const& a, Offer const& b) {
    return std::pair(a.queued_at, a.id) < std::pair(b.queued_at, b.id);
  });
  if (offers_.size() > kMostOffers) offers_.resize(kMostOffers);
}

bool OfferBook::is_complete() const noexcept {
  return offers_.size() >= kMostOffers || available_ <= static_cast<std::int64_t>(offers_.size());
}

void OfferBook::know(Statistics const& statistics) {
  // A job that was acquired is counted apart until it is assigned (protocol.md 6.6). The counts
  // come from the service, so they may be anything, and must not overflow.
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  assigned_ = std::clamp<std::int64_t>(statistics.assigned_jobs, 0, kMost) +
              std::clamp<std::int64_t>(statistics.acquired_jobs, 0, kMost);
  // The new counts include what was granted before. Kept, it would be counted twice, and too few
  // jobs would be acquired.
  granted_ = 0;
  available_ = std::max<std::int64_t>(statistics.available_jobs, 0);
}

std::vector<RequestId> OfferBook::affordable(int capacity) const {
  std::vector<RequestId> ids;
  std::int64_t room = capacity;
  // The counts come from the service, so they may be anything, negative too.
  if (assigned_ > 0) room = assigned_ >= room ? 0 : room - assigned_;
  room -= granted_;
  for (auto const& offer : offers_) {
    if (static_cast<std::int64_t>(ids.size()) >= room) break;
    if (!offer.is_refused) ids.push_back(offer.id);
  }
  return ids;
}

void OfferBook::record_answer(std::vector<RequestId> const& asked, std::size_t granted) {
  // Also those that were not granted: another scale set has them, and asking again would not help.
  for (auto const id : asked) forget(id);
  available_ -= static_cast<std::int64_t>(asked.size());
  // A service that claims more grants than it was asked for must not take away room for others.
  granted_ += static_cast<std::int64_t>(std::min(granted, asked.size()));
}

std::vector<OpenOffer> OfferBook::open() const {
  std::vector<OpenOffer> offers;
  for (Offer const& offer : offers_)
    if (!offer.is_refused) offers.push_back({offer.id, offer.queued_at});
  return offers;
}

void OfferBook::remember(std::vector<OpenOffer> const& offers) {
  for (OpenOffer const& offer : offers) {
    forget(offer.request);
    offers_.push_back({offer.request, offer.queued_at});
  }
  put_in_order({});
}

bool OfferBook::has_any_of(std::vector<JobMessage> const& jobs) const {
  return std::any_of(jobs.begin(), jobs.end(), [this](JobMessage const& message) {
    auto const* available = std::get_if<JobAvailable>(&message);
    return available != nullptr &&
           std::any_of(offers_.begin(), offers_.end(), [available](Offer const& offer) {
             return !offer.is_refused && offer.id == available->job.request;
           });
  });
}

void OfferBook::forget(RequestId id) {
  std::erase_if(offers_, [id](Offer const& offer) { return offer.id == id; });
}

}  // namespace scaleset::protocol
