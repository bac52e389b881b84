#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"

namespace scaleset::backends {

/// What one line of the runner's output says about its state (protocol.md 11.3); no value if it
/// says nothing. The line must have a time stamp and begin exactly as expected, so that the start
/// of a job named "x completed with result: Succeeded" is not taken for its end.
[[nodiscard]] std::optional<InstanceEvent::Kind> interpret_line(std::string_view line);

/// Whether the line explains why the runner is about to end, such as a deprecated version, a
/// deleted registration or a session conflict (protocol.md 11.3, field problems B1 and B9).
[[nodiscard]] bool is_telling(std::string_view line);

/// Replaces every sequence of 64 or more base64 characters by "***", because JIT configurations,
/// keys and tokens look like that.
[[nodiscard]] std::string mask_secrets(std::string_view text);

/// Reads a runner's output as it arrives, in pieces of any size. Of a line that is too long only
/// the beginning is read, so that the memory is bounded whatever the runner writes.
class RunnerOutput {
 public:
  static constexpr std::size_t kMaxLine = 4096;
  static constexpr std::size_t kMaxTail = 4096;

  /// The events that these bytes complete, in order.
  std::vector<InstanceEvent::Kind> take(std::string_view bytes);
  /// To be called at the end of the output: its last line may have no line break.
  std::vector<InstanceEvent::Kind> finish();

  /// The last line for which is_telling() holds, without its time stamp; empty if there was none.
  /// It is printable and has at most 300 bytes.
  [[nodiscard]] std::string const& telling_line() const noexcept { return telling_; }
  /// The end of the output, for the log, with secrets masked.
  [[nodiscard]] std::string tail() const { return mask_secrets(tail_); }

 private:
  void end_line(std::vector<InstanceEvent::Kind>& events);
  std::string line_;
  std::string telling_;
  std::string tail_;
};

/// How a process ended. Neither has a value if that is not known, because an earlier process of
/// ours had started it.
struct ExitStatus {
  std::optional<int> code;
  std::optional<int> signal;
};

/// One line for a person: what the runner's exit code means (protocol.md 11.2), followed by
/// `telling_line` if it is not empty.
[[nodiscard]] std::string describe_exit(ExitStatus status, std::string_view telling_line);

}  // namespace scaleset::backends
