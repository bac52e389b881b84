#pragma once

#include <boost/json/array.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/error.hpp"
#include "simulator/front/fields.hpp"

namespace scaleset::simulator {

/// How long the service takes before it looks at a call. Of the machine's time, also where the
/// simulator's clock is virtual.
struct Latency {
  enum class Kind : std::uint8_t { fixed, uniform, exponential };
  std::string route;  // see covers() in routes.hpp
  Kind kind = Kind::fixed;
  std::chrono::milliseconds typical{0};  // fixed: always; exponential: the mean
  std::chrono::milliseconds least{0};    // uniform
  std::chrono::milliseconds most{0};     // uniform; exponential: longer ones are cut to it
  std::uint64_t random_state = 0;
};

/// Reads {"route", "kind":"fixed", "milliseconds"}, {..."uniform", "leastMilliseconds",
/// "mostMilliseconds"} or {..."exponential", "meanMilliseconds", "mostMilliseconds"}.
/// Errors: invalid_argument, saying what is wrong.
[[nodiscard]] Result<Latency> read_latency(Fields fields);

/// One for each route at most; the one that was set last counts where several cover an operation.
class Latencies {
 public:
  /// The same seed and the same calls give the same times.
  explicit Latencies(std::uint64_t seed = 0) : seed_(seed) {}
  void set(Latency latency);
  void clear() noexcept { all_.clear(); }
  /// For one call of that operation.
  [[nodiscard]] std::chrono::milliseconds draw(std::string_view operation);
  /// Each as read_latency reads it.
  [[nodiscard]] boost::json::array view() const;

 private:
  std::uint64_t seed_;
  std::vector<Latency> all_;
};

}  // namespace scaleset::simulator
