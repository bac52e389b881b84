#include "daemon/process_control.hpp"

#include <chrono>
#include <utility>

#include "base/json_text.hpp"

namespace scaleset::daemon {

namespace asio = boost::asio;

namespace {

/// ["a","b"]
std::string list_of(std::vector<std::string> const& lines) {
  std::string text;
  for (std::string const& line : lines)
    text += (text.empty() ? "" : ",") + base::json_quote(line, false);
  return "[" + text + "]";
}

}  // namespace

Result<std::string> told(Reloaded const& reloaded) {
  if (!reloaded.used) {
    std::string text;
    for (std::string const& line : reloaded.lines) text += (text.empty() ? "" : "; ") + line;
    return fail(ErrorCode::invalid_options,
                "the configuration file cannot be used, and everything goes on as it was: " + text);
  }
  return "{\"changes\":" + list_of(reloaded.lines) + ",\"warnings\":" + list_of(reloaded.warnings) +
         "}";
}

ProcessControl::ProcessControl(asio::any_io_executor executor, ControlSettings const& settings,
                               House& house, SignalWatch& signals, base::Background& writing,
                               Hooks const& hooks, Reload reload)
    : hooks_(hooks),
      log_(hooks.log, "daemon"),
      control_(ports(house, signals, writing, std::move(reload))),
      manager_(executor, settings.notify, house, hooks.log) {
  signals.on_step([this](StopStep const& step) { step_begins(step); });
  if (settings.socket.empty()) return;
  ControlServer::Handler answer = [this](ControlRequest request) {
    return control_.answer(std::move(request));
  };
  listener_ = std::make_unique<ControlListener>(std::move(executor), settings.socket,
                                                std::move(answer), writing, hooks_.log);
}

ControlPorts ProcessControl::ports(House& house, SignalWatch& signals, base::Background& writing,
                                   Reload reload) {
  ControlPorts ports;
  ports.house = &house;
  ports.clock = hooks_.clock;
  ports.writing = &writing;
  ports.drain_all = [&signals](std::string const& why) { signals.drain(why); };
  ports.reload = std::move(reload);
  return ports;
}

void ProcessControl::start() {
  manager_.start();
  if (listener_) listener_->start();
}

asio::awaitable<void> ProcessControl::end() {
  if (listener_) {
    co_await listener_->stop();
  }
  co_await manager_.end();
}

/// What the step does is done before this returns to the loop, so that a reload is over at its end.
void ProcessControl::step_begins(StopStep const& step) {
  switch (step.kind) {
    case StopStep::Kind::drain:
    case StopStep::Kind::detach: manager_.stopping(step.why); break;
    case StopStep::Kind::reload:
      manager_.reloading(std::chrono::duration_cast<std::chrono::microseconds>(
          hooks_.clock->now().steady.time_since_epoch()));
      manager_.reloaded();
      break;
    case StopStep::Kind::none:
    case StopStep::Kind::report: break;
  }
}

}  // namespace scaleset::daemon
