#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace scaleset::daemon {

/// What the service manager has asked for (sd_notify(3)): where to write to, and how often it wants
/// a sign of life.
struct NotifySettings {
  NotifySettings() = default;
  std::string address;  // a path, or "@NAME" for an abstract socket; empty: it wants nothing
  std::optional<std::chrono::microseconds> watchdog;
};
/// `environment` is like getenv(). What makes no sense counts as not set, and so does a watchdog
/// that is meant for another process ($WATCHDOG_PID).
[[nodiscard]] NotifySettings notify_settings(
    std::function<char const*(char const* name)> const& environment, pid_t process_id);

// The texts of the messages.

/// `status` is one sentence for `systemctl status`.
[[nodiscard]] std::string ready_message(std::string_view status);
[[nodiscard]] std::string status_message(std::string_view status);
[[nodiscard]] std::string stopping_message(std::string_view status);
/// `monotonic` is CLOCK_MONOTONIC's time. A ready_message() must follow when all has been read.
[[nodiscard]] std::string reloading_message(std::chrono::microseconds monotonic);
inline constexpr std::string_view kWatchdogMessage = "WATCHDOG=1";

/// Sends one message. Waits for nobody: if the manager does not take it now, it is lost, and false
/// is returned.
bool send_notification(std::string const& address, std::string_view message) noexcept;

}  // namespace scaleset::daemon
