#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "scaleset/client.hpp"
#include "scaleset/error.hpp"
#include "scaleset/types.hpp"

/// What the blocking listeners need of the service. Implement these, or use
/// testing::FakeMessageSource, to run a listener without a service.
namespace scaleset::inline v0 {

/// One message session, as StrictListener uses it.
class MessageSource {
 public:
  virtual ~MessageSource() = default;
  /// Polls for a message: see MessageSession::get_message. After `stop` it must soon end with
  /// ErrorCode::cancelled.
  virtual Result<std::optional<Message>> get_message(MessageId last, int max_capacity,
                                                     std::stop_token stop) = 0;
  /// See MessageSession::delete_message.
  virtual Result<void> delete_message(MessageId id) = 0;
  /// See MessageSession::acquire_jobs.
  virtual Result<std::vector<RequestId>> acquire_jobs(std::vector<RequestId> ids) = 0;
  /// The statistics that came when the session was opened or last refreshed. No value if the
  /// service sent none.
  [[nodiscard]] virtual std::optional<Statistics> statistics() const = 0;
};
/// A source that polls `session`. It shares the session with its other holders and does not close
/// it.
[[nodiscard]] std::unique_ptr<MessageSource> make_message_source(MessageSession session);

/// A scale set's sessions, one after the other, as Listener uses them: the calls of MessageSource
/// go to the session that was opened last. Called on one thread, the one in Listener::run().
class SessionSource : public MessageSource {
 public:
  /// See Client::open_session. If a session is still open, it is dropped without being closed.
  virtual Result<void> open(ScaleSetId scale_set, std::string owner, std::stop_token stop) = 0;
  /// Ends the open session at the service, within that time. Afterwards no session is open, even if
  /// the call failed.
  virtual Result<void> close(std::chrono::milliseconds within) = 0;
  /// See Client::close_session: ends a session that an earlier process left behind.
  virtual Result<void> close_left_behind(ScaleSetId scale_set, std::string session_id) = 0;
  /// Identifies the open session; empty if there is none.
  [[nodiscard]] virtual std::string session_id() const = 0;
  /// See Client::get_scale_set.
  virtual Result<ScaleSet> get_scale_set(ScaleSetId id, std::stop_token stop) = 0;
  /// See Client::acquirable_jobs. Called for each new session, and when the service counts more
  /// offered jobs than the listener knows (GHES). A service without this route: not_found.
  virtual Result<std::vector<JobAvailable>> acquirable_jobs(ScaleSetId id,
                                                            std::stop_token stop) = 0;
  /// See Client::get_or_create_scale_set. Called when the service has lost the scale set.
  virtual Result<ScaleSet> get_or_create_scale_set(ScaleSet wanted, std::stop_token stop) = 0;
  /// Waits for that time between two attempts, or returns soon after `stop`. The default waits on
  /// the calling thread.
  virtual void wait(std::chrono::milliseconds time, std::stop_token stop);
};
/// A source whose calls are those of `client`.
[[nodiscard]] std::unique_ptr<SessionSource> make_session_source(Client client);

}  // namespace scaleset::inline v0
