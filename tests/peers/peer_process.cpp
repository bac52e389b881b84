#include "peer_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/spawn.hpp"
#include "base/unique_fd.hpp"

namespace scaleset::peers {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t free_port() {
  base::UniqueFd const socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  bool const known = ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0;
  return known ? ntohs(address.sin_port) : std::uint16_t{0};
}

bool listens(std::uint16_t port) {
  base::UniqueFd const socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in const address = loopback(port);
  return ::connect(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0;
}

/// Starts the program in its own process group, because nghttpx has workers. Its output is dropped
/// unless SCALESET_PEERS_STDERR is set.
pid_t spawn(std::vector<std::string> const& command) {
  base::Spawn spawn;
  if (::getenv("SCALESET_PEERS_STDERR") == nullptr) spawn.output_and_errors("/dev/null", O_WRONLY);
  auto const pid = spawn.start(command[0], command, environ);
  if (!pid) throw std::runtime_error("cannot start " + command[0] + ": " + pid.error().message());
  return *pid;
}

}  // namespace

PeerProcess::PeerProcess(Command command) : command_(std::move(command)) {
  for (int attempt = 0; attempt < 5; ++attempt) {
    port_ = free_port();
    if (start()) return;
  }
  throw std::runtime_error(command_(port_)[0] + " does not listen on its port");
}

PeerProcess::~PeerProcess() { kill(); }

void PeerProcess::signal(int number) const { ::kill(pid_, number); }

void PeerProcess::kill() {
  if (pid_ == 0) return;
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
  // A worker of nghttpx may live a moment longer than its master and still accept connections. The
  // check whether the next program listens must not reach that worker.
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (listens(port_) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void PeerProcess::start_again() {
  kill();
  for (int attempt = 0; attempt < 5; ++attempt)
    if (start()) return;
  throw std::runtime_error(command_(port_)[0] + " does not listen on its port again");
}

bool PeerProcess::start() {
  pid_ = spawn(command_(port_));
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < deadline) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = 0;
      return false;
    }
    if (listens(port_)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  kill();
  return false;
}

}  // namespace scaleset::peers
