#pragma once

#include <atomic>

namespace scaleset::protocol {

/// How many retries all clients with the same options may make together (RetryOptions::budget), so
/// that a service in trouble is not asked five times as often by all of them at once. A retry takes
/// one; a call that succeeds at its first attempt gives a tenth back, up to the number at the
/// beginning. Thread-safe: such clients may run on different loops.
class RetryBudget {
 public:
  explicit RetryBudget(int retries) : full_(retries * kTenths), left_(full_) {}
  RetryBudget(RetryBudget const&) = delete;
  RetryBudget& operator=(RetryBudget const&) = delete;

  /// Takes one retry. False: none is left, so the error is the result.
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
  /// The retries left, rounded down.
  [[nodiscard]] int left() const noexcept { return left_.load() / kTenths; }

 private:
  static constexpr int kTenths = 10;
  int const full_;
  std::atomic<int> left_;
};

}  // namespace scaleset::protocol
