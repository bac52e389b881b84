#include <algorithm>

#include "backends/conformance/rules.hpp"

namespace scaleset::backends::conformance {

using Kind = InstanceEvent::Kind;

void a_start_is_idempotent_by_name(Bench& bench) {
  std::string const first = bench.must_listen("r1");
  expect(bench.must_start("r1") == first, "the second start gives another reference");
  Instance const one = bench.only();
  expect(one.runner_name == "r1" && one.reference == first, "another instance is listed");
  bench.settle();
  expect(bench.count(Kind::registered, "r1") == 1, "it was started twice");
}

void two_starts_at_once_make_one_instance(Bench& bench) {
  auto const first = bench.begin(bench.backend().start(bench.spec("r1", Behaviour::works)));
  auto const second = bench.begin(bench.backend().start(bench.spec("r1", Behaviour::works)));
  bench.run_until([&] { return first->done && second->done; }, "a start does not end");
  expect(first->result && first->result->has_value(), "the first start fails");
  bool const same = !*second->result || **second->result == **first->result;
  expect(same, "the second start gives another reference");
  bench.wait_for(Kind::registered, "r1");
  static_cast<void>(bench.only());
  expect(bench.count(Kind::registered, "r1") == 1, "it was started twice");
}

void many_start_at_once(Bench& bench) {
  constexpr int kMany = 20;
  std::vector<std::shared_ptr<Call<std::string>>> calls;
  calls.reserve(kMany);
  for (int i = 0; i < kMany; ++i)
    calls.push_back(
        bench.begin(bench.backend().start(bench.spec("r" + std::to_string(i), Behaviour::works))));
  bench.run_until(
      [&] { return std::ranges::all_of(calls, [](auto const& call) { return call->done; }); },
      "a start does not end");
  for (auto const& call : calls)
    expect(call->result && call->result->has_value(), "a start among many fails");
  for (int i = 0; i < kMany; ++i) bench.wait_for(Kind::registered, "r" + std::to_string(i));
  expect(bench.list().size() == kMany, "not all are listed");
  for (int i = 0; i < kMany; ++i) bench.stop("r" + std::to_string(i), StopMode::force);
  for (int i = 0; i < kMany; ++i) bench.wait_for(Kind::exited, "r" + std::to_string(i));
  expect(bench.list().empty(), "something is left");
}

void a_cancelled_start_leaves_nothing(Bench& bench) {
  auto const call = bench.begin(bench.backend().start(bench.spec("r1", Behaviour::works)));
  Bench::cancel(*call);
  bench.run_until([&] { return call->done; }, "a start that is cancelled does not end");
  expect(call->result && !*call->result, "a start that is cancelled succeeds");
  expect(call->result->error().code == ErrorCode::cancelled, "its error is no cancellation");
  bench.wait_until_none();
}

void a_start_that_is_refused_leaves_nothing(Bench& bench) {
  bench.subject().disturb(Disturbance::start_refused);
  auto const refused = bench.start("r1");
  expect(!refused, "the start succeeds");
  expect(refused.error().code == ErrorCode::backend, "the error is not one of the backend");
  expect(refused.error().message.contains("r1"), "the error does not name the runner");
  expect(!refused.error().message.contains('\n'), "the error has several lines");
  expect(bench.list().empty(), "something is left");
  expect(bench.events.empty(), "something is told of what never ran");
  bench.must_listen("r2");
}

void a_lost_answer_leaves_one_at_most(Bench& bench) {
  bench.subject().disturb(Disturbance::start_answer_lost);
  expect(!bench.start("r1"), "the start succeeds");
  std::vector<Instance> const all = bench.list();
  expect(all.size() <= 1, "several instances are listed");
  // If an instance is running, another start under this name must return it.
  auto const again = bench.start("r1");
  if (again) bench.wait_for(Kind::registered, "r1");
  expect(all.empty() || (again && *again == all.front().reference),
         "the one that runs is not found by its name");
  bench.stop("r1", StopMode::force);
  bench.wait_until_none();
  expect(bench.count(Kind::registered, "r1") <= 1, "its JIT configuration was used twice");
}

void a_name_that_others_have_is_refused(Bench& bench) {
  std::string const reference = bench.must_listen("r1");
  bench.let_go();
  bench.make_for(bench.other);
  expect(!bench.start("r1"), "the start succeeds");
  bench.let_go();
  bench.make();
  Instance const one = bench.only();
  expect(one.alive && one.reference == reference, "the one that has the name was touched");
}

}  // namespace scaleset::backends::conformance
