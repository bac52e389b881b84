#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/error.hpp"
#include "scaleset/http.hpp"
#include "scaleset/types.hpp"
#include "simulator/front/fault_kinds.hpp"
#include "simulator/front/fields.hpp"

namespace scaleset::simulator {

/// Something that goes wrong with matching calls (spec 10.9): either of a named kind, or an answer
/// of the caller's own making.
struct Fault {
  enum class Drop : std::uint8_t {
    no,
    before,  // the connection closes and nothing has happened
    after,   // the connection closes although the call was carried out
  };
  std::int64_t id = 0;
  std::string route;              // see covers() in routes.hpp
  std::optional<FaultKind> kind;  // none: what follows up to `delay` says what happens
  std::int64_t argument = 0;      // the kind's parameter
  std::optional<int>
      status;  // answered instead of carrying the call out; none: only drop and delay
  HeaderList headers;
  std::string body;
  Drop drop = Drop::no;
  std::chrono::milliseconds delay{0};  // of the machine's time, before anything else

  std::optional<std::int64_t> count;  // how many calls; none: until `until`, or for ever
  double probability = 1;             // of hitting a call that it matches
  std::optional<Timestamp> from;      // simulator's clock, as `until`
  std::optional<Timestamp> until;
  std::int64_t hits = 0;  // calls so far
  std::uint64_t random_state = 0;

  [[nodiscard]] FaultStage stage() const noexcept;
  [[nodiscard]] bool matches(std::string_view operation, Timestamp now) const noexcept;
};

/// Reads {"route", "kind" and its parameter, or "status","headers","body","drop",
/// "delayMilliseconds"; "count","probability","from","until" or "seconds"}.
/// Errors: invalid_argument, saying what is wrong.
[[nodiscard]] Result<Fault> read_fault(Fields fields, Timestamp now);
/// As it was given, with its id and how often it has struck.
[[nodiscard]] boost::json::object fault_json(Fault const& fault);

/// The faults in force.
class Faults {
 public:
  /// The same seed and the same calls give the same hits. Each fault tosses a coin of its own.
  explicit Faults(std::uint64_t seed = 0) : seed_(seed) {}

  /// Its id.
  std::int64_t add(Fault fault);
  void clear() noexcept { faults_.clear(); }
  /// False: there is none with that id.
  bool remove(std::int64_t id);
  [[nodiscard]] std::vector<Fault> const& all() const noexcept { return faults_; }

  /// Tries the faults of that stage that match the call, oldest first, until one wins its toss and
  /// `applies` says that it did something: that one is used up by one.
  [[nodiscard]] std::optional<Fault> use(std::string_view operation, Timestamp now,
                                         FaultStage stage,
                                         std::function<bool(Fault const&)> const& applies);

 private:
  std::uint64_t seed_;
  std::int64_t next_id_ = 1;
  std::vector<Fault> faults_;
};

}  // namespace scaleset::simulator
