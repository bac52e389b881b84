#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/error.hpp"
#include "scaleset/http.hpp"
#include "scaleset/types.hpp"
#include "simulator/front/fields.hpp"

namespace scaleset::simulator {

/// Something that goes wrong with matching calls (spec 10.9).
struct Fault {
  enum class Drop : std::uint8_t {
    no,
    before,  // the connection closes and nothing has happened
    after,   // the connection closes although the call was carried out
  };
  std::int64_t id = 0;
  std::string route;  // an operation's name, or "*" for all of GitHub's namespace
  std::optional<int>
      status;  // answered instead of carrying the call out; none: only drop and delay
  HeaderList headers;
  std::string body;
  Drop drop = Drop::no;
  std::chrono::milliseconds delay{0};  // of the machine's time, before anything else
  std::optional<std::int64_t> count;   // how many calls; none: until `until`, or for ever
  std::optional<Timestamp> until;
};

/// Reads {"route","status","headers","body","count"|"seconds","drop","delayMilliseconds"}.
/// Errors: invalid_argument, saying what is wrong.
[[nodiscard]] Result<Fault> read_fault(Fields fields, Timestamp now);

/// The faults in force. The oldest one that matches a call is applied to it, alone.
class Faults {
 public:
  /// Its id.
  std::int64_t add(Fault fault);
  void clear() noexcept { faults_.clear(); }
  /// Uses one up.
  [[nodiscard]] std::optional<Fault> take(std::string_view operation, Timestamp now);

 private:
  std::int64_t next_id_ = 1;
  std::vector<Fault> faults_;
};

}  // namespace scaleset::simulator
