#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <unordered_map>

#include "simulator/front/time_keeper.hpp"
#include "simulator/model/entities.hpp"

namespace scaleset::simulator {

enum class WaitEnd : std::uint8_t { woken, time_up, cancelled };

/// The polls that are held right now, by what they wait for. One thread: the executor's.
class Waiters {
 public:
  explicit Waiters(TimeKeeper const* time) : time_(time) {}
  Waiters(Waiters const&) = delete;
  Waiters& operator=(Waiters const&) = delete;

  /// Until the channel is woken, that time has come, or the coroutine is cancelled. May also end
  /// for no reason, as "woken".
  boost::asio::awaitable<WaitEnd> wait(Channel channel, Timestamp until);
  void wake(Channel channel);
  /// Virtual time has moved: everyone looks at the clock again.
  void wake_all();

 private:
  TimeKeeper const* time_;
  std::unordered_multimap<Channel, boost::asio::steady_timer*> timers_;
};

}  // namespace scaleset::simulator
