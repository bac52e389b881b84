#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scaleset/async/transport.hpp"
#include "scaleset/secret.hpp"

/// Where runners live. One interface for processes, containers and machines.
namespace scaleset::backends {

struct InstanceSpec {
  InstanceSpec() = default;
  std::string runner_name;  // never used twice: a JIT configuration is good for one instance
  Secret jit_config;
};

struct InstanceInfo {
  InstanceInfo() = default;
  std::string runner_name;
  std::string reference;  // by which the backend finds it: a process id, a container id
  bool alive = false;
};

/// What the backend learnt about an instance on this machine, for example from the lines that the
/// runner prints (protocol.md 11.3).
struct InstanceEvent {
  enum class Kind : std::uint8_t {
    registered,  // the runner printed "Listening for Jobs"
    busy,        // it printed "Running job: ..."
    idle,        // it printed "Job ... completed with result: ..."
    exited,      // the instance has ended, and everything that belonged to it was removed
  };
  InstanceEvent() = default;
  InstanceEvent(Kind event_kind, std::string name)
      : kind(event_kind), runner_name(std::move(name)) {}
  Kind kind = Kind::registered;
  std::string runner_name;
  std::optional<int>
      exit_code;       // of `exited`: no value if a signal killed it, or if it is not known
  std::string reason;  // of `exited`: one line for a person
};

enum class StopMode : std::uint8_t {
  graceful,  // asks it to end and gives it time
  force,     // kills it at once, with all its descendants
};

/// Receives the events, on the backend's executor and never from inside a call into the backend.
using InstanceObserver = std::function<void(InstanceEvent)>;

/// Starts and stops instances. Everything happens on one thread. Every call is bounded in time and
/// may be cancelled.
class Backend {
 public:
  virtual ~Backend() = default;
  /// Starts an instance; one that runs under that name already is left as it is. The result is the
  /// instance's reference. Errors: backend.
  virtual Task<std::string> start(InstanceSpec spec) = 0;
  /// Makes an instance end. It is no error if there is none. Returns before the instance has ended;
  /// the event `exited` reports that.
  virtual Task<void> stop(std::string runner_name, StopMode mode) = 0;
  /// All instances, running or ended, including those that an earlier run of this program started.
  virtual Task<std::vector<InstanceInfo>> list() = 0;
  /// Stops watching the instances, which run on.
  virtual boost::asio::awaitable<void> detach() = 0;
};

}  // namespace scaleset::backends
