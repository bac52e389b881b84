#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scaleset::daemon {

/// What SIGTERM does, if runners can outlive this process.
enum class OnStop : std::uint8_t { detach, drain };

/// What is done about a signal. `why` is a clause for the log, such as "SIGTERM was received".
struct StopStep {
  enum class Kind : std::uint8_t {
    none,
    drain,   // close the session, remove idle runners, wait for busy ones
    detach,  // close the session, leave the runners running, end
    reload,  // read secrets and certificates again; nothing stops
    report,  // say what is still waited for
  };
  StopStep() = default;
  StopStep(Kind what, std::string reason) : kind(what), why(std::move(reason)) {}
  Kind kind = Kind::none;
  std::string why;
};

/// Decides what signals mean, and how long a drain may last (ADR 40). Pure.
///
/// SIGTERM detaches: a restart or an upgrade disturbs no job. SIGINT drains, as SIGTERM does where
/// runners would end with this process. A second signal, and a drain that takes too long, detach.
class StopMachine {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// `runners_end_with_us` is what why_runners_end_with_us() returned. Without a `drain_timeout`
  /// busy runners are waited for without limit.
  StopMachine(OnStop on_sigterm, std::optional<std::chrono::milliseconds> drain_timeout,
              std::string runners_end_with_us);

  /// For what happens from now on; a drain that is under way goes on as it began.
  void configure(OnStop on_sigterm, std::optional<std::chrono::milliseconds> drain_timeout);
  [[nodiscard]] StopStep signalled(int signal, TimePoint now);
  /// When to call woken(); no value unless a drain is under way.
  [[nodiscard]] std::optional<TimePoint> due() const noexcept;
  [[nodiscard]] StopStep woken(TimePoint now);
  /// Whether it has said that the process is to end now, whatever its runners do.
  [[nodiscard]] bool leaving() const noexcept { return detached_; }

 private:
  StopStep drain(std::string why, TimePoint now);

  OnStop on_sigterm_;
  std::optional<std::chrono::milliseconds> drain_timeout_;
  std::string runners_end_with_us_;
  bool signalled_ = false;
  bool detached_ = false;
  std::optional<TimePoint> report_at_;  // while a drain is under way
  std::optional<TimePoint> give_up_at_;
};

/// Why runners of the process backend cannot outlive this process: it is PID 1, or a service
/// manager ends everything in its control group. Empty: they can. `cgroups` is the content of
/// /proc/self/cgroup.
[[nodiscard]] std::string why_runners_end_with_us(int process_id, std::string_view cgroups);

/// "SIGTERM"; a number for signals that nobody is expected to send.
[[nodiscard]] std::string signal_name(int signal);

}  // namespace scaleset::daemon
