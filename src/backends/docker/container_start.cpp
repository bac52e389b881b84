#include "backends/docker/container_start.hpp"

#include <utility>

namespace scaleset::backends::docker {
namespace {

using namespace std::chrono_literals;
using RunPointer = std::shared_ptr<ContainerRun>;

constexpr auto kWrite = 30s;

Task<void> create(Engine* engine, RunPointer run, ContainerSpec spec, base::Logger log) {
  auto created = co_await engine->create(run->name(), std::move(spec));
  if (!created) co_return std::unexpected(created.error());
  run->id = created->id;
  for (std::string const& warning : created->warnings)
    log.debug("the engine warns of a container", {{"runner", run->name()}, {"warning", warning}});
  co_return Result<void>();
}

/// Whether the container of that name is one of ours. If it is, its id is known then.
Task<bool> is_ours(Engine* engine, RunPointer run) {
  auto found = co_await engine->inspect(run->name());
  if (!found) co_return std::unexpected(found.error());
  auto const ownership = ownership_of(found->labels);
  bool const ours = ownership && ownership->owner == run->ownership.owner &&
                    ownership->runner == run->ownership.runner;
  if (ours) run->id = found->id;
  co_return ours;
}

/// What lists find later, if this fails.
Task<void> remove_unfinished(Engine* engine, RunPointer run) {
  if (run->id.empty()) {
    auto ours = co_await is_ours(engine, run);
    bool const is_there = ours && *ours;
    if (!is_there) co_return Result<void>();
  }
  co_return co_await engine->remove(run->id);
}

}  // namespace

boost::asio::awaitable<void> start_container(EngineLink* link, std::shared_ptr<ContainerRun> run,
                                             ContainerSpec spec, Secret jit_config,
                                             base::Logger log) {
  Engine* const engine = &link->engine();
  using Step = StartMachine::Step;
  std::unique_ptr<http::StreamingCall> input;
  while (run->start.step() != Step::finished) {
    Result<void> done;
    switch (run->start.step()) {
      case Step::create: done = co_await create(engine, run, spec, log); break;
      case Step::attach: {
        auto attached = co_await engine->attach_stdin(run->id);
        if (attached) input = std::move(*attached);
        if (!attached) done = std::unexpected(attached.error());
        break;
      }
      case Step::start: done = co_await engine->start(run->id); break;
      case Step::hand_over: {
        Secret const whole(jit_config.reveal() + "\n");
        done = co_await input->write(whole.reveal(), kWrite);
        break;
      }
      case Step::look: {
        auto ours = co_await is_ours(engine, run);
        run->start.looked(ours.value_or(false));
        continue;
      }
      case Step::remove: done = co_await remove_unfinished(engine, run); break;
      case Step::finished: break;
    }
    if (done) {
      run->start.done();
    } else {
      link->note(done.error());
      run->start.failed(done.error());
    }
  }
}

}  // namespace scaleset::backends::docker
