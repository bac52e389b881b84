#include "http/epoll_set.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace scaleset::http {
namespace {

int make_epoll() {
  int const fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return fd;
}

}  // namespace

EpollSet::EpollSet(boost::asio::any_io_executor const& executor)
    : descriptor_(executor, make_epoll()) {}

void EpollSet::watch(int fd, std::uint32_t tag, std::uint32_t events) noexcept {
  epoll_event event{};
  event.events = events;
  // The tag tells the lane, since several lanes share this set.
  event.data.u64 = std::uint64_t{tag} << 32U | static_cast<std::uint32_t>(fd);
  // The kernel removes a descriptor from the set when it is closed, and its number may be used
  // again. So ask the kernel whether it is in the set, instead of keeping a list.
  if (::epoll_ctl(descriptor_.native_handle(), EPOLL_CTL_MOD, fd, &event) == 0) return;
  ::epoll_ctl(descriptor_.native_handle(), EPOLL_CTL_ADD, fd, &event);
}

void EpollSet::forget(int fd) noexcept {
  ::epoll_ctl(descriptor_.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
}

void EpollSet::async_wait(std::function<void()> ready) {
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [ready = std::move(ready)](boost::system::error_code) { ready(); });
}

void EpollSet::cancel_wait() noexcept {
  boost::system::error_code ignored;
  descriptor_.cancel(ignored);
}

std::vector<EpollSet::Event> EpollSet::drain() {
  // What does not fit stays ready, and ends the next wait at once.
  std::array<epoll_event, 256> ready{};
  int const count =
      ::epoll_wait(descriptor_.native_handle(), ready.data(), static_cast<int>(ready.size()), 0);
  std::vector<Event> events;
  for (int i = 0; i < count; ++i) {
    epoll_event const& event = ready[static_cast<std::size_t>(i)];
    events.push_back({.fd = static_cast<int>(event.data.u64 & 0xffffffffU),
                      .tag = static_cast<std::uint32_t>(event.data.u64 >> 32U),
                      .events = event.events});
  }
  return events;
}

}  // namespace scaleset::http
