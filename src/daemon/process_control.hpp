#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/background.hpp"
#include "daemon/config_watch.hpp"
#include "daemon/control.hpp"
#include "daemon/control_listener.hpp"
#include "daemon/house.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/signal_watch.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// From where a running process is controlled, besides signals.
struct ControlSettings {
  ControlSettings() = default;
  std::filesystem::path socket;
  NotifySettings notify;
};

/// The answer to an operator who asked for a reload of the configuration file: what has changed, as
/// JSON. Errors: invalid_options, with all that is wrong with the file.
[[nodiscard]] Result<std::string> told(Reloaded const& reloaded);

/// The control socket, and what the service manager is told. Everything that it is made with must
/// outlive it.
class ProcessControl {
 public:
  /// Reads the configuration again, or what else SIGHUP does. The result is JSON.
  using Reload = std::function<boost::asio::awaitable<Result<std::string>>()>;

  /// If the socket cannot be opened, one line of the log says why, and it goes on without.
  ProcessControl(boost::asio::any_io_executor executor, ControlSettings const& settings,
                 House& house, SignalWatch& signals, base::Background& writing, Hooks const& hooks,
                 Reload reload);

  void start();
  /// When the last scale set has ended.
  boost::asio::awaitable<void> end();

 private:
  [[nodiscard]] ControlPorts ports(House& house, SignalWatch& signals, base::Background& writing,
                                   Reload reload);
  void step_begins(StopStep const& step);

  Hooks hooks_;
  base::Logger log_;
  Control control_;
  ServiceManager manager_;
  std::unique_ptr<ControlListener> listener_;  // null: no socket is wanted
};

}  // namespace scaleset::daemon
