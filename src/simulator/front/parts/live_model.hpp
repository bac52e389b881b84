#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <optional>

#include "base/log.hpp"
#include "simulator/front/parts/state_file.hpp"
#include "simulator/front/parts/time_keeper.hpp"
#include "simulator/front/parts/waiters.hpp"
#include "simulator/model/model.hpp"

namespace scaleset::simulator {

/// The model in operation: with the clock that drives it, the polls that wait for it, and the file
/// that keeps it. One thread.
class LiveModel {
 public:
  LiveModel(boost::asio::any_io_executor executor, Model initial_model, TimeKeeper time_keeper,
            std::optional<StateWriter> state_writer, base::Logger log);
  LiveModel(LiveModel const&) = delete;
  LiveModel& operator=(LiveModel const&) = delete;

  Model model;
  TimeKeeper time;
  Waiters waiters;

  [[nodiscard]] Timestamp now() const noexcept { return time.now(); }
  [[nodiscard]] Profile profile() const noexcept { return model.options().profile; }
  /// Lets everything happen that is due by now. Operations of the model do so by themselves; this
  /// is for those that only read.
  void catch_up() { model.advance(now()); }
  /// Call this after the model may have changed and before anything is answered: it saves the
  /// changes, wakes the polls that they concern and sets the timer. False: the changes could not be
  /// saved (which is logged), so no answer may tell of them.
  [[nodiscard]] bool commit_changes();
  /// Lets the model's own deadlines happen, until cancelled. For a clock that runs by itself.
  boost::asio::awaitable<void> keep_time();

 private:
  void set_timer();

  boost::asio::steady_timer timer_;
  Timestamp timer_deadline_ = Timestamp::min();
  std::optional<StateWriter> state_writer_;
  std::uint64_t saved_revision_ = 0;
  base::Logger log_;
};

}  // namespace scaleset::simulator
