#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <unordered_map>

#include "base/loop_timer.hpp"
#include "simulator/front/parts/time_keeper.hpp"
#include "simulator/model/entities.hpp"

namespace scaleset::simulator {

enum class WaitEnd : std::uint8_t { woken, time_up, cancelled };

/// The polls that are held now, by the channel that they wait for. Not thread-safe: used only on
/// the executor's thread.
class Waiters {
 public:
  explicit Waiters(TimeKeeper const* time) : time_(time) {}
  Waiters(Waiters const&) = delete;
  Waiters& operator=(Waiters const&) = delete;

  /// Returns when the channel is woken, when that time has come, or when the coroutine is
  /// cancelled. May also return `woken` without a reason.
  boost::asio::awaitable<WaitEnd> wait(Channel channel, Timestamp until);
  void wake(Channel channel);
  /// For virtual time that has moved: all polls look at the clock again.
  void wake_all();

 private:
  TimeKeeper const* time_;
  std::unordered_multimap<Channel, base::LoopTimer*> timers_;
};

}  // namespace scaleset::simulator
