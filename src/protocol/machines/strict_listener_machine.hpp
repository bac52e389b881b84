#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "scaleset/error.hpp"
#include "scaleset/types.hpp"

namespace scaleset::protocol {

/// What the driver does next. The comment beside each kind names the fields that it uses.
struct StrictAction {
  enum class Kind : std::uint8_t {
    get_message,     // after `id`
    delete_message,  // `id`
    acquire,         // `ids`
    job_started,     // `started`
    job_completed,   // `completed`
    desired_count,   // for `assigned_jobs`; the answer is reported to the metrics if `measured`
    finished,        // `error`: always set; `cancelled` after a stop
  };

  StrictAction() = default;
  Kind kind = Kind::finished;
  MessageId id;
  std::vector<RequestId> ids;
  JobStarted started;
  JobCompleted completed;
  std::int64_t assigned_jobs = 0;
  bool measured = false;
  std::string failure;  // goes before the text of an error: "failed to handle message: ..."
  std::optional<Error> error;
};

/// The order of GitHub's own listener package (protocol.md 12.1), for whoever depends on it: a
/// message is deleted before it is handled, every offered job is acquired, and the first error ends
/// the loop.
///
///     started() ──> desired_count ──> get_message ──received(nothing)──> desired_count ──>
///     get_message
///                                        │
///                            received(message)
///                                        v
///     delete_message ──> acquire ──> job_started* ──> job_completed* ──> desired_count ──>
///     get_message
///
/// Each action is answered by succeeded() or failed(), get_message by received() or failed(); the
/// answer is the next action. After stop_requested() a message already received is handled to its
/// end. One difference from the original: a message without statistics keeps the last known ones
/// instead of crashing (W-1).
class StrictListenerMachine {
 public:
  /// `initial` are the session's statistics. Without them the loop ends at once, as the original
  /// does.
  [[nodiscard]] StrictAction started(std::optional<Statistics> const& initial);
  [[nodiscard]] StrictAction received(std::optional<Message> message);
  [[nodiscard]] StrictAction succeeded();
  [[nodiscard]] StrictAction failed(Error error);
  void stop_requested() noexcept { stopping_ = true; }

 private:
  void plan(Message message);
  void plan_desired_count(bool measured, std::string failure);
  StrictAction& add(StrictAction::Kind kind, std::string failure);
  [[nodiscard]] StrictAction next();
  [[nodiscard]] static StrictAction finished(Error error);

  std::deque<StrictAction> plan_;  // of the message in hand
  std::string failure_;            // of the action under way
  MessageId last_{0};
  std::int64_t assigned_jobs_ = 0;  // the last known
  bool stopping_ = false;
};

}  // namespace scaleset::protocol
