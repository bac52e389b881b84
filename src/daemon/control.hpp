#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/background.hpp"
#include "base/log.hpp"
#include "daemon/control_codec.hpp"
#include "daemon/house.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// What the control socket's requests are done with.
struct ControlPorts {
  ControlPorts() = default;
  House* house = nullptr;
  std::shared_ptr<Clock> clock;
  /// Where long answers are written, so that the loop does not.
  base::Background* writing = nullptr;
  /// Drains all scale sets and ends the process, as SIGINT does. The text is a clause for the log.
  std::function<void(std::string const& why)> drain_all;
  /// Reads the configuration again. The result is JSON.
  std::function<boost::asio::awaitable<Result<std::string>>()> reload;
};

/// Does what a request of the control socket asks for.
class Control {
 public:
  explicit Control(ControlPorts ports) : ports_(std::move(ports)) {}
  /// The line of the answer. Everything that it works with must outlive it.
  boost::asio::awaitable<std::string> answer(ControlRequest request);

 private:
  Task<std::string> perform(ControlRequest request);
  Task<std::string> status(std::string which);
  Task<std::string> drain_all();
  Task<std::string> suspend(std::string which, fleet::Suspension how);
  Task<std::string> add_runner(std::string which);
  Task<std::string> retire_runner(std::string name);
  Task<std::string> reset_session(std::string which);
  Task<std::string> delete_set(std::string which);
  [[nodiscard]] std::string now_of(base::OwnerKey const& owner) const;
  [[nodiscard]] Result<SetRunner*> find(std::string const& which) const;

  ControlPorts ports_;
};

}  // namespace scaleset::daemon
