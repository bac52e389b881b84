#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "scaleset/client.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/message_source.hpp"
#include "scaleset/types.hpp"

/// The blocking listener. No Boost, curl or JSON header is reachable from here.
///
/// In short: a **Listener** listens to one scale set and calls a **Scaler**, which the user
/// implements and which starts and stops runners. The Listener gets its messages from a
/// **SessionSource**: a Client's, unless a test brings another. **StrictListener** does the same as
/// GitHub's Go package does, bugs included. The coroutine counterparts are in scaleset/async/;
/// there, Listener calls a **ListenerHandler** instead of a Scaler.
namespace scaleset::inline v0 {

/// What the user of a listener implements. Called on the thread that called run(), in message
/// order, never two calls at a time. If any method fails, the whole message counts as failed: it is
/// not acknowledged but delivered again, so every method must be idempotent.
/// An exception ends run(): the session is closed, the message goes to the next session, and run()
/// throws the exception.
class Scaler {
 public:
  virtual ~Scaler() = default;
  /// The whole message. Called before the methods below, each of which gets a part of it. The
  /// statistics that a session opens with come as a message without jobs whose id is 0. Not called
  /// by StrictListener.
  virtual Result<void> on_message(Message const& /*message*/) { return {}; }
  /// Whether to acquire a job that the service offers (GHES, protocol.md 9). Asked once for each
  /// offer, after the message was handled. Jobs that are not wanted are left to other scale sets;
  /// the others are acquired oldest first, as far as there is room. By default all are wanted. Not
  /// called by StrictListener, which acquires everything.
  virtual bool wants(JobAvailable const& /*job*/) { return true; }
  /// Makes the open offers durable, in place of those that were kept before. Only called for a
  /// service that does not list its offers (E18 answers 404, protocol.md 9): it offers a job once,
  /// so the message of an offer is acknowledged once this has succeeded. The next process passes
  /// them as Options::offers. Not called by StrictListener.
  virtual Result<void> keep_offers(std::vector<OpenOffer> const& /*offers*/) { return {}; }
  /// A job started. Called in the order of the message.
  virtual Result<void> on_job_started(JobStarted const& /*job*/) { return {}; }
  /// A job ended; JobCompleted::result says how. Called in the order of the message. The runner's
  /// name is empty if the job never ran, for instance because it was cancelled early.
  virtual Result<void> on_job_completed(JobCompleted const& /*job*/) { return {}; }
  /// How many jobs are assigned to the scale set, running ones included. Scale by this number,
  /// never by counting messages. Called last for each message, and again after a poll that brought
  /// nothing (about every 50 s), so that what failed can be tried again. Returns the number of
  /// runners that the Scaler wants now, which is only reported (MetricsSink::on_desired_runners).
  virtual Result<std::int64_t> on_desired_runner_count(std::int64_t assigned_jobs) = 0;
  /// This message has failed four times. It is acknowledged after this call, so that the messages
  /// behind it get through: this is the last chance to keep it. If the call throws, the message
  /// stays in the queue and is delivered again.
  virtual void on_quarantined(Message const& /*message*/) {}
  /// A session with this id was opened, or, if the id is empty, the session was closed. Store the
  /// id: after a crash, the next process passes it as Options::previous_session.
  virtual void on_session(std::string const& /*id*/) {}
  /// The service had lost the scale set (field problem A4). It was found again by its name or
  /// created anew: make JIT configurations for this one from now on. Runners of the old one get no
  /// more jobs. Called again, with growing delays, after a failure.
  virtual Result<void> on_scale_set_replaced(ScaleSet const& /*scale_set*/) { return {}; }
};

/// Listens to one scale set's queue until it is stopped, whatever the service does (field problems
/// A1 to A5, A7 to A9): it opens the session, opens it again when the service loses it, waits while
/// another owner has one, and acknowledges each message after the Scaler has handled it.
///
///     Listener listener(client, options);
///     auto ended = listener.run(scaler, stop.get_token());
class Listener {
 public:
  struct Impl;
  /// Checked by run(): `scale_set` needs an id and a name, `owner` must not be empty, `max_runners`
  /// must be 0 or more.
  struct Options {
    Options() = default;
    /// As find_scale_set or create_scale_set returned it. Name, group and labels are needed to
    /// create it again if the service loses it.
    ScaleSet scale_set;
    /// Shown to whoever finds the scale set taken. Usually the host's name.
    std::string owner;
    /// The total number of runners the scale set can have now, busy ones included. With 0 the
    /// service assigns no job.
    int max_runners = 0;
    /// The session that an earlier process left behind. It is closed first, so that it does not
    /// block the new one for 90 s.
    std::optional<std::string> previous_session;
    /// What Scaler::keep_offers() kept last, in an earlier process.
    std::vector<OpenOffer> offers;
    Hooks hooks;  // for the listener itself; its HTTP calls use ClientOptions::hooks
  };
  /// Does no network I/O.
  Listener(Client client, Options options);
  /// For tests and other sources of messages. The source must outlive the listener.
  Listener(SessionSource& source, Options options);
  Listener(Listener const&) = delete;
  Listener& operator=(Listener const&) = delete;
  ~Listener();

  /// Returns after `stop`, once the session is closed or 10 s have passed. A stop interrupts a poll
  /// or a wait at once; a message already received is handled to its end. Errors: only those that
  /// retrying cannot fix, such as invalid_argument for options without an owner. One run at a
  /// time.
  Result<void> run(Scaler& scaler, std::stop_token stop);
  /// May be called from any thread. Interrupts the poll under way, so that the service learns of
  /// the new number now: a lower one keeps it from assigning jobs that there is no room for.
  /// Errors: invalid_argument (the number is negative).
  Result<void> set_max_runners(int max_runners);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace scaleset::inline v0
