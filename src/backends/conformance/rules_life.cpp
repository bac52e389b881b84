#include <algorithm>

#include "backends/conformance/rules.hpp"

namespace scaleset::backends::conformance {
namespace {

using Kind = InstanceEvent::Kind;

/// Starts a runner that ends by itself.
InstanceEvent end_of(Bench& bench, Behaviour behaviour) {
  bench.must_start("r1", behaviour);
  InstanceEvent end = bench.wait_for_end("r1");
  bench.wait_until_none();
  return end;
}

void expect_cause(InstanceEvent const& end, ExitCause cause) {
  expect(end.cause == cause, "the cause is \"" + std::string(to_string(end.cause)) +
                                 "\" instead of \"" + std::string(to_string(cause)) +
                                 "\", with the reason: " + end.reason);
  expect(!end.reason.empty(), "no reason is told");
}

void expect_end(InstanceEvent const& end, ExitCause cause, std::optional<int> code) {
  expect_cause(end, cause);
  expect(end.exit_code == code,
         "the exit code is " + (end.exit_code ? std::to_string(*end.exit_code) : "none"));
}

}  // namespace

void the_whole_life_is_told_once(Bench& bench) {
  bench.must_listen("r1");
  bench.tell("r1", JobStep::begin);
  bench.wait_for(Kind::busy, "r1");
  bench.tell("r1", JobStep::end);
  InstanceEvent const end = bench.wait_for_end("r1");
  expect_end(end, ExitCause::exited, 0);
  bench.settle();
  std::vector<Kind> kinds;
  kinds.reserve(bench.events.size());
  for (InstanceEvent const& event : bench.events) kinds.push_back(event.kind);
  expect(kinds == std::vector{Kind::registered, Kind::busy, Kind::idle, Kind::exited},
         "its " + std::to_string(kinds.size()) + " events are not: registered, busy, idle, exited");
  expect(bench.list().empty(), "it is listed after its end was told");
}

void a_stop_is_idempotent(Bench& bench) {
  bench.stop("never-was", StopMode::graceful);
  bench.stop("never-was", StopMode::force);
  bench.must_listen("r1");
  bench.stop("r1", StopMode::graceful);
  bench.stop("r1", StopMode::graceful);
  bench.stop("r1", StopMode::force);
  bench.wait_for_end("r1");
  bench.stop("r1", StopMode::force);
  bench.settle();
  expect(bench.count(Kind::exited, "r1") == 1, "its end is told twice");
}

void a_graceful_stop_lets_it_end(Bench& bench) {
  bench.must_listen("r1");
  bench.stop("r1", StopMode::graceful);
  expect_end(bench.wait_for_end("r1"), ExitCause::exited, 0);
}

void a_forced_stop_ends_what_does_not_listen(Bench& bench) {
  bench.must_listen("r1", Behaviour::stubborn);
  bench.stop("r1", StopMode::force);
  // It was we who sent the signal.
  expect_end(bench.wait_for_end("r1"), ExitCause::exited, std::nullopt);
  expect(bench.list().empty(), "it is listed after its end was told");
}

void what_does_not_end_when_asked_is_killed(Bench& bench) {
  bench.must_listen("r1", Behaviour::stubborn);
  bench.stop("r1", StopMode::graceful);
  bench.settle();
  expect(bench.only().alive, "it is given no time");
  bench.pass_until([&] { return bench.count(Kind::exited, "r1") > 0; }, "it is never killed");
  expect_end(bench.wait_for_end("r1"), ExitCause::exited, std::nullopt);
}

void an_exit_code_is_told(Bench& bench) {
  expect_end(end_of(bench, Behaviour::fails), ExitCause::exited, 1);
}

void a_signal_is_told(Bench& bench) {
  expect_end(end_of(bench, Behaviour::crashes), ExitCause::signalled, std::nullopt);
}

void a_refused_version_is_told(Bench& bench) {
  expect_end(end_of(bench, Behaviour::refused), ExitCause::version_refused, 7);
}

void a_lack_of_memory_is_told(Bench& bench) {
  expect_cause(end_of(bench, Behaviour::hungry), ExitCause::out_of_memory);
}

void a_removal_by_others_is_told(Bench& bench) {
  bench.must_listen("r1");
  bench.subject().evict("r1");
  expect_cause(bench.wait_for_end("r1"), ExitCause::evicted);
  expect(bench.list().empty(), "it is still listed");
}

void the_tail_is_the_end_without_secrets(Bench& bench) {
  constexpr std::size_t kMuch = 4096;
  auto const tail = [&](std::string const& name, std::size_t bytes) {
    auto const text = bench.await(bench.backend().tail(name, bytes), "tail()");
    expect(text.has_value(), "tail() fails");
    return *text;
  };
  expect(tail("never-was", kMuch).empty(), "a runner that never was has printed something");
  bench.must_listen("r1", Behaviour::talkative);
  bench.run_until([&] { return tail("r1", kMuch).contains(kLastWords); },
                  "its last words are missing");
  expect(tail("r1", kMuch).contains("Listening for Jobs"), "what came before is missing");
  expect(!tail("r1", kMuch).contains(kSecret.substr(0, 64)), "a secret is not masked");
  std::string const end = tail("r1", 8);
  expect(end.size() <= 8 && end.contains("words"), "\"" + end + "\" is not its end");
}

}  // namespace scaleset::backends::conformance
