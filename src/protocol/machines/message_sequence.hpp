#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "scaleset/types.hpp"

namespace scaleset::protocol {

/// Where a session is in its scale set's sequence of messages: what has been handled, and what the
/// next poll asks for (protocol.md 6.3, 10.4, W-11).
///
/// The service may start to number its messages anew while a session is open. A poll with a cursor
/// of the old numbers then never brings anything. So while there is nothing to acknowledge, every
/// third poll in a row that brought nothing asks from 0 instead.
class MessageSequence {
 public:
  enum class Place : std::uint8_t {
    next,       // to be handled
    repeated,   // it was handled before, and only its acknowledgement is missing
    restarted,  // to be handled: the first one that is known of a new sequence
  };

  /// A new session: it gets everything that was not acknowledged, from 0 on.
  void restart() { *this = MessageSequence(); }

  [[nodiscard]] MessageId cursor_of_next_poll() const noexcept;
  void poll_brought_nothing() noexcept { ++empty_polls_; }
  /// After `restarted`, what is known of the old sequence is forgotten.
  [[nodiscard]] Place look_at(Message const& message);
  /// The message was handled: applied, set aside, or found to be a repeated one.
  void handled(Message const& message);

  /// The handled message that is still to be acknowledged.
  [[nodiscard]] std::optional<MessageId> unacknowledged() const noexcept { return unacknowledged_; }
  void acknowledged() noexcept { unacknowledged_.reset(); }

 private:
  struct Handled {
    MessageId id;
    std::size_t content = 0;  // a hash
  };

  MessageId cursor_{0};
  std::optional<MessageId> unacknowledged_;
  std::vector<Handled> handled_;  // only the newest few, in the order in which they came
  int empty_polls_ = 0;           // in a row
};

}  // namespace scaleset::protocol
