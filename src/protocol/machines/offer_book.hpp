#pragma once

#include <cstdint>
#include <vector>

#include "scaleset/types.hpp"

namespace scaleset::protocol {

/// The jobs that a GitHub Enterprise Server offers and that were not acquired yet (protocol.md 9,
/// field problem A7). The service offers a job once and then waits. Offers that there is no room
/// for are kept here until there is room.
class OfferBook {
 public:
  /// Adds what a message offers; forgets offers that became somebody's job. At most a thousand are
  /// kept, the oldest ones. Offers that were `refused` are left to other scale sets.
  void take(std::vector<JobMessage> const& jobs, std::vector<RequestId> const& refused = {});
  /// The service listed all open offers (E18). `refused` as above.
  void replace(std::vector<JobAvailable> const& offers, std::vector<RequestId> const& refused = {});
  /// The service sent new statistics. They include the jobs that were granted before.
  void know(Statistics const& statistics);

  /// The oldest offers that fit into `capacity` next to what is assigned or was granted since the
  /// last statistics.
  [[nodiscard]] std::vector<RequestId> affordable(int capacity) const;
  /// Of the jobs `asked` for, `granted` were acquired; the others went to another scale set.
  void record_answer(std::vector<RequestId> const& asked, std::size_t granted);
  /// All that are open and were not refused, oldest first; and the same back again.
  [[nodiscard]] std::vector<OpenOffer> open() const;
  void remember(std::vector<OpenOffer> const& offers);
  /// Whether one of these messages is an offer that is still open.
  [[nodiscard]] bool has_any_of(std::vector<JobMessage> const& jobs) const;
  /// Whether the service counts no more offers than are known here.
  [[nodiscard]] bool is_complete() const noexcept;

 private:
  struct Offer {
    RequestId id;
    Timestamp queued_at;
    bool is_refused = false;
  };
  void add(JobAvailable const& offer);
  void forget(RequestId id);
  void put_in_order(std::vector<RequestId> const& refused);

  std::vector<Offer> offers_;  // oldest first
  std::int64_t assigned_ = 0;
  std::int64_t granted_ = 0;    // since the last statistics
  std::int64_t available_ = 0;  // offers that the service has, as far as it said
};

}  // namespace scaleset::protocol
