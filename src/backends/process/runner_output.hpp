#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"

namespace scaleset::backends {

/// What one line of the runner's output says about its state (spec 11.3); no value: nothing. The
/// time stamp and the exact start of the text are required, so that a job named "x completed with
/// result: Succeeded" is not taken for its own end.
[[nodiscard]] std::optional<InstanceEvent::Kind> interpret_line(std::string_view line);

/// Whether the line explains why a runner that ends now ends: deprecated version, registration
/// deleted, session conflict (spec 11.3, field-problems B1 and B9).
[[nodiscard]] bool is_telling(std::string_view line);

/// Replaces every run of 64 or more base64 characters by "***": JIT configurations, keys and tokens
/// all look like that.
[[nodiscard]] std::string mask_secrets(std::string_view text);

/// Reads a runner's output as it arrives, in pieces of any size. Memory is bounded whatever is
/// written: of an over-long line only the beginning counts.
class RunnerOutput {
 public:
  static constexpr std::size_t kMaxLine = 4096;
  static constexpr std::size_t kMaxTail = 4096;

  /// What became known from these bytes, in order.
  std::vector<InstanceEvent::Kind> take(std::string_view bytes);
  /// The output ended: a last line without a line break counts as well.
  std::vector<InstanceEvent::Kind> finish();

  /// The last telling line, without its time stamp; empty: there was none. Printable, at most 300
  /// bytes.
  [[nodiscard]] std::string const& telling_line() const noexcept { return telling_; }
  /// The end of the output, for the log; secrets are masked.
  [[nodiscard]] std::string tail() const { return mask_secrets(tail_); }

 private:
  void end_line(std::vector<InstanceEvent::Kind>& events);
  std::string line_;
  std::string telling_;
  std::string tail_;
};

/// How a process ended. Neither: it is not known, because an earlier process of ours had started
/// it.
struct ExitStatus {
  std::optional<int> code;
  std::optional<int> signal;
};

/// One line for a person: the meaning of the runner's exit code (spec 11.2), then the telling line
/// if there is one.
[[nodiscard]] std::string describe_exit(ExitStatus status, std::string_view telling_line);

}  // namespace scaleset::backends
