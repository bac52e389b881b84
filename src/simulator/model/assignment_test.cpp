#include "simulator/model/testing/small_world.hpp"

namespace scaleset::simulator {
namespace {

using ::testing::Test;
using Strings = std::vector<std::string>;
using namespace testing;

class Assignment : public SmallWorld {};

TEST_F(Assignment, NothingIsAssignedWithoutASessionOrCapacity) {
  ScaleSetId const set = add_set("set");
  std::string const job = queue_job();
  EXPECT_EQ(state(job), JobState::queued);
  std::string const session = open_session(set);
  poll(set, session, 0);
  EXPECT_EQ(state(job), JobState::queued);
  EXPECT_EQ(statistics(set).assigned_jobs, 0);
}

TEST_F(Assignment, CapacityIsTheTotalAndIsReadAtEveryPoll) {
  ScaleSetId const set = add_set("set");
  std::string const session = open_session(set);
  std::string const first = queue_job();
  std::string const second = queue_job();
  poll(set, session, 1);
  EXPECT_EQ(state(first), JobState::assigned);
  EXPECT_EQ(state(second), JobState::queued);
  poll(set, session, 1);
  EXPECT_EQ(state(second), JobState::queued) << "the assigned job counts against the capacity";
  poll(set, session, 2);
  EXPECT_EQ(state(second), JobState::assigned);
}

TEST_F(Assignment, ALoweredCapacityTakesNoJobAway) {
  ScaleSetId const set = add_set("set");
  std::string const session = open_session(set);
  std::string const job = queue_job();
  poll(set, session, 1);
  poll(set, session, 0);
  EXPECT_EQ(state(job), JobState::assigned);
}

TEST_F(Assignment, TheLatestCapacityStaysInForceBetweenPolls) {
  ScaleSetId const set = add_set("set");
  std::string const session = open_session(set);
  poll(set, session, 3);
  std::string const job = queue_job();
  EXPECT_EQ(state(job), JobState::assigned);
}

TEST_F(Assignment, IsOldestFirst) {
  ScaleSetId const set = add_set("set");
  std::string const first = queue_job();
  pass(seconds(1));
  std::string const second = queue_job();
  std::string const session = open_session(set);
  poll(set, session, 1);
  EXPECT_EQ(state(first), JobState::assigned);
  EXPECT_EQ(state(second), JobState::queued);
}

TEST_F(Assignment, AllLabelsOfTheJobMustBeAmongTheSetsWhateverTheirCase) {
  ScaleSetId const set = add_set("set", {"Linux", "x64", "gpu"});
  std::string const session = open_session(set);
  poll(set, session, 10);
  EXPECT_EQ(state(queue_job({"LINUX", "gpu"})), JobState::assigned);
  EXPECT_EQ(state(queue_job({"linux", "arm64"})), JobState::queued);
  EXPECT_EQ(state(queue_job({"set"})), JobState::queued) << "the set's name is not a label";
}

TEST_F(Assignment, SetsWithTheSameLabelsAreFilledInPollOrder) {
  ScaleSetId const small = add_set("small", {"common"});
  ScaleSetId const large = add_set("large", {"common"});
  std::string const small_session = open_session(small);
  std::string const large_session = open_session(large);
  poll(small, small_session, 1);
  pass(milliseconds(1));
  poll(large, large_session, 5);
  for (int i = 0; i < 4; ++i) queue_job({"common"});
  EXPECT_EQ(statistics(small).assigned_jobs, 1);
  EXPECT_EQ(statistics(large).assigned_jobs, 3);
  for (int i = 0; i < 4; ++i) queue_job({"common"});
  EXPECT_EQ(statistics(large).assigned_jobs, 5);
  poll(small, small_session, 3);
  EXPECT_EQ(statistics(small).assigned_jobs, 3) << "a larger capacity takes jobs from the backlog";
}

TEST_F(Assignment, ACompletedJobMakesRoom) {
  ScaleSetId const set = add_set("set");
  std::string const session = open_session(set);
  poll(set, session, 1);
  std::string const first = queue_job();
  std::string const second = queue_job();
  ASSERT_TRUE(model.cancel_job(now, first));
  EXPECT_EQ(state(second), JobState::assigned);
}

TEST_F(Assignment, NewLabelsAttractTheBacklog) {
  ScaleSetId const set = add_set("set");
  std::string const session = open_session(set);
  poll(set, session, 1);
  std::string const job = queue_job({"other"});
  ScaleSetDraft draft;
  draft.labels = std::vector{Label("other")};
  ASSERT_TRUE(model.update_scale_set(now, tenant, set, std::move(draft)));
  EXPECT_EQ(state(job), JobState::assigned);
}

TEST_F(Assignment, TenantsDoNotSeeEachOthersJobs) {
  ScaleSetId const set = add_set("set");
  poll(set, open_session(set), 5);
  std::string const other = model.open_tenant("other-org");
  JobOrder order;
  order.owner = "other-org";
  order.repository = "r";
  order.labels = {"set"};
  model.queue_jobs(now, other, std::move(order));
  EXPECT_EQ(statistics(set).assigned_jobs, 0);
}

class OfferedJobs : public SmallWorld {
 protected:
  OfferedJobs() : SmallWorld(acquire_options()) {
    one = add_set("one", {"common"});
    two = add_set("two", {"common"});
    one_session = open_session(one);
    two_session = open_session(two);
  }
  std::vector<RequestId> acquire(ScaleSetId set, std::string const& session,
                                 std::vector<RequestId> const& requests) {
    return model.acquire_jobs(now, tenant, set, session, requests).value();
  }
  ScaleSetId one, two;
  std::string one_session, two_session;
};

TEST_F(OfferedJobs, EverySetWithASessionIsTold) {
  std::string const id = queue_job({"common"});
  close_batches();
  EXPECT_EQ(state(id), JobState::available);
  EXPECT_EQ(log(one), Strings{"JobAvailable"});
  EXPECT_EQ(log(two), Strings{"JobAvailable"});
  EXPECT_EQ(statistics(one).available_jobs, 1);
  EXPECT_EQ(statistics(two).available_jobs, 1);
}

TEST_F(OfferedJobs, TheFirstToAcquireGetsIt) {
  std::string const id = queue_job({"common"});
  RequestId const request = job(id).facts.request;
  EXPECT_GT(request.value, 0);
  EXPECT_EQ(acquire(two, two_session, {request}), std::vector{request});
  EXPECT_EQ(state(id), JobState::acquired);
  EXPECT_EQ(statistics(two).acquired_jobs, 1);
  EXPECT_EQ(statistics(one).available_jobs, 0);
  EXPECT_TRUE(acquire(one, one_session, {request}).empty());
}

TEST_F(OfferedJobs, AcquiredJobsAreAssignedSoon) {
  std::string const id = queue_job({"common"});
  acquire(one, one_session, {job(id).facts.request});
  pass(model.options().acquire_to_assign);
  close_batches();
  EXPECT_EQ(state(id), JobState::assigned);
  EXPECT_EQ(log(one), (Strings{"JobAvailable", "JobAssigned"}));
  EXPECT_EQ(log(two), Strings{"JobAvailable"});
  EXPECT_EQ(statistics(one).assigned_jobs, 1);
}

TEST_F(OfferedJobs, UnknownAndForeignRequestsAreLeftOut) {
  std::string const id = queue_job({"common"});
  RequestId const request = job(id).facts.request;
  EXPECT_EQ(acquire(one, one_session, {RequestId{999}, request}), std::vector{request});
  ScaleSetId const other = add_set("other");
  std::string const session = open_session(other);
  std::string const next = queue_job({"common"});
  EXPECT_TRUE(acquire(other, session, {job(next).facts.request}).empty());
}

TEST_F(OfferedJobs, NeedTheSession) {
  EXPECT_EQ(refusal(model.acquire_jobs(now, tenant, one, "other", {})),
            RefusalKind::poll_unauthorized);
}

TEST_F(OfferedJobs, AreOfferedToASessionThatComesLater) {
  ASSERT_TRUE(model.delete_session(now, tenant, one, one_session));
  ASSERT_TRUE(model.delete_session(now, tenant, two, two_session));
  std::string const id = queue_job({"common"});
  EXPECT_EQ(state(id), JobState::queued);
  EXPECT_EQ(model.acquirable_jobs(tenant, one).value().size(), 1U);
  open_session(one);
  close_batches();
  EXPECT_EQ(log(one), Strings{"JobAvailable"});
  open_session(one == two ? one : two);
  close_batches();
  EXPECT_EQ(log(two), Strings{"JobAvailable"});
  EXPECT_EQ(log(one), Strings{"JobAvailable"}) << "no set is told twice";
}

TEST_F(OfferedJobs, CapacityDoesNotMatter) {
  std::string const id = queue_job({"common"});
  poll(one, one_session, 0);
  EXPECT_EQ(acquire(one, one_session, {job(id).facts.request}).size(), 1U);
}

TEST_F(OfferedJobs, GoBackToTheQueueWithTheirSet) {
  std::string const id = queue_job({"common"});
  acquire(one, one_session, {job(id).facts.request});
  ASSERT_TRUE(model.delete_scale_set(now, tenant, one));
  EXPECT_EQ(state(id), JobState::available);
  EXPECT_EQ(statistics(two).available_jobs, 1);
  ASSERT_TRUE(model.delete_scale_set(now, tenant, two));
  EXPECT_EQ(state(id), JobState::queued);
}

TEST_F(OfferedJobs, AreListedAsAcquirableUntilTaken) {
  std::string const id = queue_job({"common"});
  EXPECT_EQ(model.acquirable_jobs(tenant, one).value().front().job_id, id);
  acquire(one, one_session, {job(id).facts.request});
  EXPECT_TRUE(model.acquirable_jobs(tenant, one).value().empty());
  EXPECT_EQ(refusal(model.acquirable_jobs(tenant, ScaleSetId{77})),
            RefusalKind::scale_set_not_found);
}

}  // namespace
}  // namespace scaleset::simulator
