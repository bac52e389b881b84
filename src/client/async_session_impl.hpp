#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/condition.hpp"
#include "client/async_client_impl.hpp"
#include "protocol/machines/session_machine.hpp"
#include "protocol/machines/session_opening.hpp"

namespace scaleset::inline v0::async {

/// Opens a session (E10), trying as long as `options` say (protocol::SessionOpening). A session
/// that came without a queue is deleted before the next try. Errors: session_conflict with the
/// owner's name, malformed_response (no queue), and those of every call.
Task<protocol::SessionInfo> create_session(std::shared_ptr<Client::Impl> client,
                                           ScaleSetId scale_set, std::string owner,
                                           SessionOptions options);
/// Ends a session (E12).
Task<void> delete_session(std::shared_ptr<Client::Impl> client, ScaleSetId scale_set,
                          std::string session_id);

struct MessageSession::Impl {
  Impl(std::shared_ptr<Client::Impl> the_client, ScaleSetId the_scale_set, std::string the_owner,
       SessionOptions const& the_options, protocol::SessionInfo opened);
  Impl(Impl const&) = delete;
  Impl& operator=(Impl const&) = delete;
  /// Logs a warning if the session is still open at the service.
  ~Impl();

  Task<std::optional<Message>> poll(MessageId last, int max_capacity);
  [[nodiscard]] Task<HttpResponse> hold(client::Caller::Attempt& attempt, MessageId last,
                                        int max_capacity);
  [[nodiscard]] Result<std::optional<Message>> finish(client::Caller::Attempt const& attempt,
                                                      Result<HttpResponse> response,
                                                      std::uint64_t generation);

  using BuildRequest =
      std::function<Result<HttpRequest>(protocol::QueueAccess const&, std::string_view user_agent)>;
  /// Makes a call with the queue token. An expired token is refreshed and a lost session opened
  /// anew, once each, by the first of several calls that meets it.
  template <class T>
  Task<T> queue_call(protocol::Operation operation, BuildRequest build,
                     client::Caller::Reader<T> read);
  /// Does what the machine says must be done before a call can be made or repeated. Null: it
  /// succeeded. (Not a Result, which would need more room in the frame of every held poll.)
  boost::asio::awaitable<std::unique_ptr<Error>> renew(protocol::SessionMachine::Answer answer);
  /// Refreshes or opens anew, as `answer` says. However it ends, the machine is told.
  Task<void> remedy(protocol::SessionMachine::Answer answer);
  Task<void> refresh();
  Task<void> recreate();
  Task<void> close();
  /// What the call returns at last. `refused`: the requests that it made before the session was
  /// renewed for it.
  [[nodiscard]] Error final_error(protocol::Operation operation, Error error, int refused) const;

  std::shared_ptr<Client::Impl> client;
  ScaleSetId scale_set;
  std::string wanted_owner;  // as given to open_session
  // Of the SessionOptions, only what is needed later: there may be thousands of sessions.
  std::chrono::milliseconds wait_for_other;
  std::chrono::milliseconds poll_timeout;
  bool recreates;
  protocol::SessionMachine machine;
  base::Condition renewed;  // notified at the end of a refresh or re-creation
  /// Whether close() has ended. If it failed, the caller has the error, so no warning is needed.
  bool close_reported = false;
};

}  // namespace scaleset::inline v0::async
