#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "base/condition.hpp"
#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "daemon/control_codec.hpp"
#include "daemon/control_socket.hpp"
#include "scaleset/async/scope.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// Serves the clients of the control socket, none of which can hold up anything else: there are at
/// most kMostClients at a time, others wait until the system refuses them, and each has
/// a limited time for its request and for taking its answer.
class ControlServer {
 public:
  /// The answer to a request, with its line feed.
  using Handler = std::function<boost::asio::awaitable<std::string>(ControlRequest)>;
  static constexpr int kMostClients = 16;
  static constexpr std::chrono::seconds kToAsk{5};
  static constexpr std::chrono::seconds kToTakeSome{5};  // of the answer

  ControlServer(boost::asio::any_io_executor executor, ControlSocket socket, Handler handler,
                std::shared_ptr<LogSink> log);
  ControlServer(ControlServer const&) = delete;
  ControlServer& operator=(ControlServer const&) = delete;
  /// After stop().
  ~ControlServer();

  /// Serves until stop().
  void start();
  /// Takes no more requests, and returns when those under way are answered or given up.
  boost::asio::awaitable<void> stop();
  [[nodiscard]] int clients() const noexcept { return clients_; }
  [[nodiscard]] ControlSocket const& socket() const noexcept { return socket_; }

 private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> wait_for_room();
  bool take_one();
  boost::asio::awaitable<void> serve(base::UniqueFd client);
  boost::asio::awaitable<void> talk(base::UniqueFd client);

  boost::asio::any_io_executor executor_;
  ControlSocket socket_;
  boost::asio::posix::stream_descriptor listening_;
  Handler handler_;
  base::Logger log_;
  int clients_ = 0;
  base::Condition left_;
  async::TaskScope tasks_;
};

}  // namespace scaleset::daemon
