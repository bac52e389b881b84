#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/log.hpp"
#include "base/loop_timer.hpp"
#include "daemon/house.hpp"
#include "daemon/house_config.hpp"
#include "daemon/stopping.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// How long a process that was told to leave may take, whatever hangs. The listener's own end takes
/// less.
inline constexpr std::chrono::seconds kLongestStop{10};

/// Handles signals until end(): asks the StopMachine, and does what it says.
class SignalWatch {
 public:
  /// `signals` is what base::received_signals() returned.
  SignalWatch(boost::asio::io_context& context, int signals, HouseConfig const& config,
              Hooks const& hooks, House& house);
  SignalWatch(SignalWatch const&) = delete;
  SignalWatch& operator=(SignalWatch const&) = delete;
  ~SignalWatch() { signals_.release(); }  // it stays open until the process ends
  void end();
  /// As SIGINT does.
  void drain(std::string why);
  /// Called before each step is done.
  void on_step(std::function<void(StopStep const&)> told) { told_ = std::move(told); }
  /// What SIGHUP does: `reload` gets the reason.
  void on_reload(std::function<void(std::string const&)> reload) { reload_ = std::move(reload); }
  /// What is different from now on. A drain that is under way goes on as it began.
  void configure(HouseConfig const& config);

 private:
  void wait();
  void read_all();
  void received(int signal);
  void perform(StopStep const& step);
  void watch_drain();

  boost::asio::posix::stream_descriptor signals_;
  base::LoopTimer drain_timer_;
  std::shared_ptr<Clock> clock_;
  base::Logger log_;
  StopMachine machine_;
  std::function<void(StopStep const&)> told_;
  House& house_;
  std::function<void(std::string const&)> reload_;
};

}  // namespace scaleset::daemon
