#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <utility>

#include "base/condition.hpp"
#include "base/log.hpp"
#include "base/loop_timer.hpp"
#include "daemon/start_gate.hpp"

namespace scaleset::daemon {

/// Makes those wait that the StartGate of a credential does not admit yet. Used on the executor's
/// thread. Outlives those who wait.
class StartDoor {
 public:
  explicit StartDoor(boost::asio::any_io_executor executor, StartGateOptions options = {},
                     base::Logger log = {});
  void configure(StartGateOptions options);

  /// Waits until `set` may make a call. False: cancelled, or it would take longer. After true,
  /// done() has to be called once.
  boost::asio::awaitable<bool> enter(std::int64_t set, StartGate::Duration longest);
  /// The call has ended. `error` is null if it succeeded.
  void done(Error const* error);
  /// The door of enrolments with the same credential (enrolment_gate).
  [[nodiscard]] std::shared_ptr<StartDoor> const& enrolments();
  /// Those of `set` that wait return false: it starts nothing any more.
  void turn_away(std::int64_t set);

  [[nodiscard]] StartGate const& gate() const noexcept { return gate_; }

 private:
  struct Waiting {
    explicit Waiting(std::int64_t of) : set(of) {}
    std::int64_t set;
    bool admitted = false;
    bool turned_away = false;
    base::Condition changed;
  };
  [[nodiscard]] StartGate::TimePoint now() const { return base::loop_now(executor_).steady; }
  void admit();

  boost::asio::any_io_executor executor_;
  base::Logger log_;
  StartGate gate_;
  base::LoopTimer timer_;
  std::map<StartGate::Ticket, std::shared_ptr<Waiting>> waiting_;
  std::shared_ptr<StartDoor> enrolments_;  // null until somebody asks
};

/// Of a call that was admitted: tells the door of its end, even if that is an exception.
class StartPass {
 public:
  /// `door` may be null.
  explicit StartPass(std::shared_ptr<StartDoor> door) : door_(std::move(door)) {}
  StartPass(StartPass const&) = delete;
  StartPass& operator=(StartPass const&) = delete;
  ~StartPass() { done(nullptr); }
  void done(Error const* error) {
    if (auto const door = std::exchange(door_, nullptr)) door->done(error);
  }

 private:
  std::shared_ptr<StartDoor> door_;
};

}  // namespace scaleset::daemon
