#include <boost/json/serialize.hpp>
#include <random>
#include <ranges>

#include "simulator/model/testing/small_world.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;

/// Does anything at any time, senseless things included, and checks that the world stays
/// consistent.
class RandomWalk : public SmallWorld, public ::testing::WithParamInterface<Profile> {
 protected:
  RandomWalk() : SmallWorld(chosen()) {}
  static ModelOptions chosen() {
    ModelOptions options;
    options.profile = GetParam();
    options.dormant_after = hours(30);
    return options;
  }

  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random); }
  ScaleSetId any_set() { return ScaleSetId{1 + below(6)}; }
  RunnerId any_runner() {
    return RunnerId{std::max<std::int64_t>(1, tenant_now().next_runner_id - below(8))};
  }
  std::string session_of_set(ScaleSetId id) {
    auto const set = model.scale_set(tenant, id);
    return set && (*set)->session ? (*set)->session->id : "none";
  }

  void step() {
    switch (below(10)) {
      case 0: pass(milliseconds(below(4) == 0 ? below(3600000) : below(3000))); break;
      case 1: queue_job({below(2) == 0 ? "a" : "b"}); break;
      case 2: owner_step(); break;
      case 3:
      case 4: listener_step(); break;
      default: runner_step(); break;
    }
  }
  void owner_step() {
    ScaleSetDraft draft;
    draft.name = "set" + std::to_string(below(3));
    draft.labels = std::vector{Label("a"), Label("b")};
    switch (below(6)) {
      case 0: static_cast<void>(model.delete_scale_set(now, tenant, any_set())); break;
      case 1: static_cast<void>(model.update_scale_set(now, tenant, any_set(), draft)); break;
      case 2: static_cast<void>(model.remove_runner(now, tenant, any_runner())); break;
      case 3:
        if (!tenant_now().jobs.empty()) {
          std::string const id = tenant_now().jobs.begin()->second.facts.job_id;
          static_cast<void>(model.cancel_job(now, id));
        }
        break;
      default: static_cast<void>(model.create_scale_set(now, tenant, draft)); break;
    }
  }
  void listener_step() {
    ScaleSetId const set = any_set();
    std::string const session = session_of_set(set);
    switch (below(6)) {
      case 0: static_cast<void>(model.create_session(now, tenant, set, "host")); break;
      case 1: static_cast<void>(model.delete_session(now, tenant, set, session)); break;
      case 2:
        if (auto const ticket = model.begin_poll(now, tenant, set, session, below(5)))
          polls.push_back(*ticket);
        break;
      case 3:
        if (!polls.empty()) {
          static_cast<void>(model.peek(polls.back(), MessageId{0}));
          model.end_poll(now, polls.back());
          polls.pop_back();
        }
        break;
      case 4:
        static_cast<void>(model.acquire_jobs(now, tenant, set, session,
                                             {RequestId{below(20)}, RequestId{below(20)}}));
        break;
      default:
        static_cast<void>(model.delete_message(
            now, tenant, set, session, MessageId{(below(2) == 0 ? 100000000 : 0) + below(9)}));
        break;
    }
  }
  void runner_step() {
    RunnerId const id = any_runner();
    std::string const session = session_of(id);
    PollTicket ticket;
    ticket.tenant = tenant;
    ticket.id = id.value;
    ticket.session = session;
    switch (below(8)) {
      case 0:
        static_cast<void>(
            model.register_runner(now, tenant, any_set(), "r" + std::to_string(below(50)), ""));
        break;
      case 1: static_cast<void>(model.open_runner_session(now, tenant, id, session, "")); break;
      case 2: static_cast<void>(model.begin_runner_poll(now, tenant, id, session)); break;
      case 3: model.end_runner_poll(now, ticket); break;
      case 4:
        if (below(4) == 0) static_cast<void>(model.close_runner_session(now, tenant, id));
        break;
      case 5:
      case 6:
        if (auto const message = model.take_runner_message(ticket); message && *message)
          static_cast<void>(model.acquire_job(now, tenant, id, (*message)->job_id));
        break;
      default: finish_or_renew(id); break;
    }
  }
  void finish_or_renew(RunnerId id) {
    auto const runner = model.runner(tenant, id);
    if (!runner || !(*runner)->job) return;
    std::string const job = tenant_now().jobs.find(*(*runner)->job)->second.facts.job_id;
    if (below(2) == 0) {
      ++finished;
      EXPECT_TRUE(model.complete_job(now, tenant, id, job, "succeeded"));
    } else {
      EXPECT_TRUE(model.renew_job(now, tenant, id, job));
    }
  }

  void expect_consistency() {
    model.advance(now);
    EXPECT_GT(model.next_deadline().value_or(now + milliseconds(1)), now);
    Result<World> const again = world_from_json(to_json(model.world()), now);
    ASSERT_TRUE(again) << again.error().message;
    expect_that_repeating_gives_the_same();
    for (Job const& one : tenant_now().jobs | std::views::values) {
      bool const has_runner = tenant_now().runners.contains(one.runner);
      EXPECT_EQ(one.state == JobState::running, has_runner) << to_string(one.state);
      EXPECT_LE(one.attempts, model.options().max_assignments);
    }
    for (ScaleSet const& set : tenant_now().scale_sets | std::views::values) {
      Statistics const counts = statistics(set.id);
      EXPECT_LE(counts.running_jobs, counts.assigned_jobs);
      EXPECT_EQ(counts.registered_runners, counts.busy_runners + counts.idle_runners);
      EXPECT_GE(set.session ? set.session->polls : 0, 0);
    }
  }

  /// The world of the last time with everything done again that was done since.
  void expect_that_repeating_gives_the_same() {
    operations = model.take_operations().value();
    Result<World> const repeated =
        world_from_json(before, to_json(model.options()), operations, now);
    ASSERT_TRUE(repeated) << repeated.error().message;
    Result<World> const again = world_from_json(to_json(model.world()), now);
    EXPECT_EQ(boost::json::serialize(untimed(*repeated)), boost::json::serialize(untimed(*again)));
    before = to_json(model.world());
  }
  /// Only the current time may differ: it is that of the latest question.
  static boost::json::object untimed(World world) {
    world.now = Timestamp();
    return to_json(world);
  }

  boost::json::value before;
  std::string operations;
  std::mt19937 random;
  std::vector<PollTicket> polls;
  int finished = 0;
};

TEST_P(RandomWalk, KeepsTheWorldTogether) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    random.seed(seed);
    model = Model(model.options(), World{});
    model.start_recording();
    before = to_json(model.world());
    tenant = model.open_tenant("my-org");
    polls.clear();
    for (int i = 0; i < 600; ++i) {
      step();
      if (i % 20 == 0) expect_consistency();
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(finished, 0) << "the walk never got as far as a finished job";
}

INSTANTIATE_TEST_SUITE_P(Profiles, RandomWalk, ::testing::Values(Profile::broker, Profile::acquire),
                         [](auto const& what) { return std::string(to_string(what.param)); });

}  // namespace
}  // namespace scaleset::simulator
