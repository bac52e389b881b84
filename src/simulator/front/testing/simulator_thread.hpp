#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "simulator/front/simulator.hpp"

namespace scaleset::inline v0 {

/// Runs the simulator on its own thread, so that tests of blocking code can call it.
class SimulatorThread {
 public:
  explicit SimulatorThread(simulator::SimulatorOptions options = {}) {
    auto started = simulator::Simulator::start(context_.get_executor(), std::move(options));
    if (!started) throw std::runtime_error(started.error().message);
    simulator_ = *std::move(started);
    thread_ = std::thread([this] { context_.run(); });
  }
  SimulatorThread(SimulatorThread const&) = delete;
  SimulatorThread& operator=(SimulatorThread const&) = delete;
  ~SimulatorThread() {
    boost::asio::co_spawn(context_, simulator_->stop(), boost::asio::use_future).get();
    context_.stop();
    thread_.join();
  }
  [[nodiscard]] std::string config_url() const { return simulator_->config_url("my-org"); }
  [[nodiscard]] std::string const& url() const { return simulator_->url(); }

 private:
  boost::asio::io_context context_{1};
  std::unique_ptr<simulator::Simulator> simulator_;
  std::thread thread_;
};

}  // namespace scaleset::inline v0
