#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "backends/pretend/pretend_world.hpp"
#include "base/owner_key.hpp"

namespace scaleset::backends {

/// A backend in memory, for simulations: its instances are those of a PretendWorld. It may be
/// destroyed at any time, as by a crash of the daemon, also with calls under way, which then start
/// nothing more; its instances go on. One that is made later for the same owner finds them, and
/// gets the events that nobody was told. The world must outlive it and its calls.
class PretendBackend final : public Backend {
 public:
  PretendBackend(base::OwnerKey owner, InstanceObserver observer, PretendWorld& world);
  PretendBackend(PretendBackend const&) = delete;
  PretendBackend& operator=(PretendBackend const&) = delete;
  ~PretendBackend() override;

  Task<std::string> probe() override;
  Task<void> prepare(std::shared_ptr<Template const> what) override;
  Task<std::string> start(InstanceSpec spec) override;
  /// A graceful stop ends the instance at once with exit code 0.
  Task<void> stop(std::string runner_name, StopMode mode) override;
  Task<std::vector<Instance>> list() override;
  Task<std::string> tail(std::string runner_name, std::size_t bytes) override;
  boost::asio::awaitable<void> detach() override;

 private:
  base::OwnerKey owner_;
  PretendWorld& world_;
  std::shared_ptr<PretendWorld::Listener> listener_;
};

}  // namespace scaleset::backends
