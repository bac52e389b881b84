#pragma once

#include <atomic>

namespace scaleset::protocol {

/// How many retries all the clients of the same options may make together (RetryOptions::budget),
/// so that a service in trouble is not asked five times as often by everyone at once: a retry takes
/// one, a call that succeeds at its first attempt gives a tenth back, and there are never more than
/// at the beginning. Thread-safe: such clients may run on different loops.
class RetryBudget {
 public:
  explicit RetryBudget(int retries) : full_(retries * kTenths), left_(full_) {}
  RetryBudget(RetryBudget const&) = delete;
  RetryBudget& operator=(RetryBudget const&) = delete;

  /// False: none left, the error is to be handed out.
  [[nodiscard]] bool take() noexcept {
    int left = left_.load();
    while (left >= kTenths) {
      if (left_.compare_exchange_weak(left, left - kTenths)) return true;
    }
    return false;
  }
  void succeeded_at_once() noexcept {
    int left = left_.load();
    while (left < full_ && !left_.compare_exchange_weak(left, left + 1)) {
    }
  }
  /// Whole retries.
  [[nodiscard]] int left() const noexcept { return left_.load() / kTenths; }

 private:
  static constexpr int kTenths = 10;
  int const full_;
  std::atomic<int> left_;
};

}  // namespace scaleset::protocol
