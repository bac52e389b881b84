#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "backends/pretend/pretend_instance.hpp"
#include "base/owner_key.hpp"
#include "scaleset/async/scope.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::backends {

/// A machine in memory on which PretendBackends start instances. It outlives them, as a real
/// machine outlives the daemon, and keeps the events of instances that nobody listens to for the
/// next backend of the same owner, as real output pipes do. All waits are those of the executor's
/// time.
class PretendWorld {
 public:
  /// What an instance does: it says registered(), busy(), idle() and exit(), and waits with
  /// async::sleep_for. It is cancelled when the instance ends by other means, and must return then.
  /// If it returns without exit(), the instance ends with exit code 0.
  using Program = std::function<boost::asio::awaitable<void>(PretendInstance&)>;
  /// Of the runner program, as the events have it. Counts for instances that are started then.
  std::string version = "2.336.0";
  /// The probability of each, from 0 to 1. What is not in it does not happen.
  using Faults = std::map<PretendFault, double>;

  static constexpr std::chrono::seconds kSlow{90};
  static constexpr std::chrono::minutes kVanishWithin{30};

  PretendWorld(boost::asio::any_io_executor executor, std::shared_ptr<RandomSource> random,
               Program program);
  PretendWorld(PretendWorld const&) = delete;
  PretendWorld& operator=(PretendWorld const&) = delete;
  /// finish() must have been awaited.
  ~PretendWorld();

  /// May be changed at any time. It counts for calls and instances that begin then.
  Faults faults;
  /// Called before an instance begins, before one is told to stop, and before one vanishes, for
  /// whoever watches. May be null.
  std::function<void(PretendInstance const&)> on_start;
  std::function<void(PretendInstance const&)> on_stop;
  std::function<void(PretendInstance const&)> on_vanish;
  /// How often each fault has happened.
  [[nodiscard]] std::map<PretendFault, int> const& happened() const noexcept { return happened_; }
  /// The instances that have not vanished, and whose end nobody has been told yet.
  [[nodiscard]] std::vector<PretendInstance const*> instances() const;
  /// The living instance of this name; null if there is none.
  [[nodiscard]] PretendInstance* find(std::string const& runner_name) const;
  /// Ends everything that still runs, without telling anybody.
  boost::asio::awaitable<void> finish();

 private:
  friend class PretendBackend;
  /// A backend, as its calls and the world know it. They may outlive it.
  struct Listener {
    InstanceObserver observer;  // null after the backend's end
  };
  using InstancePointer = std::shared_ptr<PretendInstance>;

  // What a backend's calls do. The coroutines may outlive their backend.
  static Task<void> prepare(PretendWorld* world);
  static Task<std::string> start(PretendWorld* world, std::shared_ptr<Listener> listener,
                                 base::OwnerKey owner, InstanceSpec spec);
  void stop(base::OwnerKey const& owner, std::string const& runner_name, StopMode mode);
  Result<std::vector<Instance>> list();

  bool draw(PretendFault fault);
  Result<std::string> known(base::OwnerKey const& owner, std::string const& runner_name) const;
  void attach(base::OwnerKey const& owner, std::shared_ptr<Listener> listener);
  void begin(base::OwnerKey const& owner, InstanceSpec spec);
  void route(base::OwnerKey const& owner, InstanceEvent event);
  void deliver(std::shared_ptr<Listener> const& listener, InstanceEvent event);
  boost::asio::awaitable<void> live(InstancePointer instance);
  boost::asio::awaitable<void> vanish_later(InstancePointer instance);
  boost::asio::awaitable<void> join(InstancePointer instance);

  boost::asio::any_io_executor executor_;
  std::shared_ptr<RandomSource> random_;
  Program program_;
  std::map<PretendFault, int> happened_;
  std::map<std::string, InstancePointer> instances_;
  std::map<std::string, bool> starting_;  // whether it was asked to stop
  std::map<base::OwnerKey, std::shared_ptr<Listener>> listeners_;
  std::map<base::OwnerKey, std::vector<InstanceEvent>> kept_;
  async::TaskScope scope_;
};

}  // namespace scaleset::backends
