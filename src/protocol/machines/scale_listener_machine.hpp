#pragma once

#include <cstdint>
#include <optional>

#include "scaleset/error.hpp"
#include "scaleset/types.hpp"

namespace scaleset::protocol {

/// What the driver does next. The comment beside each kind names the fields that it uses.
struct ScaleAction {
  enum class Kind : std::uint8_t {
    get_message,     // after `id`
    scale,           // `message`; none after a poll that brought nothing
    delete_message,  // `id`
    finished,        // `error`: always set; `cancelled` after a stop
  };

  ScaleAction() = default;
  Kind kind = Kind::finished;
  MessageId id;
  std::optional<Message> message;
  std::optional<Error> error;
};

/// The order of GitHub's listener after v0.4.0 (protocol.md D.1):
///
///     started() ──> scale (id -1) ──> get_message ──received()──> scale ──> delete_message ──┐
///                                          ^                        └──(nothing received)────┤
///                                          └──────────────────────────────────────────────────┘
///
/// Each action is answered by succeeded() or failed(), get_message by received() or failed(); the
/// answer is the next action. The first failure ends the loop, so a message whose scaling failed is
/// never deleted. After stop_requested() a message already received is scaled and deleted first.
class ScaleListenerMachine {
 public:
  /// `initial` are the session's statistics. Without them the loop ends at once.
  [[nodiscard]] ScaleAction started(std::optional<Statistics> const& initial);
  [[nodiscard]] ScaleAction received(std::optional<Message> message);
  [[nodiscard]] ScaleAction succeeded();
  [[nodiscard]] ScaleAction failed(Error error) const;
  void stop_requested() noexcept { stopping_ = true; }

 private:
  [[nodiscard]] ScaleAction scale(std::optional<Message> message);
  [[nodiscard]] ScaleAction poll();

  ScaleAction::Kind under_way_ = ScaleAction::Kind::scale;
  MessageId cursor_{0};
  std::optional<MessageId> in_hand_;  // to be deleted once it is scaled
  bool stopping_ = false;
};

}  // namespace scaleset::protocol
