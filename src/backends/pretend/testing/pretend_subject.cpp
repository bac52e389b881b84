#include "backends/pretend/testing/pretend_subject.hpp"

#include <boost/asio/co_spawn.hpp>

namespace scaleset::backends {

using conformance::Disturbance;

PretendSubject::PretendSubject(boost::asio::io_context& loop)
    : loop_(loop), world_(loop.get_executor(), random_, [this](PretendInstance& instance) {
        return play(&instance);
      }) {}

PretendSubject::~PretendSubject() {
  bool over = false;
  boost::asio::co_spawn(loop_, world_.finish(), [&](std::exception_ptr) { over = true; });
  while (!over) {
    loop_.restart();
    loop_.run_one();
  }
}

std::unique_ptr<Backend> PretendSubject::make(boost::asio::io_context& /*loop*/,
                                              base::OwnerKey owner, InstanceObserver observer) {
  return std::make_unique<PretendBackend>(std::move(owner), std::move(observer), world_);
}

boost::asio::awaitable<void> PretendSubject::play(PretendInstance* instance) {
  std::string const text = instance->spec().jit_config.reveal();
  std::string const behaviour = text.substr(0, text.find(' '));
  if (behaviour == "fails") instance->exit(1, ExitCause::exited);
  if (behaviour == "refused") instance->exit(7, ExitCause::version_refused);
  if (behaviour == "crashes")
    instance->end(ExitCause::signalled, std::nullopt, "killed by SIGSEGV");
  if (behaviour == "hungry")
    instance->end(ExitCause::out_of_memory, std::nullopt, "it needed too much memory");
  if (!instance->alive()) co_return;
  Gate const begin(instance->name(), conformance::JobStep::begin);
  Gate const end(instance->name(), conformance::JobStep::end);
  instance->registered();
  bool const begun = co_await gates_[begin].wait();
  if (!begun) co_return;
  instance->busy();
  bool const done = co_await gates_[end].wait();
  if (!done) co_return;
  instance->idle();
  instance->exit(0, ExitCause::exited);
}

bool PretendSubject::tell(std::string const& runner_name, conformance::JobStep step) {
  auto const gate = gates_.find(Gate(runner_name, step));
  if (gate == gates_.end()) return false;
  gate->second.notify_all();
  return true;
}

void PretendSubject::disturb(Disturbance disturbance) {
  world_.faults.clear();
  random_->left = 1;
  if (disturbance == Disturbance::start_refused) world_.faults[PretendFault::failing_start] = 0.5;
  if (disturbance == Disturbance::start_answer_lost) world_.faults[PretendFault::lost_answer] = 0.5;
  if (disturbance == Disturbance::prepare_is_long) world_.faults[PretendFault::slow_prepare] = 0.5;
}

void PretendSubject::evict(std::string const& runner_name) {
  world_.find(runner_name)->end(ExitCause::evicted, std::nullopt, "somebody removed it");
}

std::map<std::string, std::string> PretendSubject::exceptions() const {
  std::string const no_engine = "a machine in memory does not go away, and answers at once";
  return {
      {"WhatDoesNotEndWhenAskedIsKilled", "to the simulation it is the fleet that gives time"},
      {"TheTailIsTheEndWithoutSecrets", "its instances print nothing"},
      {"AKilledDaemonLeavesNothingHalfDone", "what it runs is in the memory of its process"},
      {"APreparationIsShared", "there is nothing to fetch"},
      {"AListThatHangsEnds", no_engine},
      {"ACallCanBeCancelled", no_engine},
      {"ItSaysWhetherItWorks", no_engine},
      {"AnEngineThatIsAwayHasNoRoom", no_engine},
      {"WhatOutlivesItsEngineIsWatchedAgain", no_engine},
  };
}

}  // namespace scaleset::backends
