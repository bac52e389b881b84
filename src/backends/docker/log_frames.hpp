#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace scaleset::backends::docker {

/// Takes apart what an engine sends of a container without a terminal: frames with a head of eight
/// bytes (the stream, three zeros, the length), cut anywhere. Both streams are put into one text,
/// in the order in which they came, as a terminal would show them.
class LogFrames {
 public:
  /// The text in the next piece of what was received. Whatever is not a frame is taken as text:
  /// some engines send no frames.
  [[nodiscard]] std::string take(std::string_view piece);

 private:
  static constexpr std::size_t kHead = 8;
  std::string head_;      // as much of the next head as has come
  std::size_t left_ = 0;  // of the frame under way
  bool is_raw_ = false;   // this engine sends no frames
};

}  // namespace scaleset::backends::docker
