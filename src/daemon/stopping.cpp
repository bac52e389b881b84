#include "daemon/stopping.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace scaleset::daemon {
namespace {

using Kind = StopStep::Kind;

constexpr std::chrono::seconds kBetweenReports{30};

/// The group of one line of /proc/self/cgroup, if it is the one that systemd uses; else nothing.
std::string_view systemds_group(std::string_view line) {
  for (std::string_view const hierarchy : {"0::", ":name=systemd:"}) {
    auto const at = line.find(hierarchy);
    // "0::" only at the beginning: elsewhere it is part of a name.
    if (at == std::string_view::npos || (hierarchy == "0::" && at != 0)) continue;
    return line.substr(at + hierarchy.size());
  }
  return {};
}

}  // namespace

StopMachine::StopMachine(OnStop on_sigterm, std::optional<std::chrono::milliseconds> drain_timeout,
                         std::string runners_end_with_us)
    : on_sigterm_(on_sigterm),
      drain_timeout_(drain_timeout),
      runners_end_with_us_(std::move(runners_end_with_us)) {}

void StopMachine::configure(OnStop on_sigterm,
                            std::optional<std::chrono::milliseconds> drain_timeout) {
  on_sigterm_ = on_sigterm;
  drain_timeout_ = drain_timeout;
}

StopStep StopMachine::signalled(int signal, TimePoint now) {
  if (signal == SIGHUP) return {Kind::reload, signal_name(signal) + " was received"};
  // Other signals are no reason to stop (I11).
  if (signal != SIGINT && signal != SIGTERM) return {};
  std::string const received = signal_name(signal) + " was received";
  if (detached_) return {};
  if (std::exchange(signalled_, true)) {
    detached_ = true;
    report_at_.reset();
    return {Kind::detach, received + " again"};
  }
  if (signal == SIGINT || on_sigterm_ == OnStop::drain) return drain(received, now);
  if (!runners_end_with_us_.empty())
    return drain(received + ", and runners would end with this process: " + runners_end_with_us_,
                 now);
  detached_ = true;
  return {Kind::detach, received};
}

StopStep StopMachine::drain(std::string why, TimePoint now) {
  report_at_ = now + kBetweenReports;
  if (drain_timeout_) give_up_at_ = now + *drain_timeout_;
  return {Kind::drain, std::move(why)};
}

std::optional<StopMachine::TimePoint> StopMachine::due() const noexcept {
  if (!report_at_) return std::nullopt;
  return give_up_at_ ? std::min(*report_at_, *give_up_at_) : *report_at_;
}

StopStep StopMachine::woken(TimePoint now) {
  auto const next = due();
  if (!next || now < *next) return {};
  if (give_up_at_ && now >= *give_up_at_) {
    detached_ = true;
    report_at_.reset();
    return {Kind::detach, "the drain took longer than --drain-timeout or drain_timeout allows"};
  }
  report_at_ = now + kBetweenReports;
  return {Kind::report, ""};
}

std::string why_runners_end_with_us(int process_id, std::string_view cgroups) {
  if (process_id == 1) return "it is PID 1";
  while (!cgroups.empty()) {
    std::string_view const line = cgroups.substr(0, cgroups.find('\n'));
    cgroups.remove_prefix(std::min(line.size() + 1, cgroups.size()));
    std::string_view const group = systemds_group(line);
    // What ends with a service is everything in its group. A session's scope is not ended so.
    if (group.ends_with(".service"))
      return "they are in the control group of " +
             std::string(group.substr(group.find_last_of('/') + 1));
  }
  return {};
}

std::string signal_name(int signal) {
  switch (signal) {
    case SIGINT: return "SIGINT";
    case SIGTERM: return "SIGTERM";
    case SIGHUP: return "SIGHUP";
    case SIGQUIT: return "SIGQUIT";
    case SIGUSR1: return "SIGUSR1";
    case SIGUSR2: return "SIGUSR2";
    default: return "signal " + std::to_string(signal);
  }
}

}  // namespace scaleset::daemon
