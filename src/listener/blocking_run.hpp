#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "listener/listener_report.hpp"
#include "listener/refused_offers.hpp"
#include "protocol/machines/listener_machine.hpp"
#include "scaleset/listener.hpp"
#include "scaleset/message_source.hpp"

namespace scaleset::listener {

/// One run() of the blocking listener: carries out the machine's actions on the thread that called
/// run(). A stop or a new maximum may come from other threads, so a mutex guards the machine. It is
/// never held while an action is carried out.
class BlockingRun {
 public:
  /// All references must outlive it. `max_runners` may be changed by other threads.
  BlockingRun(SessionSource& source, Listener::Options const& options,
              std::atomic<int> const& max_runners, Scaler& scaler);
  BlockingRun(BlockingRun const&) = delete;
  BlockingRun& operator=(BlockingRun const&) = delete;

  /// See Listener::run.
  Result<void> run(std::stop_token stop);
  /// May be called from any thread, at any time before the destructor.
  void capacity_changed();

 private:
  using Action = protocol::ListenerAction;
  using Machine = protocol::ListenerMachine;
  using Event = std::function<Action(Machine&)>;

  /// Tells the machine what happened and returns what to do next.
  Action tell(Event const& event);
  /// For events that may come from any thread at any time. Interrupts the action under way if the
  /// machine says so.
  void interrupt(Event const& event);
  void stop_requested();
  [[nodiscard]] protocol::Moment at() const;

  Action perform(Action action);
  Action open(std::string const& reason);
  Action poll(MessageId last, int capacity);
  Action check_statistics();
  Action apply(Message const& message);
  Action quarantine(Message const& message);
  Action look_for_offers();
  Action keep_offers(std::vector<OpenOffer> const& offers);
  Action acquire(std::vector<RequestId> ids);
  Action acknowledge(MessageId id);
  Action wait(std::chrono::milliseconds delay);
  Action close();
  Action replace();

  // Calls of the Scaler.
  /// The offers among `jobs` that the Scaler does not want.
  template <class Jobs>
  [[nodiscard]] std::vector<RequestId> refused_of(Jobs const& jobs) const {
    return refused_offers(jobs, [this](JobAvailable const& job) { return scaler_.wants(job); });
  }
  Result<void> guarded(std::function<Result<void>()> const& call);
  Result<void> handle(Message const& message);
  Result<void> handle(JobMessage const& job);
  Result<void> ask_for_desired_count();
  void tell_session(std::string const& id);

  SessionSource& source_;
  Listener::Options const& options_;
  std::atomic<int> const& max_runners_;
  Scaler& scaler_;
  Hooks const hooks_;
  ListenerReport report_;
  ScaleSetId scale_set_;                       // the present one: it may be replaced
  std::optional<std::int64_t> assigned_jobs_;  // the last known
  std::exception_ptr thrown_;                  // by the Scaler

  std::mutex mutex_;
  Machine machine_;               // guarded by the mutex
  std::stop_source interrupter_;  // guarded by the mutex; interrupts the action under way
  std::stop_token interrupted_;   // its token, for the thread that carries out the action
};

}  // namespace scaleset::listener
