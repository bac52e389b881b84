#include <algorithm>

#include "backends/conformance/rules.hpp"

namespace scaleset::backends::conformance {
namespace {

using namespace std::chrono_literals;
using Kind = InstanceEvent::Kind;
using Preparation = std::shared_ptr<Call<void>>;

Preparation begin_preparation(Bench& bench) {
  return bench.begin(bench.backend().prepare(bench.subject().what()));
}

void expect_prepared(Bench& bench, Preparation const& call) {
  bench.pass_until([&] { return call->done; }, "prepare() does not end");
  expect(call->result.has_value(), "prepare() throws");
  if (!*call->result) throw Broken("prepare() fails: " + call->result->error().message);
}

/// An error that a caller can show to a person.
template <class T>
void expect_error(Call<T> const& call, ErrorCode code) {
  expect(call.result && !*call.result, "the call succeeds");
  Error const& error = call.result->error();
  expect(error.code == code, "the error is another: " + error.message);
  expect(!error.message.empty() && !error.message.contains('\n'), "the error is not one line");
}

}  // namespace

void a_list_that_hangs_ends(Bench& bench) {
  bench.subject().disturb(Disturbance::list_hangs);
  auto const call = bench.begin(bench.backend().list());
  bench.settle();
  expect(!call->done, "the suite cannot make it hang");
  auto const begun = bench.now();
  bench.pass_until([&] { return call->done; }, "it hangs for ever");
  expect(bench.now() - begun <= 5min, "it takes longer than five minutes");
  expect_error(*call, ErrorCode::backend);
  bench.subject().disturb(Disturbance::back);
  bench.pass_until([&] { return bench.await(bench.backend().list(), "list()").has_value(); },
                   "the next one fails as well");
}

void a_call_can_be_cancelled(Bench& bench) {
  bench.subject().disturb(Disturbance::list_hangs);
  auto const call = bench.begin(bench.backend().list());
  bench.settle();
  Bench::cancel(*call);
  bench.run_until([&] { return call->done; }, "it does not end when it is cancelled");
  expect_error(*call, ErrorCode::cancelled);
}

void a_preparation_is_shared(Bench& bench) {
  bench.subject().disturb(Disturbance::prepare_is_long);
  int const before = bench.subject().fetched();
  std::vector<Preparation> calls;
  calls.reserve(5);
  for (int i = 0; i < 5; ++i) calls.push_back(begin_preparation(bench));
  for (Preparation const& call : calls) expect_prepared(bench, call);
  expect(bench.subject().fetched() == before + 1, "each of those who wait fetches for itself");
  expect_prepared(bench, begin_preparation(bench));
  expect(bench.subject().fetched() == before + 1, "what is there is fetched once more");
}

void a_preparation_may_be_long(Bench& bench) {
  bench.subject().disturb(Disturbance::prepare_is_long);
  auto const call = begin_preparation(bench);
  bench.settle();
  expect(!call->done, "the suite cannot make it long");
  auto const begun = bench.now();
  expect_prepared(bench, call);
  expect(bench.now() - begun >= 1min, "the suite cannot make it long");
  bench.must_listen("r1");
}

void a_cancelled_preparation_goes_on_for_others(Bench& bench) {
  bench.subject().disturb(Disturbance::prepare_is_long);
  auto const first = begin_preparation(bench);
  auto const second = begin_preparation(bench);
  bench.settle();
  Bench::cancel(*first);
  bench.run_until([&] { return first->done; }, "prepare() does not end when it is cancelled");
  expect_error(*first, ErrorCode::cancelled);
  expect_prepared(bench, second);
}

void it_says_whether_it_works(Bench& bench) {
  bench.must_listen("r1");
  auto const works = bench.await(bench.backend().probe(), "probe()");
  expect(works && !works->empty(), "probe() does not say what it is");
  bench.subject().disturb(Disturbance::away);
  auto const call = bench.begin(bench.backend().probe());
  bench.pass_until([&] { return call->done; }, "probe() does not end");
  expect(call->result && !*call->result, "probe() succeeds without an engine");
  expect(!call->result->error().message.empty(), "probe() does not say what is missing");
  bench.subject().disturb(Disturbance::back);
  bench.pass_until([&] { return bench.await(bench.backend().probe(), "probe()").has_value(); },
                   "probe() fails although the engine is back");
}

void an_engine_that_is_away_has_no_room(Bench& bench) {
  expect(bench.backend().free_slots().value_or(1) > 0, "there is no room at the beginning");
  bench.subject().disturb(Disturbance::away);
  bench.pass_until(
      [&] {
        static_cast<void>(bench.await(bench.backend().list(), "list()"));
        return bench.backend().free_slots() == 0;
      },
      "there is room although the engine is away");
  bench.subject().disturb(Disturbance::back);
  bench.pass_until([&] { return bench.backend().free_slots().value_or(1) > 0; },
                   "there is no room although the engine is back");
}

void what_outlives_its_engine_is_watched_again(Bench& bench) {
  bench.must_listen("r1");
  bench.subject().disturb(Disturbance::away);
  bench.settle();
  bench.tell("r1", JobStep::begin);
  bench.subject().disturb(Disturbance::back);
  bench.pass_until([&] { return bench.count(Kind::busy, "r1") > 0; },
                   "what it said is not told when the engine is back");
  bench.tell("r1", JobStep::end);
  bench.pass_until([&] { return bench.count(Kind::exited, "r1") > 0; }, "its end is not told");
  InstanceEvent const end = bench.wait_for_end("r1");
  expect(end.cause == ExitCause::exited && end.exit_code == 0, "its end is not that of its job");
  expect(bench.count(Kind::registered, "r1") == 1, "what was told is told again");
}

}  // namespace scaleset::backends::conformance
