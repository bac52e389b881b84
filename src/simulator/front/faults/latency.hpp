#pragma once

#include <boost/json/array.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/error.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/operation.hpp"

namespace scaleset::simulator {

/// How long the service waits before it looks at a call.
struct Latency {
  enum class Kind : std::uint8_t { fixed, uniform, exponential };
  std::string route;  // see covers() in parts/operation.hpp
  Kind kind = Kind::fixed;
  std::chrono::milliseconds typical{0};  // fixed: always; exponential: the mean
  std::chrono::milliseconds least{0};    // uniform
  std::chrono::milliseconds most{0};     // uniform; exponential: longer ones are cut to it
  std::uint64_t random_state = 0;
};

/// Reads {"route", "kind":"fixed", "milliseconds"}, {..."uniform", "leastMilliseconds",
/// "mostMilliseconds"} or {..."exponential", "meanMilliseconds", "mostMilliseconds"}.
/// Errors: invalid_argument, saying what is wrong.
[[nodiscard]] Result<Latency> read_latency(Fields fields, OperationNames const& names);

/// At most one for each route. If several cover an operation, the most recently set one applies.
class Latencies {
 public:
  /// The same seed and the same calls give the same times.
  explicit Latencies(std::uint64_t seed = 0) : seed_(seed) {}
  void set(Latency latency);
  void clear() noexcept { all_.clear(); }
  /// The latency of one call of that operation.
  [[nodiscard]] std::chrono::milliseconds draw(Operation operation);
  /// All of them, in the form that read_latency reads.
  [[nodiscard]] boost::json::array view() const;

 private:
  std::uint64_t seed_;
  std::vector<Latency> all_;
};

}  // namespace scaleset::simulator
