#pragma once

#include <utility>

namespace scaleset::base {

/// Owns a file descriptor and closes it. A negative number is no descriptor, so that the result of
/// a failed call can be given as it is.
class UniqueFd {
 public:
  UniqueFd() noexcept = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  /// Gives the descriptor away: the caller closes it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  /// Closes the descriptor and owns `fd` instead. Leaves errno alone, so that the reason of a
  /// failure can still be read after a descriptor went out of scope.
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

}  // namespace scaleset::base
