#include "backends/docker/log_frames.hpp"

#include <algorithm>

namespace scaleset::backends::docker {
namespace {

constexpr unsigned char kLastStream = 2;  // 0 is stdin, 1 stdout, 2 stderr

unsigned char byte_of(char c) { return static_cast<unsigned char>(c); }

/// As far as it has come.
bool may_be_head(std::string_view head) {
  if (head.empty()) return true;
  bool const zeros = std::ranges::all_of(head.substr(1, 3), [](char c) { return c == '\0'; });
  return byte_of(head.front()) <= kLastStream && zeros;
}

std::size_t length_in(std::string_view head) {
  std::size_t length = 0;
  for (char const c : head.substr(4)) length = (length << 8U) | byte_of(c);
  return length;
}

}  // namespace

std::string LogFrames::take(std::string_view piece) {
  std::string text;
  while (!piece.empty()) {
    if (is_raw_) return text.append(piece);
    if (left_ > 0) {
      std::size_t const count = std::min(left_, piece.size());
      text.append(piece.substr(0, count));
      piece.remove_prefix(count);
      left_ -= count;
      continue;
    }
    std::size_t const count = std::min(kHead - head_.size(), piece.size());
    head_.append(piece.substr(0, count));
    piece.remove_prefix(count);
    if (!may_be_head(head_)) {
      // After a frame something else is damage, which is shown.
      is_raw_ = true;
      text += head_;
      head_.clear();
      continue;
    }
    if (head_.size() < kHead) break;
    left_ = length_in(head_);
    head_.clear();
  }
  return text;
}

}  // namespace scaleset::backends::docker
