#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"
#include "daemon/control_socket.hpp"

/// For tests only.
namespace scaleset::cli::testing {

/// The control socket of an autoscaler that answers one connection after the other.
class Autoscaler {
 public:
  Autoscaler(std::filesystem::path const& path, std::deque<std::string> answers)
      : socket_(daemon::ControlSocket::open(path).value()),
        thread_([this, answers = std::move(answers)]() mutable { serve(answers); }) {}
  Autoscaler(Autoscaler const&) = delete;
  Autoscaler& operator=(Autoscaler const&) = delete;
  ~Autoscaler() {
    if (thread_.joinable()) thread_.join();
  }
  /// What it was asked, when all has been answered.
  std::vector<std::string> asked() {
    thread_.join();
    return asked_;
  }

 private:
  void serve(std::deque<std::string> const& answers) {
    for (std::string const& answer : answers) {
      base::UniqueFd client;
      while (!client.valid()) client.reset(::accept(socket_.descriptor(), nullptr, nullptr));
      std::array<char, 4096> line{};
      auto const count = ::read(client.get(), line.data(), line.size());
      asked_.emplace_back(line.data(), static_cast<std::size_t>(std::max<ssize_t>(1, count)) - 1);
      std::string const whole = answer + "\n";
      ::send(client.get(), whole.data(), whole.size(), MSG_NOSIGNAL);
    }
  }
  daemon::ControlSocket socket_;
  std::vector<std::string> asked_;
  std::thread thread_;
};

}  // namespace scaleset::cli::testing
