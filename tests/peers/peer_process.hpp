#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// For tests only: somebody else's program as a child process.
namespace scaleset::peers {

/// The program listens on a port of 127.0.0.1 when the constructor returns, and has ended when the
/// destructor returns.
class PeerProcess {
 public:
  /// The program and the arguments that make it listen on `port`.
  using Command = std::function<std::vector<std::string>(std::uint16_t port)>;

  /// Uses a port that was free a moment ago, or another one if somebody has taken it meanwhile.
  /// Throws if the program does not listen within 20 s.
  explicit PeerProcess(Command command);
  PeerProcess(PeerProcess const&) = delete;
  PeerProcess& operator=(PeerProcess const&) = delete;
  ~PeerProcess();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  void signal(int number) const;
  /// Sends SIGKILL and waits until the program has ended.
  void kill();
  /// Starts again, on the same port.
  void start_again();

 private:
  [[nodiscard]] bool start();

  Command command_;
  std::uint16_t port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace scaleset::peers
