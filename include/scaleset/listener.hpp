#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "scaleset/client.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/types.hpp"

/// The blocking listener. No Boost, curl or JSON header is reachable from here.
namespace scaleset {

/// What the user of a listener implements. Called on the thread that called run(), in message
/// order, never two at a time. A failure of any of them fails the whole message: it is not
/// acknowledged but delivered again, so every method must bear being told the same thing twice. An
/// exception ends run(): the session is closed, the message comes again to the next one, and the
/// exception is thrown on.
class Scaler {
 public:
  virtual ~Scaler() = default;
  /// Everything there is to know, before the methods below are told their part of it. Id 0: the
  /// statistics a session opens with, no jobs. Not called by StrictListener.
  virtual Result<void> on_message(Message const& /*message*/) { return {}; }
  /// In the order of the message. The runner's name is empty for a job that never was on a runner,
  /// such as one that was cancelled early.
  virtual Result<void> on_job_started(JobStarted const& /*job*/) { return {}; }
  /// As on_job_started. JobCompleted::result says how it ended.
  virtual Result<void> on_job_completed(JobCompleted const& /*job*/) { return {}; }
  /// How many jobs are assigned to the scale set, running ones included: what one scales by, never
  /// the number of messages. Called last for each message that counts, and again after a poll that
  /// brought nothing (about every 50 s), so that what failed can be tried again. The answer is the
  /// number of runners aimed at; it is only measured (MetricsSink::on_desired_runners).
  virtual Result<std::int64_t> on_desired_runner_count(std::int64_t assigned_jobs) = 0;
  /// This message has failed four times; it is acknowledged without effect, so that the ones behind
  /// it get through. The last chance to keep it.
  virtual void on_quarantined(Message const& /*message*/) {}
  /// A session was opened (its id) or closed (empty). Keep it for Options::previous_session of a
  /// process that comes after a crash of this one.
  virtual void on_session(std::string const& /*id*/) {}
  /// The service had lost the scale set (field problem A4). It was found again by its name, or
  /// created anew: from now on this is the one to make JIT configurations for. Runners of the old
  /// one get no more jobs. Called again, with growing delays, after a failure.
  virtual Result<void> on_scale_set_replaced(ScaleSet const& /*scale_set*/) { return {}; }
};

/// Listens to one scale set's queue until it is told to stop, through whatever the service does
/// (field problems A1 to A5, A7 to A9): it opens the session and opens it again when it is lost,
/// waits out another owner's, and acknowledges a message once the Scaler has taken it.
///
///     auto listener = Listener(client, options);
///     auto ended = listener.run(scaler, stop.get_token());
class Listener {
 public:
  struct Impl;
  /// Checked by run(): `scale_set` needs id and name, `owner` a text, `max_runners` 0 or more.
  struct Options {
    Options() = default;
    /// As find_scale_set or create_scale_set returned it: name, group and labels are needed to
    /// create it again should the service lose it.
    ScaleSet scale_set;
    std::string owner;    // shown to whoever finds the scale set taken: the host's name
    int max_runners = 0;  // the total the scale set can have now, busy ones included; 0: no jobs
    /// Left behind by an earlier process: closed first, so that our own old session is not in our
    /// way for 90 s.
    std::optional<std::string> previous_session;
    Hooks hooks;  // of the listener; its HTTP calls are told to ClientOptions::hooks
  };
  /// Does no network I/O.
  Listener(Client client, Options options);
  Listener(Listener const&) = delete;
  Listener& operator=(Listener const&) = delete;
  ~Listener();

  /// Returns after `stop`, with the session closed as far as the service let us (bounded: 10 s). A
  /// stop interrupts a poll or a wait at once; a message already received is handled to its end.
  /// Errors: those that no repetition can help, such as invalid_argument for options without an
  /// owner. One run at a time.
  Result<void> run(Scaler& scaler, std::stop_token stop);
  /// Any thread. Cuts the poll under way short, so that the service learns of it now: lowering it
  /// keeps jobs from being assigned that there is no room for. Errors: invalid_argument (negative).
  Result<void> set_max_runners(int max_runners);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace scaleset
