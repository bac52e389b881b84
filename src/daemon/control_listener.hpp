#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "base/background.hpp"
#include "base/log.hpp"
#include "daemon/control_server.hpp"
#include "scaleset/async/scope.hpp"

namespace scaleset::daemon {

/// The control socket of a process with its server. People remove what they do not know, and move
/// folders: once a minute it is checked whether clients still find the socket, and if not, another
/// one is opened at its path. Connections to the old one are closed then.
class ControlListener {
 public:
  static constexpr std::chrono::minutes kBetweenLooks{1};

  /// `disk` must outlive it.
  ControlListener(boost::asio::any_io_executor executor, std::filesystem::path path,
                  ControlServer::Handler handler, base::Background& disk,
                  std::shared_ptr<LogSink> log);

  /// Opens the socket. If that is not possible, one line of the log says why, and it is tried again
  /// each minute.
  void start();
  boost::asio::awaitable<void> stop();

 private:
  /// Null: the socket is still there, so no other one was opened.
  using Opened = std::unique_ptr<ControlSocket>;
  boost::asio::awaitable<void> keep();
  boost::asio::awaitable<void> replace(Opened socket);
  void serve(ControlSocket socket);
  void failed(Error const& error);

  boost::asio::any_io_executor executor_;
  std::filesystem::path path_;
  ControlServer::Handler handler_;
  base::Background& disk_;
  std::shared_ptr<LogSink> sink_;
  base::Logger log_;
  std::unique_ptr<ControlServer> server_;  // null: there is no socket
  std::string failure_;                    // that was told last
  async::TaskScope tasks_;
};

}  // namespace scaleset::daemon
