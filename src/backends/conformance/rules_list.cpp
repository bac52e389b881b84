#include <algorithm>

#include "backends/conformance/rules.hpp"

namespace scaleset::backends::conformance {
namespace {

using namespace std::chrono_literals;
using Kind = InstanceEvent::Kind;

void restart(Bench& bench) {
  bench.let_go();
  bench.make();
}

/// The daemon has been killed. What it had begun must come to an end, or live.
void expect_settled(Bench& bench, std::string const& name, std::string const& when) {
  bench.make();
  auto const deadline = bench.now() + 5min;
  bool over = false;
  while (!over) {
    std::vector<Instance> const all = bench.list();
    expect(all.size() <= 1, when + " several instances are left");
    over = all.empty() || bench.count(Kind::registered, name) > 0;
    expect(bench.now() < deadline, when + " something half done is left");
    auto const soon = bench.now() + 2s;
    bench.pass_until([&] { return over || bench.now() >= soon; }, when + " time stands still");
  }
  bench.stop(name, StopMode::force);
  bench.wait_until_none();
  expect(bench.count(Kind::registered, name) <= 1, when + " it is told twice that it listens");
  bench.let_go();
}

}  // namespace

void a_list_says_whose_it_is_and_what_it_does(Bench& bench) {
  expect(bench.list().empty(), "something is listed before anything was started");
  std::string const reference = bench.must_listen("r1");
  Instance const one = bench.only();
  expect(one.owner == bench.owner, "its owner is another");
  expect(one.runner_name == "r1" && one.reference == reference, "its name is another");
  expect(one.runner == RunnerId{17} && one.scale_set == ScaleSetId{5},
         "its registration or scale set is not known");
  expect(one.alive, "it counts as ended");
  expect(one.activity == Activity::idle, "it is not idle before its job");
  expect(!bench.backend().reference_name().empty(), "its reference has no name");
  bench.tell("r1", JobStep::begin);
  bench.wait_for(Kind::busy, "r1");
  bench.run_until([&] { return bench.only().activity == Activity::busy; },
                  "it is not busy during its job");
}

void what_is_of_others_is_left_alone(Bench& bench) {
  std::string const reference = bench.must_listen("r1");
  bench.let_go();
  bench.events.clear();
  bench.make_for(bench.other);
  bool const hidden = std::ranges::all_of(
      bench.list(), [&](Instance const& one) { return one.owner == bench.owner; });
  expect(hidden, "what is another's is taken for our own");
  bench.stop("r1", StopMode::graceful);
  bench.stop("r1", StopMode::force);
  bench.settle();
  expect(bench.events.empty(), "something is told of what is another's");
  restart(bench);
  Instance const one = bench.only();
  expect(one.alive && one.reference == reference, "its owner does not find it any more");
}

void what_runs_is_adopted(Bench& bench) {
  std::string const reference = bench.must_listen("r1");
  restart(bench);
  Instance const one = bench.only();
  expect(one.alive && one.reference == reference && one.owner == bench.owner, "it is not found");
  expect(one.runner == RunnerId{17} && one.scale_set == ScaleSetId{5},
         "its registration or scale set is forgotten");
  expect(bench.must_start("r1") == reference, "a start does not find it");
  bench.tell("r1", JobStep::begin);
  bench.wait_for(Kind::busy, "r1");
  bench.tell("r1", JobStep::end);
  InstanceEvent const end = bench.wait_for_end("r1");
  expect(end.cause == ExitCause::exited || end.cause == ExitCause::unknown,
         "the cause of its end is \"" + std::string(to_string(end.cause)) + "\"");
  expect(end.exit_code.value_or(0) == 0, "its exit code is wrong");
  expect(bench.list().empty(), "it is listed after its end was told");
}

void what_was_said_meanwhile_is_told_later(Bench& bench) {
  bench.must_listen("r1");
  bench.let_go();
  bench.tell("r1", JobStep::begin);
  bench.settle();
  expect(bench.count(Kind::busy, "r1") == 0, "a backend that is gone tells something");
  bench.make();
  expect(bench.only().alive, "it is not found");
  bench.wait_for(Kind::busy, "r1");
}

void an_end_meanwhile_is_told_later(Bench& bench) {
  bench.must_listen("r1");
  bench.let_go();
  bench.tell("r1", JobStep::begin);
  bench.tell("r1", JobStep::end);
  bench.settle();
  bench.make();
  static_cast<void>(bench.list());
  InstanceEvent const end = bench.wait_for_end("r1");
  expect(end.exit_code.value_or(0) == 0, "its exit code is wrong");
  bench.wait_until_none();
  bench.settle();
  expect(bench.count(Kind::exited, "r1") == 1, "its end is told twice");
}

void a_detached_backend_says_nothing_more(Bench& bench) {
  bench.must_listen("r1");
  bench.let_go();
  bench.events.clear();
  bench.tell("r1", JobStep::begin);
  bench.settle();
  expect(bench.events.empty(), "it goes on to tell what happens");
  bench.make();
  expect(bench.only().alive, "the runner has ended with it");
}

void a_killed_daemon_leaves_nothing_half_done(Bench& bench) {
  bench.let_go();
  // A start has some dozen steps; at its beginning each is tried.
  bool ended = false;
  for (int steps = 1; !ended; steps += 1 + steps / 8) {
    std::string const name = "r" + std::to_string(steps);
    ended = bench.start_and_be_killed(name, steps);
    bench.events.clear();
    expect_settled(bench, name, "after " + std::to_string(steps) + " steps of a start");
  }
  bench.make();
}

}  // namespace scaleset::backends::conformance
