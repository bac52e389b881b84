#include "backends/pretend/pretend_instance.hpp"

#include <utility>

namespace scaleset::backends {

using Kind = InstanceEvent::Kind;

PretendInstance::PretendInstance(boost::asio::any_io_executor const& executor, base::OwnerKey owner,
                                 InstanceSpec spec, std::set<PretendFault> faults, Tell tell)
    : owner_(std::move(owner)),
      spec_(std::move(spec)),
      faults_(std::move(faults)),
      tell_(std::move(tell)),
      scope_(executor) {}

void PretendInstance::registered() { say(InstanceEvent(Kind::registered, name())); }

void PretendInstance::busy() {
  activity_ = Activity::busy;
  say(InstanceEvent(Kind::busy, name()));
}

void PretendInstance::idle() {
  activity_ = Activity::idle;
  say(InstanceEvent(Kind::idle, name()));
}

void PretendInstance::troubled(std::string line) {
  InstanceEvent event(Kind::troubled, name());
  event.reason = std::move(line);
  say(std::move(event));
}

void PretendInstance::exit(int code, ExitCause cause) {
  if (has(PretendFault::lingering)) return;
  end(cause, code, "exit code " + std::to_string(code));
}

void PretendInstance::end(ExitCause cause, std::optional<int> code, std::string reason) {
  InstanceEvent event(Kind::exited, name());
  event.cause = cause;
  event.exit_code = code;
  event.reason = std::move(reason);
  say(std::move(event));
  vanish();
}

void PretendInstance::vanish() {
  alive_ = false;
  activity_ = Activity::unknown;
  scope_.request_stop();
}

void PretendInstance::say(InstanceEvent event) {
  if (alive_) tell_(std::move(event));
}

}  // namespace scaleset::backends
