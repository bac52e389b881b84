#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/backend.hpp"

namespace scaleset::backends {

/// What one line of the runner's output says about its state (protocol.md 11.3, field problem B1);
/// no value if it says nothing. The line of a state must have a time stamp and begin exactly as
/// expected, so that the start of a job named "x completed with result: Succeeded" is not taken for
/// its end.
[[nodiscard]] std::optional<InstanceEvent::Kind> interpret_line(std::string_view line);

/// Why the runner is about to end, if the line says that: `version_refused` or `removed`
/// (protocol.md D.5, field problem B9).
[[nodiscard]] std::optional<ExitCause> cause_in(std::string_view line);

/// Whether the line explains why the runner is about to end, such as a deprecated version, a
/// deleted registration or a session conflict (protocol.md 11.3, field problems B1 and B9).
[[nodiscard]] bool is_telling(std::string_view line);

/// The version that the line "Current runner version: '2.336.0'" names, with or without quotes, a
/// "v" and a time stamp; empty if it is another line.
[[nodiscard]] std::string_view version_in(std::string_view line);

/// Replaces every sequence of 64 or more base64 characters by "***", because JIT configurations,
/// keys and tokens look like that. A path that begins with "/", "./" or "~/" is no such sequence,
/// but each name in it may be, and so may one that looks like a part of a secret.
[[nodiscard]] std::string mask_secrets(std::string_view text);

/// What a line of the output said.
struct OutputEvent {
  OutputEvent(InstanceEvent::Kind event_kind, std::string text)
      : kind(event_kind), line(std::move(text)) {}
  friend bool operator==(OutputEvent const&, OutputEvent const&) = default;
  InstanceEvent::Kind kind;
  std::string line;  // for a person: without time stamp, printable, masked, at most 300 bytes
};

/// For the observer of a backend. `version` is the runner program's.
[[nodiscard]] InstanceEvent to_event(OutputEvent const& said, std::string runner_name,
                                     std::string version);

/// Reads a runner's output as it arrives, in pieces of any size. Of a line that is too long only
/// the beginning is read, so that the memory is bounded whatever the runner writes.
class RunnerOutput {
 public:
  static constexpr std::size_t kMaxLine = 4096;
  static constexpr std::size_t kMaxTail = 4096;

  /// The events that these bytes complete, in order.
  std::vector<OutputEvent> take(std::string_view bytes);
  /// To be called at the end of the output: its last line may have no line break.
  std::vector<OutputEvent> finish();

  /// The last line for which is_telling() holds, as in OutputEvent; empty if there was none.
  [[nodiscard]] std::string const& telling_line() const noexcept { return telling_; }
  /// The last line that is not empty, as in OutputEvent.
  [[nodiscard]] std::string last_line() const;
  /// The runner program's version; empty as long as it has not printed it.
  [[nodiscard]] std::string const& version() const noexcept { return version_; }
  /// What its last lines say about its end. No value if it has done something else since.
  [[nodiscard]] std::optional<ExitCause> cause() const noexcept { return cause_; }
  /// At most the last `bytes` bytes of the output, and at most kMaxTail, with secrets masked.
  [[nodiscard]] std::string tail(std::size_t bytes = kMaxTail) const;

 private:
  void end_line(std::vector<OutputEvent>& events);
  std::string line_;
  std::string telling_;
  std::string version_;
  std::optional<ExitCause> cause_;
  std::string tail_;
  bool tail_cut_ = false;
};

/// How a process ended. Neither has a value if that is not known, because an earlier process of
/// ours had started it.
struct ExitStatus {
  std::optional<int> code;
  std::optional<int> signal;
};

/// Why the runner ended, by its status and by what its output said of its end. A signal that we
/// sent, and an exit code without a meaning of its own, are `exited`. If nothing is known, the
/// cause is `unknown` for a runner that was `adopted`, whose status nobody can know, and else
/// `lost`.
[[nodiscard]] ExitCause cause_of(ExitStatus status, std::optional<ExitCause> said,
                                 bool signalled_by_us, bool adopted);

/// One line for a person: what the runner's exit code means (protocol.md 11.2), followed by
/// `telling_line` if it is not empty.
[[nodiscard]] std::string describe_exit(ExitStatus status, std::string_view telling_line);
/// The same with the line of the output that tells most. If nobody asked the runner to end, and
/// nothing it said explains its end, that is its last line.
[[nodiscard]] std::string describe_exit(ExitStatus status, RunnerOutput const& output,
                                        bool stop_asked);

}  // namespace scaleset::backends
