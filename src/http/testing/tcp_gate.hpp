#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/condition.hpp"

/// For tests only.
namespace scaleset::http::testing {

/// A relay to a port of 127.0.0.1, on its own thread, that can play a bad network. Each call
/// returns once it has taken effect.
class TcpGate {
 public:
  explicit TcpGate(std::uint16_t target_port);
  TcpGate(TcpGate const&) = delete;
  TcpGate& operator=(TcpGate const&) = delete;
  ~TcpGate();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// The number of connections accepted so far.
  [[nodiscard]] int connections();

  /// Holds the bytes of all connections until resume().
  void stall();
  void resume();
  /// Passes on at most that many bytes at a time on all connections, each as a segment of its own.
  /// 0 ends that.
  void slice(std::size_t bytes);
  /// Ends the present connections with a reset. New ones work.
  void reset();
  /// Makes the present connections half-open: their bytes are acknowledged but dropped, as by a
  /// proxy whose other side is dead. New ones work.
  void swallow();
  /// Makes the present connections half-open in the network: nothing is acknowledged any more, as
  /// with a pulled cable. New ones work.
  void vanish();

 private:
  using Socket = boost::asio::ip::tcp::socket;
  struct Link;

  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(std::shared_ptr<Link> link);
  boost::asio::awaitable<void> pump(std::shared_ptr<Link> link, Socket* from, Socket* to);
  boost::asio::awaitable<void> pass(std::shared_ptr<Link> link, Socket* to, std::string bytes);
  void on_thread(std::function<void()> action);
  void for_each_link(std::function<void(Link&)> const& action);

  boost::asio::io_context context_{1};
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ip::tcp::endpoint target_;
  std::uint16_t port_;
  base::Condition resumed_;
  std::vector<std::weak_ptr<Link>> links_;
  std::size_t slice_ = 0;
  int connections_ = 0;
  bool stalled_ = false;
  std::thread thread_;
};

}  // namespace scaleset::http::testing
