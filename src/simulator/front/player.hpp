#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/log.hpp"
#include "simulator/front/service.hpp"
#include "simulator/scenario/timeline.hpp"

namespace scaleset::simulator {

/// Makes all calls at once on a service that nobody else uses, in order to learn what would be
/// refused: what is wrong is said before anything is started. Errors: invalid_argument, with the
/// call's origin and the control API's own words.
[[nodiscard]] Result<void> rehearse(Service& scratch, Timeline const& timeline);

/// Makes each call when the service's clock has come to it, counted from `start`; returns after the
/// last, or when cancelled. Where a virtual clock jumps over several they happen in their order,
/// after the jump. What is refused after all is logged. `service` outlives it.
boost::asio::awaitable<void> play(Service* service, Timeline timeline, Timestamp start,
                                  base::Logger log);

}  // namespace scaleset::simulator
