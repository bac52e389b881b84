#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "backends/backend.hpp"
#include "base/owner_key.hpp"
#include "scaleset/async/scope.hpp"

namespace scaleset::backends {

/// What can go wrong with a pretend instance or a pretend machine.
enum class PretendFault : std::uint8_t {
  slow_prepare,       // prepare() takes PretendWorld::kSlow
  slow_start,         // start() takes PretendWorld::kSlow
  failing_start,      // start() fails, and nothing runs
  lost_answer,        // start() fails, although the instance runs
  failing_list,       // list() fails
  version_refused,    // the instance ends before its program begins, with exit code 7
  never_registering,  // its program never begins, and it waits for ever
  vanishing,          // it is gone within PretendWorld::kVanishWithin, without an event
  lingering,          // when its program ends, it does not
  deaf,               // a graceful stop has no effect on it
};

/// One instance of a PretendWorld, for the program that it runs.
class PretendInstance {
 public:
  /// Where its events go.
  using Tell = std::function<void(InstanceEvent)>;

  PretendInstance(boost::asio::any_io_executor const& executor, base::OwnerKey owner,
                  InstanceSpec spec, std::set<PretendFault> faults, Tell tell);

  [[nodiscard]] base::OwnerKey const& owner() const noexcept { return owner_; }
  /// What it was started from, with the JIT configuration.
  [[nodiscard]] InstanceSpec const& spec() const noexcept { return spec_; }
  [[nodiscard]] std::string const& name() const noexcept { return spec_.runner_name; }
  /// Those that it was given at its start.
  [[nodiscard]] bool has(PretendFault fault) const { return faults_.contains(fault); }
  [[nodiscard]] bool alive() const noexcept { return alive_; }
  [[nodiscard]] Activity activity() const noexcept { return activity_; }

  /// What the program says. After the end these do nothing.
  void registered();
  void busy();
  void idle();
  void troubled(std::string line);
  /// Ends the instance; the program must return then. A lingering one lives on.
  void exit(int code, ExitCause cause);

  /// Ends it whatever it is: by a stop, or by the machine.
  void end(ExitCause cause, std::optional<int> code, std::string reason);
  /// Ends it without an event.
  void vanish();
  /// Runs the program and what else belongs to it. Its tasks are cancelled when it ends; whoever
  /// destroys the instance must have joined them.
  [[nodiscard]] async::TaskScope& scope() noexcept { return scope_; }

 private:
  void say(InstanceEvent event);

  base::OwnerKey owner_;
  InstanceSpec spec_;
  std::set<PretendFault> faults_;
  Tell tell_;
  Activity activity_ = Activity::idle;
  bool alive_ = true;
  async::TaskScope scope_;
};

}  // namespace scaleset::backends
