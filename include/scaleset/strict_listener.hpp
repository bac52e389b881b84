#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "scaleset/client.hpp"
#include "scaleset/listener.hpp"

/// A listener that behaves exactly as the one of GitHub's Go package (spec 12.1). Use Listener,
/// unless something depends on that behaviour: this one ends at the first error, and deletes a
/// message before it is handled, so that a crash in between loses it (W-3).
namespace scaleset {

/// What StrictListener needs of a session; testing::FakeMessageSource is one without a service.
class MessageSource {
 public:
  virtual ~MessageSource() = default;
  /// See MessageSession::get_message.
  virtual Result<std::optional<Message>> get_message(MessageId last, int max_capacity,
                                                     std::stop_token stop) = 0;
  /// See MessageSession::delete_message.
  virtual Result<void> delete_message(MessageId id) = 0;
  /// See MessageSession::acquire_jobs.
  virtual Result<std::vector<RequestId>> acquire_jobs(std::vector<RequestId> ids) = 0;
  /// As of the session's creation.
  [[nodiscard]] virtual std::optional<Statistics> statistics() const = 0;
};
/// A source that polls a session. It shares the session with other holders and does not close it.
[[nodiscard]] std::unique_ptr<MessageSource> make_message_source(MessageSession session);

/// A message is deleted, then every job it offers acquired, then started, then completed jobs
/// handled, then the desired count asked for; after a poll without a message only the latter.
class StrictListener {
 public:
  /// Checked by run(): `scale_set` must not be 0, `max_runners` not negative.
  struct Options {
    Options() = default;
    ScaleSetId scale_set;  // for metrics
    int max_runners = 0;   // sent with each poll: the total, busy ones included; 0: no jobs
    Hooks hooks;           // log and metrics only
  };
  /// The source must outlive the listener.
  StrictListener(MessageSource& source, Options options);

  /// Never succeeds. Errors: cancelled after `stop` (a message already received is handled to its
  /// end first); invalid_argument for options that make no sense; otherwise the first error of the
  /// source or the Scaler, with what was under way before its text. The session stays open.
  Result<void> run(Scaler& scaler, std::stop_token stop);
  /// Any thread. From the next poll on. Errors: invalid_argument (negative).
  Result<void> set_max_runners(int max_runners);

 private:
  MessageSource& source_;
  Options options_;
  std::atomic<int> max_runners_;
};

}  // namespace scaleset
