#include "simulator/model/world_json.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "simulator/model/testing/small_world.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;
using ::testing::HasSubstr;

class SavedWorld : public SmallWorld {
 protected:
  SavedWorld() {
    set = add_set("set", {"a", "b"});
    session = open_session(set);
    poll(set, session, 10);
  }
  /// A model that starts from what this one would have saved.
  Model restored() const {
    std::string const text = boost::json::serialize(to_json(model.world()));
    return Model(model.options(), world_from_json(boost::json::parse(text), now).value());
  }
  void expect_the_same(char const* stage) {
    EXPECT_EQ(to_json(restored().world()), to_json(model.world())) << stage;
    EXPECT_EQ(restored().next_deadline(), model.next_deadline()) << stage;
  }
  /// The world with one value replaced, by its path from the tenant on.
  std::string problem_with(std::string_view pointer, boost::json::value value) const {
    boost::json::value world = to_json(model.world());
    world.at_pointer("/tenants/my-org" + std::string(pointer)) = std::move(value);
    Result<World> const read = world_from_json(world, now);
    return read ? "" : read.error().message;
  }
  ScaleSetId set;
  std::string session;
};

TEST_F(SavedWorld, IsTheSameInEveryState) {
  expect_the_same("session");
  std::string const first = queue_job({"a"});
  queue_job({"nobody"});
  expect_the_same("assigned, entry pending");
  close_batches();
  expect_the_same("message in the log");
  RunnerId const id = register_runner(set, "runner-1");
  expect_the_same("runner registered");
  ASSERT_TRUE(model.open_runner_session(now, tenant, id, session_of(id), ""));
  PollTicket const ticket = runner_poll(id);
  RunnerMessage const message = runner_message(id).value();
  model.end_runner_poll(now, ticket);
  expect_the_same("offered to a runner");
  ASSERT_TRUE(model.acquire_job(now, tenant, id, message.job_id));
  expect_the_same("running");
  ASSERT_TRUE(model.cancel_job(now, first));
  expect_the_same("being cancelled");
  ASSERT_TRUE(model.complete_job(now, tenant, id, first, "canceled"));
  expect_the_same("completed");
  queue_job({"b"});
  pass(minutes(5));
  expect_the_same("assignment withdrawn");
}

TEST_F(SavedWorld, GoesOnWhereItWas) {
  std::string const id = queue_job({"a"});
  Model other = restored();
  other.advance(now + hours(1));
  pass(hours(1));
  EXPECT_EQ(to_json(other.world()), to_json(model.world()));
  EXPECT_EQ(job(id).result, "");  // its session has ended, so it waits for the next one
  EXPECT_EQ(other.world().random_state, model.world().random_state);
}

TEST_F(SavedWorld, WhoWasPollingCountsAsActiveAtTheRestart) {
  hold(set, session, 10);
  RunnerId const id = start_runner(set, "runner-1");
  pass(hours(1));
  std::string const text = boost::json::serialize(to_json(model.world()));
  Timestamp const later = now + hours(2);
  Model other(model.options(), world_from_json(boost::json::parse(text), later).value());
  other.advance(later + seconds(90));
  EXPECT_TRUE(other.scale_set(tenant, set).value()->session);
  EXPECT_TRUE(other.runner(tenant, id).value()->online);
  other.advance(later + seconds(91));
  EXPECT_FALSE(other.scale_set(tenant, set).value()->session) << "nobody polls any more";
}

TEST_F(SavedWorld, OffersOfTheAcquireProfileAreKept) {
  Model offering(acquire_options(), World{});
  offering.open_tenant("o/r");
  ScaleSetDraft draft;
  draft.name = "set";
  ScaleSetId const id = offering.create_scale_set(now, "o/r", draft).value();
  std::string const owner = offering.create_session(now, "o/r", id, "host").value();
  JobOrder order;
  order.labels = {"set"};
  offering.queue_jobs(now, "o/r", order);
  for (int stage = 0; stage < 2; ++stage) {
    World const again = world_from_json(to_json(offering.world()), now).value();
    EXPECT_EQ(to_json(again), to_json(offering.world()));
    ASSERT_TRUE(offering.acquire_jobs(now, "o/r", id, owner, {RequestId{1}}));
  }
}

TEST_F(SavedWorld, WhatIsMissingOrOfTheWrongKindIsNamed) {
  EXPECT_THAT(problem_with("/scaleSets/0/name", 5), HasSubstr("tenants: scaleSets: name: "));
  EXPECT_THAT(problem_with("/scaleSets/0/id", 1.5), HasSubstr("not an integer"));
  EXPECT_THAT(problem_with("/scaleSets/0/labels", "none"), HasSubstr("labels: "));
  EXPECT_THAT(problem_with("/scaleSets/0", boost::json::object()), HasSubstr("id is missing"));
  EXPECT_EQ(problem_with("/scaleSets/0/name", "other"), "");
  for (char const* text : {"1", "{}", "[]", "null", R"({"now":0})"})
    EXPECT_FALSE(world_from_json(boost::json::parse(text), now)) << text;
}

TEST_F(SavedWorld, PartsThatDoNotFitAreRefused) {
  queue_job({"a"});
  RunnerId const id = start_runner(set, "runner-1");
  EXPECT_THAT(problem_with("/jobs/0/scaleSetId", 77), HasSubstr("does not exist"));
  EXPECT_THAT(problem_with("/jobs/0/scaleSetId", nullptr), HasSubstr("disagree"));
  EXPECT_THAT(problem_with("/jobs/0/state", "completed"), HasSubstr("is completed"));
  EXPECT_THAT(problem_with("/jobs/0/state", "unknown"), HasSubstr("not a known name"));
  EXPECT_THAT(problem_with("/jobs/0/state", "running"), HasSubstr("not assigned"));
  EXPECT_THAT(problem_with("/runners/0/offer/requestId", 55), HasSubstr("not assigned"));
  EXPECT_THAT(problem_with("/runners/0/job", 1), HasSubstr("does not run"));
  run_job(id);
  boost::json::value world = to_json(model.world());
  boost::json::array& sets = world.at_pointer("/tenants/my-org/scaleSets").as_array();
  sets.push_back(sets.front());
  EXPECT_THAT(world_from_json(world, now).error().message, HasSubstr("an id occurs twice"));
}

}  // namespace
}  // namespace scaleset::simulator
