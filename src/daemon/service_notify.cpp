#include "daemon/service_notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>

#include "base/unique_fd.hpp"
#include "base/whole_number.hpp"

namespace scaleset::daemon {
namespace {

bool is_address(std::string_view text) {
  return text.size() > 1 && text.size() < sizeof(sockaddr_un::sun_path) &&
         (text.starts_with('/') || text.starts_with('@'));
}

/// A line feed would begin another assignment.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

}  // namespace

NotifySettings notify_settings(std::function<char const*(char const* name)> const& environment,
                               pid_t process_id) {
  auto const text = [&environment](char const* name) -> std::string_view {
    char const* const value = environment(name);
    return value == nullptr ? "" : value;
  };
  NotifySettings settings;
  if (std::string_view const address = text("NOTIFY_SOCKET"); is_address(address))
    settings.address = address;
  auto const microseconds = base::whole_number<std::int64_t>(text("WATCHDOG_USEC"));
  auto const meant_for = text("WATCHDOG_PID");
  bool const is_ours = meant_for.empty() || base::whole_number<pid_t>(meant_for) == process_id;
  if (microseconds && *microseconds > 0 && is_ours && !settings.address.empty())
    settings.watchdog = std::chrono::microseconds(*microseconds);
  return settings;
}

std::string ready_message(std::string_view status) { return "READY=1\n" + status_message(status); }

std::string status_message(std::string_view status) { return "STATUS=" + one_line(status); }

std::string stopping_message(std::string_view status) {
  return "STOPPING=1\n" + status_message(status);
}

std::string reloading_message(std::chrono::microseconds monotonic) {
  return "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic.count());
}

bool send_notification(std::string const& address, std::string_view message) noexcept {
  if (!is_address(address)) return false;
  sockaddr_un target{};
  target.sun_family = AF_UNIX;
  std::ranges::copy(address, std::begin(target.sun_path));
  // An abstract socket's name begins with a zero byte, and has the length that is given.
  if (address.front() == '@') target.sun_path[0] = '\0';
  auto const size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  base::UniqueFd const socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return false;
  auto const sent =
      ::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
               reinterpret_cast<sockaddr const*>(&target), size);
  return sent == static_cast<ssize_t>(message.size());
}

}  // namespace scaleset::daemon
