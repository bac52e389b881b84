#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "daemon/house.hpp"
#include "daemon/service_notify.hpp"
#include "daemon/snapshot.hpp"
#include "scaleset/async/scope.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// Decides what the service manager is told. Pure.
class NotifyMachine {
 public:
  /// What is to be sent now: that the process is ready, once each scale set has taken over its
  /// runners and has been asked for at the service; and what it does, if that is another sentence
  /// than the last one.
  [[nodiscard]] std::vector<std::string> look(Snapshot const& snapshot);
  /// The process is to end, or to wait for its last runners.
  [[nodiscard]] std::vector<std::string> stopping(std::string_view why);
  [[nodiscard]] bool is_ready() const noexcept { return ready_; }

 private:
  bool ready_ = false;
  bool stopping_ = false;
  std::string told_;
};

/// "serving 2 scale sets, 1 of them not ready; 3 runners are busy, 1 is idle"
[[nodiscard]] std::string status_sentence(Snapshot const& snapshot);

/// Tells the service manager how the process is, if it wants to know. The watchdog's sign of life
/// comes from the loop: if that hangs, there is none.
class ServiceManager {
 public:
  ServiceManager(boost::asio::any_io_executor executor, NotifySettings settings, House& house,
                 std::shared_ptr<LogSink> log);

  void start();
  void stopping(std::string_view why);
  /// Around a reload.
  void reloading(std::chrono::microseconds monotonic);
  void reloaded();
  boost::asio::awaitable<void> end();

 private:
  void send(std::string_view message);
  boost::asio::awaitable<void> watch();
  boost::asio::awaitable<void> beat(std::chrono::microseconds interval);

  NotifySettings settings_;
  House& house_;
  base::Logger log_;
  NotifyMachine machine_;
  bool failed_ = false;
  async::TaskScope tasks_;
};

}  // namespace scaleset::daemon
