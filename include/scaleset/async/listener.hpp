#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "scaleset/async/client.hpp"
#include "scaleset/async/transport.hpp"

namespace scaleset::async {

/// What the user of a Listener implements. Called on the client's executor, in message order, never
/// two at a time.
class ListenerHandler {
 public:
  virtual ~ListenerHandler() = default;
  /// Makes a message's content durable. It is acknowledged once this has succeeded, and delivered
  /// again after a failure, so it may arrive more than once. `message.jobs` is empty for the
  /// statistics a session opens with. Not cancelled by stop().
  virtual Task<void> apply(Message message) = 0;
  /// Puts aside, for a person to look at, a message that apply() has refused again and again; it is
  /// acknowledged then, so that it does not block the ones behind it (field problem A5).
  virtual Task<void> quarantine(Message message) = 0;
  /// A poll ended without a message: the last statistics still hold. The next poll begins when this
  /// has ended; a failure is logged.
  virtual Task<void> idle() { co_return Result<void>(); }
  /// The total number of runners the scale set can have now, busy ones included (spec 9); asked
  /// before each poll.
  virtual int capacity() = 0;
  /// The scale set no longer exists at the service (field problem A4): the answer is the id of the
  /// one to go on with. Called again, with growing delays, after a failure.
  virtual Task<ScaleSetId> replace_scale_set() = 0;
};

/// Listens to one scale set's queue until it is told to stop, through everything the service does
/// (field problems A1 to A9): it owns the session, re-creates it when it is lost, waits out another
/// owner's, acknowledges after apply(), and never ends by itself. One thread: the client's
/// executor. The client and the handler must outlive run().
class Listener {
 public:
  struct Impl;
  /// What a Listener is made with. Not checked before run().
  struct Options {
    Options() = default;
    ScaleSetId scale_set;  // not known to the service: replace_scale_set() is asked
    std::string owner;     // shown to whoever finds the scale set taken: the host's name
    /// Left behind by an earlier process: closed first, so that our own old session is not in our
    /// way for 90 s.
    std::optional<std::string> previous_session;
    /// Told each time a session is opened (its id) or closed (empty).
    std::function<void(std::string)> on_session;
    Hooks hooks;  // of the listener; its HTTP calls are told to ClientOptions::hooks
  };
  /// `executor` is the client's. Does no I/O.
  Listener(boost::asio::any_io_executor executor, Client& client, ListenerHandler& handler,
           Options options);
  Listener(Listener const&) = delete;
  Listener& operator=(Listener const&) = delete;
  ~Listener();

  /// Returns after stop(), with the session closed as far as the service let us (bounded: 10 s). An
  /// error: something that no repetition can help, such as an owner's name no session can be opened
  /// with.
  Task<void> run();
  /// Interrupts a poll or a wait at once; a message already received is handled to its end.
  void stop();
  /// Cuts the poll short, so that the service learns of the new capacity() now.
  void capacity_changed();

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace scaleset::async
