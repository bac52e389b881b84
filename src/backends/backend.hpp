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
  std::string runner_name;  // unique for ever: one JIT configuration = one instance
  Secret jit_config;
};

struct InstanceInfo {
  InstanceInfo() = default;
  std::string runner_name;
  std::string reference;  // what the backend finds it by: a pid, a container id
  bool alive = false;
};

/// What became known about an instance from local evidence, such as the runner's own output lines
/// (spec 11.3).
struct InstanceEvent {
  enum class Kind : std::uint8_t {
    registered,  // "Listening for Jobs"
    busy,        // "Running job: ..."
    idle,        // "Job ... completed with result: ..."
    exited,      // the instance is gone and everything of it is cleaned up
  };
  InstanceEvent() = default;
  InstanceEvent(Kind event_kind, std::string name)
      : kind(event_kind), runner_name(std::move(name)) {}
  Kind kind = Kind::registered;
  std::string runner_name;
  std::optional<int> exit_code;  // exited: the code; no value: killed by a signal
  std::string reason;            // exited: one line for a person
};

enum class StopMode : std::uint8_t {
  graceful,  // ask it to end; it may take its time
  force,     // now, with all its descendants
};

/// Called on the backend's executor, never from inside a call into the backend.
using InstanceObserver = std::function<void(InstanceEvent)>;

/// One thread. Every call is bounded in time and may be cancelled.
class Backend {
 public:
  virtual ~Backend() = default;
  /// Idempotent by runner name. The result is the instance's reference. Errors: backend.
  virtual Task<std::string> start(InstanceSpec spec) = 0;
  /// Idempotent; an instance that is gone already is a success. Returns before the instance has
  /// ended: `exited` tells.
  virtual Task<void> stop(std::string runner_name, StopMode mode) = 0;
  /// What exists, dead or alive, also what an earlier process of ours started.
  virtual Task<std::vector<InstanceInfo>> list() = 0;
  /// Lets go of everything without ending it: instances run on.
  virtual boost::asio::awaitable<void> detach() = 0;
};

}  // namespace scaleset::backends
