#include "base/interruptible_write.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace scaleset::base {
namespace {

using Steady = std::chrono::steady_clock;

/// For poll(): the milliseconds left, or -1 if there is no limit.
int time_left(std::optional<Steady::time_point> end) noexcept {
  if (!end) return -1;
  auto const left = std::chrono::ceil<std::chrono::milliseconds>(*end - Steady::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

}  // namespace

int write_interruptibly(int descriptor, std::string_view text, int give_up,
                        std::optional<std::chrono::milliseconds> limit) noexcept {
  if (descriptor < 0) return EBADF;  // poll() would pass it over in silence
  std::optional<Steady::time_point> end;
  if (limit) end = Steady::now() + *limit;
  while (!text.empty()) {
    std::array<pollfd, 2> events{{{descriptor, POLLOUT, 0}, {give_up, POLLIN, 0}}};
    int const ready = ::poll(events.data(), events.size(), time_left(end));
    if (ready == 0) return ETIMEDOUT;
    if (ready < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (events[1].revents != 0) return ECANCELED;
    std::string_view const piece = text.substr(0, PIPE_BUF);
    auto const written = ::write(descriptor, piece.data(), piece.size());
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    if (written < 0 && errno != EINTR && errno != EAGAIN) return errno;
  }
  return 0;
}

}  // namespace scaleset::base
