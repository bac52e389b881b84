#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scaleset/async/client.hpp"
#include "scaleset/async/transport.hpp"
#include "scaleset/types.hpp"

/// What the coroutine listeners need of the service. Implement these, or use
/// testing::FakeAsyncMessageSource, to run a listener without a service.
namespace scaleset::inline v0::async {

/// Coroutine counterpart of scaleset::MessageSource: one message session, as StrictListener uses
/// it.
class MessageSource {
 public:
  virtual ~MessageSource() = default;
  /// Polls for a message: see MessageSession::get_message. When the call is cancelled, it must end
  /// with ErrorCode::cancelled.
  virtual Task<std::optional<Message>> get_message(MessageId last, int max_capacity) = 0;
  /// See MessageSession::delete_message.
  virtual Task<void> delete_message(MessageId id) = 0;
  /// See MessageSession::acquire_jobs.
  virtual Task<std::vector<RequestId>> acquire_jobs(std::vector<RequestId> ids) = 0;
  /// The statistics that came when the session was opened or last refreshed. No value if the
  /// service sent none.
  [[nodiscard]] virtual std::optional<Statistics> statistics() const = 0;
};
/// The session must outlive the source, which does not close it.
[[nodiscard]] std::unique_ptr<MessageSource> make_message_source(MessageSession& session);

/// Coroutine counterpart of scaleset::SessionSource: a scale set's sessions, one after the other,
/// as Listener uses them. The calls of MessageSource go to the session that was opened last.
class SessionSource : public MessageSource {
 public:
  /// See Client::open_session. If a session is still open, it is dropped without being closed. When
  /// the call is cancelled, it must end with ErrorCode::cancelled.
  virtual Task<void> open(ScaleSetId scale_set, std::string owner) = 0;
  /// Ends the open session at the service. The listener cancels the call after 10 s. Afterwards no
  /// session is open, even if the call failed.
  virtual Task<void> close() = 0;
  /// See Client::close_session: ends a session that an earlier process left behind.
  virtual Task<void> close_left_behind(ScaleSetId scale_set, std::string session_id) = 0;
  /// Identifies the open session; empty if there is none.
  [[nodiscard]] virtual std::string session_id() const = 0;
  /// See Client::get_scale_set.
  virtual Task<ScaleSet> get_scale_set(ScaleSetId id) = 0;
  /// See Client::acquirable_jobs. Called for each new session, and when the service counts more
  /// offered jobs than the listener knows (GHES). A service without this route: not_found.
  virtual Task<std::vector<JobAvailable>> acquirable_jobs(ScaleSetId id) = 0;
};
/// A source whose calls are those of `client`, which must outlive it.
[[nodiscard]] std::unique_ptr<SessionSource> make_session_source(Client& client);

}  // namespace scaleset::inline v0::async
