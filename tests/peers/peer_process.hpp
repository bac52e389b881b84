#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// For tests only: somebody else's program as a child process.
namespace scaleset::peers {

/// Listens on a port of 127.0.0.1 when the constructor returns; is gone when the destructor does.
class PeerProcess {
 public:
  /// Program and arguments that make it listen on that port.
  using Command = std::function<std::vector<std::string>(std::uint16_t port)>;

  /// On a port that was free a moment ago; on another if somebody was faster. Throws if the program
  /// does not listen within 20 s.
  explicit PeerProcess(Command command);
  PeerProcess(PeerProcess const&) = delete;
  PeerProcess& operator=(PeerProcess const&) = delete;
  ~PeerProcess();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  void signal(int number) const;
  /// kill -9, until it is gone.
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
