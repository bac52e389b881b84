#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <vector>

namespace scaleset::http {

/// Waits for many file descriptors that belong to someone else (libcurl), through one epoll
/// descriptor that Asio watches. Asio never holds the others, so their owner may close them, and
/// reuse their numbers, at any time.
class EpollSet {
 public:
  struct Event {
    int fd;
    std::uint32_t tag;     // as given to watch()
    std::uint32_t events;  // EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP
  };

  explicit EpollSet(boost::asio::any_io_executor const& executor);
  EpollSet(EpollSet const&) = delete;
  EpollSet& operator=(EpollSet const&) = delete;
  ~EpollSet() = default;

  /// Adds `fd`, or changes its tag and events. Level-triggered.
  void watch(int fd, std::uint32_t tag, std::uint32_t events) noexcept;
  /// Does nothing if `fd` is not in the set.
  void forget(int fd) noexcept;

  /// Calls back once, from the executor's queue, when an event is ready or cancel_wait() was
  /// called.
  void async_wait(std::function<void()> ready);
  void cancel_wait() noexcept;
  /// Returns the events that are ready now, 256 at most.
  [[nodiscard]] std::vector<Event> drain();

 private:
  boost::asio::posix::stream_descriptor descriptor_;
};

}  // namespace scaleset::http
