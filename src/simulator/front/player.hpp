#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/log.hpp"
#include "simulator/front/front.hpp"
#include "simulator/scenario/timeline.hpp"

namespace scaleset::simulator {

/// Makes all calls at once on a front that nothing else uses, to learn which would be refused: what
/// is wrong is reported before anything is started. Errors: invalid_argument, with the
/// call's origin and the control API's own words.
[[nodiscard]] Result<void> rehearse(Front& scratch, Timeline const& timeline);

/// Makes each call when its time has come by the simulator's clock, counted from `start`; returns
/// after the last, or when cancelled. If a virtual clock jumps over several calls they are made in
/// their order, after the jump. A call that is refused after all is logged. The front outlives it.
boost::asio::awaitable<void> play(Front* front, Timeline timeline, Timestamp start,
                                  base::Logger log);

}  // namespace scaleset::simulator
