#include "backends/pretend/pretend_world.hpp"

#include <boost/asio/post.hpp>
#include <set>
#include <utility>

#include "scaleset/async/timer.hpp"

namespace scaleset::backends {

namespace asio = boost::asio;

PretendWorld::PretendWorld(asio::any_io_executor executor, std::shared_ptr<RandomSource> random,
                           Program program)
    : executor_(std::move(executor)),
      random_(std::move(random)),
      program_(std::move(program)),
      scope_(executor_) {}

PretendWorld::~PretendWorld() = default;

std::vector<PretendInstance const*> PretendWorld::instances() const {
  std::vector<PretendInstance const*> all;
  all.reserve(instances_.size());
  for (auto const& [name, instance] : instances_) all.push_back(instance.get());
  return all;
}

PretendInstance* PretendWorld::find(std::string const& runner_name) const {
  auto const found = instances_.find(runner_name);
  bool const alive = found != instances_.end() && found->second->alive();
  return alive ? found->second.get() : nullptr;
}

asio::awaitable<void> PretendWorld::finish() {
  for (auto const& [name, instance] : instances_) instance->vanish();
  instances_.clear();
  listeners_.clear();
  co_await scope_.join();
}

Task<void> PretendWorld::prepare(PretendWorld* world) {
  std::chrono::seconds const takes =
      world->draw(PretendFault::slow_prepare) ? kSlow : std::chrono::seconds(0);
  bool const waited = co_await async::sleep_for(takes);
  if (!waited) co_return fail(ErrorCode::cancelled, "cancelled");
  co_return Result<void>();
}

Task<std::string> PretendWorld::start(PretendWorld* world, std::shared_ptr<Listener> listener,
                                      base::OwnerKey owner, InstanceSpec spec) {
  std::string const name = spec.runner_name;
  bool const taken = world->instances_.contains(name) || world->starting_.contains(name);
  if (taken) co_return world->known(owner, name);
  world->starting_[name] = false;
  std::chrono::seconds const takes =
      world->draw(PretendFault::slow_start) ? kSlow : std::chrono::seconds(0);
  bool const waited = co_await async::sleep_for(takes);
  bool const stop_asked = world->starting_[name];
  world->starting_.erase(name);
  if (!waited || stop_asked || !listener->observer)
    co_return fail(ErrorCode::cancelled, "it was stopped before it ran");
  if (world->draw(PretendFault::failing_start))
    co_return fail(ErrorCode::backend, "cannot start runner " + name + ": the machine refused it");
  world->begin(owner, std::move(spec));
  if (world->draw(PretendFault::lost_answer))
    co_return fail(ErrorCode::backend, "whether runner " + name + " was started is not known");
  co_return world->known(owner, name);
}

Result<std::string> PretendWorld::known(base::OwnerKey const& owner,
                                        std::string const& runner_name) const {
  PretendInstance const* const instance = find(runner_name);
  if (instance != nullptr && instance->owner() == owner) return "pretend-" + runner_name;
  return fail(ErrorCode::backend,
              "runner " + runner_name +
                  " is another's, is being started or has ended already; use a new name");
}

void PretendWorld::stop(base::OwnerKey const& owner, std::string const& runner_name,
                        StopMode mode) {
  auto const starting = starting_.find(runner_name);
  if (starting != starting_.end()) starting->second = true;
  auto const found = instances_.find(runner_name);
  if (found == instances_.end() || found->second->owner() != owner) return;
  InstancePointer const instance = found->second;  // ending it removes it from the list
  if (!instance->alive()) return;
  if (on_stop) on_stop(*instance);
  if (mode == StopMode::force) {
    instance->end(ExitCause::exited, std::nullopt, "killed by signal 9 (SIGKILL)");
  } else if (instance->has(PretendFault::deaf)) {
    ++happened_[PretendFault::deaf];
  } else {
    instance->end(ExitCause::exited, 0, "ended normally (exit code 0)");
  }
}

Result<std::vector<Instance>> PretendWorld::list() {
  if (draw(PretendFault::failing_list))
    return fail(ErrorCode::backend, "the machine does not answer");
  std::vector<Instance> all;
  all.reserve(instances_.size());
  for (auto const& [name, instance] : instances_) {
    Instance one;
    one.owner = instance->owner();
    one.runner_name = name;
    one.reference = "pretend-" + name;
    one.runner = instance->spec().runner;
    one.scale_set = instance->spec().scale_set;
    one.alive = instance->alive();
    one.activity = instance->activity();
    all.push_back(std::move(one));
  }
  return all;
}

bool PretendWorld::draw(PretendFault fault) {
  auto const probability = faults.find(fault);
  // No number is drawn for what cannot happen, so that a new kind of fault changes no old run.
  bool const happens = probability != faults.end() && probability->second > 0 &&
                       random_->uniform() < probability->second;
  if (happens) ++happened_[fault];
  return happens;
}

void PretendWorld::attach(base::OwnerKey const& owner, std::shared_ptr<Listener> listener) {
  listeners_[owner] = listener;
  std::vector<InstanceEvent> const kept = std::exchange(kept_[owner], {});
  for (InstanceEvent const& event : kept) deliver(listener, event);
}

void PretendWorld::begin(base::OwnerKey const& owner, InstanceSpec spec) {
  std::set<PretendFault> drawn;
  for (PretendFault const fault :
       {PretendFault::version_refused, PretendFault::never_registering, PretendFault::vanishing,
        PretendFault::lingering, PretendFault::deaf}) {
    if (draw(fault)) drawn.insert(fault);
  }
  std::string const name = spec.runner_name;
  auto tell = [this, owner, program_version = version](InstanceEvent event) {
    event.version = program_version;
    route(owner, std::move(event));
  };
  auto instance =
      std::make_shared<PretendInstance>(executor_, owner, std::move(spec), drawn, std::move(tell));
  instances_[name] = instance;
  if (on_start) on_start(*instance);
  instance->scope().spawn(live(instance));
  if (instance->has(PretendFault::vanishing)) instance->scope().spawn(vanish_later(instance));
  scope_.spawn(join(instance));
}

void PretendWorld::route(base::OwnerKey const& owner, InstanceEvent event) {
  auto const found = listeners_.find(owner);
  if (found != listeners_.end() && found->second->observer) {
    deliver(found->second, std::move(event));
  } else {
    kept_[owner].push_back(std::move(event));
  }
}

void PretendWorld::deliver(std::shared_ptr<Listener> const& listener, InstanceEvent event) {
  bool const exited = event.kind == InstanceEvent::Kind::exited;
  // What belonged to it was removed before anybody is told.
  if (exited) instances_.erase(event.runner_name);
  asio::post(executor_, [listener, event = std::move(event)] {
    if (listener->observer) listener->observer(event);
  });
}

asio::awaitable<void> PretendWorld::live(InstancePointer instance) {
  if (instance->has(PretendFault::version_refused)) {
    instance->end(ExitCause::version_refused, 7, "its version is deprecated");
    co_return;
  }
  if (instance->has(PretendFault::never_registering)) co_return;
  co_await program_(*instance);
  if (instance->alive()) instance->exit(0, ExitCause::exited);
}

asio::awaitable<void> PretendWorld::vanish_later(InstancePointer instance) {
  bool const waited = co_await async::sleep_for(
      std::chrono::duration_cast<std::chrono::milliseconds>(random_->uniform() * kVanishWithin));
  if (!waited || !instance->alive()) co_return;
  if (on_vanish) on_vanish(*instance);
  instance->vanish();
  instances_.erase(instance->name());
}

asio::awaitable<void> PretendWorld::join(InstancePointer instance) {
  // Holds the instance until no task of its scope runs any more, whoever else lets it go.
  co_await instance->scope().join();
}

}  // namespace scaleset::backends
