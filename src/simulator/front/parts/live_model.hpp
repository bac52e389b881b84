#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>

#include "base/condition.hpp"
#include "base/log.hpp"
#include "simulator/front/parts/state_file.hpp"
#include "simulator/front/parts/time_keeper.hpp"
#include "simulator/front/parts/waiters.hpp"
#include "simulator/model/model.hpp"

namespace scaleset::simulator {

/// The model in operation: with the clock that drives it, the polls that wait for it, and the file
/// that keeps it. Not thread-safe.
class LiveModel {
 public:
  LiveModel(Model initial_model, TimeKeeper time_keeper, std::optional<StateWriter> state_writer,
            base::Logger log);
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
  /// changes, wakes the polls that they concern and tells keep_time() of new deadlines. False: the
  /// changes could not be saved (which is logged), so no answer may tell of them.
  [[nodiscard]] bool commit_changes();
  /// Lets the model's own deadlines happen, until cancelled. For a clock that runs by itself.
  boost::asio::awaitable<void> keep_time();

 private:
  base::Condition new_deadline_;
  Timestamp deadline_ = Timestamp::min();  // that keep_time() waits for
  std::optional<StateWriter> state_writer_;
  std::uint64_t saved_revision_ = 0;
  base::Logger log_;
};

}  // namespace scaleset::simulator
