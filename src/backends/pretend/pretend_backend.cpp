#include "backends/pretend/pretend_backend.hpp"

#include <algorithm>
#include <utility>

#include "scaleset/async/timer.hpp"

namespace scaleset::backends {

namespace asio = boost::asio;

PretendBackend::PretendBackend(base::OwnerKey owner, InstanceObserver observer, PretendWorld& world)
    : owner_(std::move(owner)),
      world_(world),
      listener_(std::make_shared<PretendWorld::Listener>()) {
  listener_->observer = std::move(observer);
  world_.attach(owner_, listener_);
}

PretendBackend::~PretendBackend() { listener_->observer = nullptr; }

Task<std::string> PretendBackend::probe() { co_return "a pretend machine"; }

Task<void> PretendBackend::prepare(std::shared_ptr<Template const> /*what*/) {
  return PretendWorld::prepare(&world_);
}

Task<std::string> PretendBackend::start(InstanceSpec spec) {
  return PretendWorld::start(&world_, listener_, owner_, std::move(spec));
}

Task<void> PretendBackend::stop(std::string runner_name, StopMode mode) {
  world_.stop(owner_, runner_name, mode);
  co_return Result<void>();
}

Task<std::vector<Instance>> PretendBackend::list() { co_return world_.list(); }

Task<std::string> PretendBackend::tail(std::string runner_name, std::size_t bytes) {
  bool const known = world_.find(runner_name) != nullptr;
  std::string const text = known ? runner_name + " is a pretend runner\n" : std::string();
  co_return text.substr(text.size() - std::min(bytes, text.size()));
}

asio::awaitable<void> PretendBackend::detach() {
  listener_->observer = nullptr;
  co_return;
}

}  // namespace scaleset::backends
