#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/control_codec.hpp"

namespace scaleset::daemon {

/// One client of the control socket: a request, its answer, the end. Pure: it is told what comes,
/// and says what to do next. It keeps no more than kLongestRequest bytes of what a client sends.
/// The rest of a longer request is read and dropped, because the client's system drops the answer
/// when the connection is closed before.
class ControlConversation {
 public:
  enum class Step : std::uint8_t {
    read,   // more of the request, into no more than room() bytes
    ask,    // somebody for the answer to request()
    write,  // unsent()
    drop,   // what else the client sends, no more than room() bytes at once
    close,
  };
  static constexpr std::size_t kLongestRequest = 4096;
  static constexpr std::size_t kMostDropped = std::size_t{1} << 20U;

  [[nodiscard]] Step step() const noexcept { return step_; }
  [[nodiscard]] std::size_t room() const noexcept {
    return step_ == Step::drop ? kLongestRequest : kLongestRequest - line_.size();
  }
  [[nodiscard]] ControlRequest const& request() const noexcept { return request_; }
  [[nodiscard]] std::string_view unsent() const noexcept {
    return std::string_view(answer_).substr(sent_);
  }

  // What has happened. An event that does not belong to the current step is ignored.

  void received(std::string_view bytes);
  /// With its line feed.
  void answered(std::string line);
  void sent(std::size_t bytes);
  /// The client has gone, has sent its last byte before a request was complete, or took too long.
  void gave_up() noexcept { step_ = Step::close; }

 private:
  Step step_ = Step::read;
  std::string line_;
  ControlRequest request_;
  std::string answer_;
  std::size_t sent_ = 0;
  bool too_long_ = false;
  std::size_t dropped_ = 0;
};

}  // namespace scaleset::daemon
