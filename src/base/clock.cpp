#include "base/clock.hpp"

#include <mutex>
#include <random>

namespace scaleset::base {
namespace {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Now now() const noexcept override {
    return {std::chrono::system_clock::now(), std::chrono::steady_clock::now()};
  }
};

class SystemRandom final : public RandomSource {
 public:
  [[nodiscard]] double uniform() noexcept override {
    std::scoped_lock const lock(mutex_);  // several clients, on different threads, may share it
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine_);
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_{(static_cast<std::uint64_t>(std::random_device{}()) << 32U) ^
                          std::random_device{}()};
};

}  // namespace

std::shared_ptr<Clock> system_clock() { return std::make_shared<SystemClock>(); }
std::shared_ptr<RandomSource> system_random() { return std::make_shared<SystemRandom>(); }

}  // namespace scaleset::base
