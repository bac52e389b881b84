#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/error.hpp"
#include "scaleset/http.hpp"
#include "scaleset/types.hpp"
#include "simulator/front/faults/fault_kind.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/operation.hpp"

namespace scaleset::simulator {

/// Something that goes wrong with matching calls (protocol.md 10.9): either a named kind, or an
/// answer that is given word for word.
struct Fault {
  enum class Drop : std::uint8_t {
    no,
    before,  // the connection closes and nothing has happened
    after,   // the connection closes although the call was carried out
  };
  std::int64_t id = 0;
  std::string route;                // see covers() in parts/operation.hpp
  FaultKind const* kind = nullptr;  // null: the members up to `delay` say what happens
  std::int64_t argument = 0;        // the value of the kind's parameter
  /// Answered instead of carrying the call out. None: the fault only delays or drops.
  std::optional<int> status;
  HeaderList headers;
  std::string body;
  Drop drop = Drop::no;
  std::chrono::milliseconds delay{0};  // comes before anything else

  std::optional<std::int64_t>
      count;                      // how many calls it still hits; none: until `until`, or for ever
  double probability = 1;         // of hitting a call that it matches
  std::optional<Timestamp> from;  // by the simulator's clock, like `until`
  std::optional<Timestamp> until;
  std::int64_t hits = 0;  // calls so far
  std::uint64_t random_state = 0;

  [[nodiscard]] FaultStage stage() const noexcept;
  [[nodiscard]] bool matches(Operation operation, Timestamp now) const noexcept;
};

/// Reads {"route", "kind" and its parameter, or "status","headers","body","drop",
/// "delayMilliseconds"; "count","probability","from","until" or "seconds"}.
/// Errors: invalid_argument, saying what is wrong.
[[nodiscard]] Result<Fault> read_fault(Fields fields, Timestamp now,
                                       std::span<FaultKind const> kinds,
                                       OperationNames const& names);
/// The fault as it was given, with its id and how many calls it has hit.
[[nodiscard]] boost::json::object fault_json(Fault const& fault);

/// The faults in force.
class Faults {
 public:
  /// The same seed and the same calls give the same hits. Each fault has random numbers of its own,
  /// so that other faults do not change which calls it hits.
  explicit Faults(std::uint64_t seed = 0) : seed_(seed) {}

  /// Returns the fault's id.
  std::int64_t add(Fault fault);
  void clear() noexcept { faults_.clear(); }
  /// False: there is none with that id.
  bool remove(std::int64_t id);
  [[nodiscard]] std::vector<Fault> const& all() const noexcept { return faults_; }

  /// Tries the faults of that stage that match the call, oldest first, until one wins its toss and
  /// `applies` says that it did something. That fault's count goes down by one.
  [[nodiscard]] std::optional<Fault> use(Operation operation, Timestamp now, FaultStage stage,
                                         std::function<bool(Fault const&)> const& applies);

 private:
  std::uint64_t seed_;
  std::int64_t next_id_ = 1;
  std::vector<Fault> faults_;
};

}  // namespace scaleset::simulator
