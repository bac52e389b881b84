#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scaleset/async/client.hpp"
#include "scaleset/async/message_source.hpp"
#include "scaleset/async/transport.hpp"

namespace scaleset::inline v0::async {

/// What the user of a Listener implements. Called on the Listener's executor, in message order,
/// never two calls at a time. An exception counts as a failure of the method (ErrorCode::backend).
class ListenerHandler {
 public:
  virtual ~ListenerHandler() = default;
  /// Makes a message's content durable. The message is acknowledged once this has succeeded and is
  /// delivered again after a failure, so the same message may arrive more than once. `message.jobs`
  /// is empty for the statistics that a session opens with; their id is 0. stop() does not cancel
  /// it.
  virtual Task<void> apply(Message message) = 0;
  /// Sets aside, for a person to look at, a message that apply() has refused four times. The
  /// message is acknowledged afterwards, so that it does not block the messages behind it (field
  /// problem A5). After a failure it stays in the queue and is delivered again.
  virtual Task<void> quarantine(Message message) = 0;
  /// Whether to acquire a job that the service offers. See scaleset::Scaler::wants.
  virtual bool wants(JobAvailable const& /*job*/) { return true; }
  /// Makes the open offers durable, in place of those that were kept before. Only called for a
  /// service that does not list its offers (E18 answers 404, protocol.md 9): it offers a job once,
  /// so the message of an offer is acknowledged once this has succeeded. See Options::offers.
  virtual Task<void> keep_offers(std::vector<OpenOffer> /*offers*/) { co_return Result<void>(); }
  /// A poll ended without a message, so the last statistics still hold. The next poll begins when
  /// this has ended. A failure is logged and has no other effect. Cancelled by stop(), and when
  /// capacity() changes.
  virtual Task<void> idle() { co_return Result<void>(); }
  /// The total number of runners the scale set can have now, busy ones included (protocol.md 9).
  /// Asked before each poll. If it throws, the number that it returned last still holds.
  virtual int capacity() = 0;
  /// The service has lost the scale set (field problem A4). Returns the id of the scale set to go
  /// on with; see Client::get_or_create_scale_set. Called again, with growing delays, after a
  /// failure.
  virtual Task<ScaleSetId> replace_scale_set() = 0;
};

/// Listens to one scale set's queue until it is stopped, whatever the service does (field problems
/// A1 to A9): it opens the session, opens it again when the service loses it, waits while another
/// owner has one, acknowledges each message after apply(), and never ends by itself. Not
/// thread-safe: use it only on the executor's thread. Source, client and handler must outlive
/// run().
class Listener {
 public:
  struct Impl;
  /// What a Listener is made with. Checked by run().
  struct Options {
    Options() = default;
    /// The scale set to listen to. If the service does not know it, replace_scale_set() is asked.
    ScaleSetId scale_set;
    /// Shown to whoever finds the scale set taken. Usually the host's name.
    std::string owner;
    /// The session that an earlier process left behind. It is closed first, so that it does not
    /// block the new one for 90 s.
    std::optional<std::string> previous_session;
    /// What ListenerHandler::keep_offers() kept last, in an earlier process.
    std::vector<OpenOffer> offers;
    /// Called with the session's id each time a session is opened, and with an empty text when it
    /// was closed. Not called if closing it failed: the next process may have to close it, as its
    /// previous_session. May be null.
    std::function<void(std::string)> on_session;
    /// Called with the error each time a session could not be opened or a poll has failed, and with
    /// null when a poll was answered. May be null.
    std::function<void(Error const*)> on_trouble;
    Hooks hooks;  // for the listener itself; its HTTP calls use ClientOptions::hooks
  };
  /// Does no I/O. `executor` is the client's.
  Listener(boost::asio::any_io_executor executor, Client& client, ListenerHandler& handler,
           Options options);
  /// For tests and other sources of messages. Does no I/O.
  Listener(boost::asio::any_io_executor executor, SessionSource& source, ListenerHandler& handler,
           Options options);
  Listener(Listener const&) = delete;
  Listener& operator=(Listener const&) = delete;
  ~Listener();

  /// Returns after stop(), once the session is closed or 8 s have passed. Errors: only those that
  /// retrying cannot fix, such as an owner's name that the service can never accept.
  Task<void> run();
  /// Interrupts a poll or a wait at once. A message already received is handled to its end, but
  /// calls to the service that this takes are given 3 s, and closing the session 5 s. apply() and
  /// quarantine() are waited for.
  void stop();
  /// Interrupts the poll under way if it advertised another capacity(), so that the service learns
  /// of the new one now.
  void capacity_changed();
  /// For a handler that has asked the service for the scale set's statistics, in idle() for
  /// example: messages may have been lost or wrong. If they count jobs that are offered and not
  /// known, these are asked for before the next poll (protocol.md E18).
  void statistics_seen(Statistics const& statistics);
  /// Ends the wait that follows an error, for a program that knows that its reason is gone: after
  /// Client::reload(), for example. Without effect while the listener does not wait.
  void retry_now();

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace scaleset::inline v0::async
