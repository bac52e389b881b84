#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <vector>

namespace scaleset::http {

/// Many file descriptors of someone else (libcurl), behind one that Asio watches. Asio never holds
/// theirs, so it does not matter to it when they are closed or their numbers used again.
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

  /// Adds, or changes what is waited for. Level-triggered.
  void watch(int fd, std::uint32_t tag, std::uint32_t events) noexcept;
  /// Harmless for one that is not in the set.
  void forget(int fd) noexcept;

  /// Calls back once, from the executor's queue, when drain() has something to give or
  /// cancel_wait() was called.
  void async_wait(std::function<void()> ready);
  void cancel_wait() noexcept;
  /// What is ready now, up to 256 of them.
  [[nodiscard]] std::vector<Event> drain();

 private:
  boost::asio::posix::stream_descriptor descriptor_;
};

}  // namespace scaleset::http
