#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/owner_key.hpp"
#include "scaleset/async/transport.hpp"
#include "scaleset/secret.hpp"
#include "scaleset/types.hpp"

/// Where runners live. One interface for processes, containers and machines.
namespace scaleset::backends {

/// What a runner is made of.
struct Template {
  Template() = default;
  /// For processes the folder of an unpacked actions/runner release, a link to one, or a folder of
  /// releases, of which the highest version is used; for containers an image.
  std::string source;
  /// What runners and their jobs find in their environment besides the usual variables.
  std::map<std::string, std::string> environment;
  /// Names of variables of this process that they get as well.
  std::vector<std::string> pass_environment;
  friend bool operator==(Template const&, Template const&) = default;
};

struct InstanceSpec {
  InstanceSpec() = default;
  std::string runner_name;  // never used twice: a JIT configuration is good for one instance
  RunnerId runner;          // its registration, and the scale set of that: both are recorded with
  ScaleSetId scale_set;     // the instance, so that a journal that was lost can be made again
  Secret jit_config;
  std::shared_ptr<Template const> what;
};

/// Whether the instance has a job, as a fresh look at it says. For whoever wants to end it,
/// `unknown` is as good as `busy`.
enum class Activity : std::uint8_t { unknown, idle, busy };

struct Instance {
  Instance() = default;
  /// Of another scale set: it is reported, and never touched. Empty: it cannot be told whose it is,
  /// which the backend has reported; nothing of it may be touched, here or at the service.
  base::OwnerKey owner;
  std::string runner_name;
  std::string reference;           // by which a person finds it: a process id, a container id
  std::optional<RunnerId> runner;  // no value: not recorded, by an earlier version
  std::optional<ScaleSetId> scale_set;
  bool alive = false;
  Activity activity = Activity::unknown;
  /// How long before the call of list() its activity was looked at: looks may be shared.
  std::chrono::milliseconds looked_ago{0};
  /// Of one that has ended: whether it had finished by itself, as a runner does after its job. No
  /// value: nothing tells it.
  std::optional<bool> said_goodbye;
};

/// Why an instance ended.
enum class ExitCause : std::uint8_t {
  exited,           // by itself; InstanceEvent::exit_code says how
  signalled,        // by a signal that we did not send
  out_of_memory,    // ended by the system, for lack of memory
  evicted,          // ended by the engine or a person
  image,            // what it is made of could not be had
  engine,           // the engine failed
  version_refused,  // the service refuses this version of the runner (field problem B9)
  removed,          // its registration was removed at the service
  lost,             // it is gone, and nothing says why
  unknown,          // it ended while nobody watched
};
/// Lower case, for logs and metrics. It never changes.
[[nodiscard]] std::string_view to_string(ExitCause cause) noexcept;

/// What the backend learnt about an instance on this machine, for example from the lines that the
/// runner prints (protocol.md 11.3).
struct InstanceEvent {
  enum class Kind : std::uint8_t {
    registered,  // the runner printed "Listening for Jobs"
    busy,        // it printed "Running job: ..."
    idle,        // it printed "Job ... completed with result: ..."
    troubled,    // it printed a line that runners print that lost their registration (B1)
    exited,      // the instance has ended, and everything that belonged to it was removed
  };
  InstanceEvent() = default;
  InstanceEvent(Kind event_kind, std::string name)
      : kind(event_kind), runner_name(std::move(name)) {}
  Kind kind = Kind::registered;
  std::string runner_name;
  std::string version;  // of the runner program, such as "2.336.0"; empty if not known yet
  // Of `exited`:
  ExitCause cause = ExitCause::unknown;
  std::optional<int> exit_code;      // no value if a signal killed it, or if it is not known
  std::optional<bool> said_goodbye;  // as in Instance; it tells most if the exit code is not known
  std::string reason;                // one line for a person; of `troubled` the line
};

enum class StopMode : std::uint8_t {
  graceful,  // asks it to end and gives it time
  force,     // kills it at once, with all its descendants
};

/// Receives the events, on the backend's executor and never from inside a call into the backend.
using InstanceObserver = std::function<void(InstanceEvent)>;

/// Starts and stops the instances of one scale set. Everything happens on one thread. Every call is
/// bounded in time and may be cancelled. Errors: backend, io, cancelled, with one line that says
/// what to do.
class Backend {
 public:
  virtual ~Backend() = default;
  /// Whether instances can be started now. The value is the engine's version, for a person. The
  /// error says what is missing.
  virtual Task<std::string> probe() = 0;
  /// Gets everything that a start needs of the network or of a slow disk, so that no JIT
  /// configuration ages meanwhile. Callers with the same template share the work.
  virtual Task<void> prepare(std::shared_ptr<Template const> what) = 0;
  /// Starts an instance; one that runs under that name already is left as it is. The result is the
  /// instance's reference.
  virtual Task<std::string> start(InstanceSpec spec) = 0;
  /// Makes an instance end. It is no error if there is none. Returns before the instance has ended;
  /// the event `exited` reports that.
  virtual Task<void> stop(std::string runner_name, StopMode mode) = 0;
  /// All instances, running or ended, including those that an earlier run of this program started,
  /// and those of others that are in the way. Looks anew whether each is there; for its activity
  /// see Instance::looked_ago.
  virtual Task<std::vector<Instance>> list() = 0;
  /// What Instance::reference is, as the name of a field of the log.
  [[nodiscard]] virtual std::string_view reference_name() const noexcept { return "reference"; }
  /// How many more instances there is room for. No value: not known.
  [[nodiscard]] virtual std::optional<int> free_slots() { return std::nullopt; }
  /// The end of what the instance printed, with secrets masked; empty if there is none.
  virtual Task<std::string> tail(std::string runner_name, std::size_t bytes) = 0;
  /// Stops watching the instances, which run on.
  virtual boost::asio::awaitable<void> detach() = 0;
};

}  // namespace scaleset::backends
