#include "simulator/model/testing/small_world.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;

class ScaleSets : public SmallWorld {
 protected:
  ScaleSets() : SmallWorld(options()) {}
  static ModelOptions options() {
    ModelOptions chosen;
    chosen.extra_groups = {"big"};
    return chosen;
  }
  Outcome<ScaleSetId> create(std::string name, std::int64_t group = 1) {
    ScaleSetDraft draft;
    draft.name = std::move(name);
    draft.group = RunnerGroupId{group};
    return model.create_scale_set(now, tenant, std::move(draft));
  }
};

TEST_F(ScaleSets, HaveTheirNameAsOnlyLabelUnlessToldOtherwise) {
  ScaleSet const& plain = set_of(create("plain").value());
  ASSERT_EQ(plain.labels.size(), 1U);
  EXPECT_EQ(plain.labels.front().name, "plain");
  EXPECT_EQ(plain.labels.front().type, "System");
  EXPECT_EQ(plain.group, kDefaultRunnerGroup);
  EXPECT_EQ(plain.created_on, now);
  EXPECT_EQ(set_of(add_set("labelled", {"a", "b"})).labels.size(), 2U);
}

TEST_F(ScaleSets, NamesAreUniqueInAGroupWhateverTheirCase) {
  ASSERT_TRUE(create("set"));
  EXPECT_EQ(refusal(create("SET")), RefusalKind::scale_set_exists);
  EXPECT_TRUE(create("set", 3)) << "another group";
}

TEST_F(ScaleSets, NeedANameAndAGroupThatExists) {
  EXPECT_EQ(refusal(create("")), RefusalKind::invalid);
  EXPECT_EQ(refusal(create("set", 2)), RefusalKind::invalid);
  ScaleSetDraft labels_only;
  labels_only.labels = std::vector{Label("gpu")};
  ScaleSetId const named = model.create_scale_set(now, tenant, std::move(labels_only)).value();
  EXPECT_EQ(set_of(named).name, "gpu");
}

TEST_F(ScaleSets, UpdatesLeaveAloneWhatTheyDoNotName) {
  ScaleSetId const set = add_set("set", {"a"});
  ScaleSetDraft move;
  move.group = RunnerGroupId{3};
  ASSERT_TRUE(model.update_scale_set(now, tenant, set, std::move(move)));
  EXPECT_EQ(set_of(set).group, RunnerGroupId{3});
  EXPECT_EQ(set_of(set).name, "set");
  EXPECT_EQ(set_of(set).labels.front().name, "a");
  ScaleSetDraft rename;
  rename.name = "renamed";
  rename.disable_update = true;
  ASSERT_TRUE(model.update_scale_set(now, tenant, set, std::move(rename)));
  EXPECT_EQ(set_of(set).name, "renamed");
  EXPECT_TRUE(set_of(set).disable_update);
  EXPECT_EQ(set_of(set).group, RunnerGroupId{3});
}

TEST_F(ScaleSets, UpdatesAreRefusedWhereTheyWouldCollide) {
  ScaleSetId const set = add_set("set");
  add_set("other");
  ScaleSetDraft draft;
  draft.name = "Other";
  EXPECT_EQ(refusal(model.update_scale_set(now, tenant, set, draft)),
            RefusalKind::scale_set_exists);
  EXPECT_EQ(refusal(model.update_scale_set(now, tenant, ScaleSetId{9}, draft)),
            RefusalKind::scale_set_not_found);
  EXPECT_EQ(set_of(set).name, "set");
}

TEST_F(ScaleSets, AreNotDeletedWhileAJobRuns) {
  ScaleSetId const set = add_set("set");
  poll(set, open_session(set), 2);
  queue_job();
  RunnerId const runner = start_runner(set, "runner-1");
  std::string const job = run_job(runner);
  EXPECT_EQ(refusal(model.delete_scale_set(now, tenant, set)), RefusalKind::scale_set_in_use);
  ASSERT_TRUE(model.complete_job(now, tenant, runner, job, "succeeded"));
  EXPECT_TRUE(model.delete_scale_set(now, tenant, set));
  EXPECT_EQ(refusal(model.delete_scale_set(now, tenant, set)), RefusalKind::scale_set_not_found);
}

TEST_F(ScaleSets, DeletionThrowsAssignedJobsBackAndTakesOfflineRunnersAlong) {
  ScaleSetId const set = add_set("set", {"common"});
  ScaleSetId const heir = add_set("heir", {"common"});
  std::string const session = open_session(set);
  poll(set, session, 2);
  std::string const job = queue_job({"common"});
  RunnerId const offline = register_runner(set, "offline");
  RunnerId const online = start_runner(set, "online");
  EXPECT_TRUE(model.runner(tenant, online).value()->offer);
  PollTicket ticket = hold(set, session, 2);
  ASSERT_TRUE(model.delete_scale_set(now, tenant, set));
  EXPECT_EQ(state(job), JobState::queued);
  EXPECT_FALSE(model.runner(tenant, offline));
  ASSERT_TRUE(model.runner(tenant, online));
  EXPECT_FALSE(model.runner(tenant, online).value()->offer);
  EXPECT_TRUE(model.changed(ticket));
  poll(heir, open_session(heir), 1);
  EXPECT_EQ(state(job), JobState::assigned);
}

TEST_F(ScaleSets, AreForgottenAfterSevenDaysWithoutAVisit) {
  ScaleSetId const set = add_set("set");
  ScaleSetId const visited = add_set("visited");
  pass(hours(6 * 24));
  ASSERT_TRUE(model.delete_session(now, tenant, visited, open_session(visited)));
  pass(hours(24) - milliseconds(1));
  EXPECT_TRUE(model.scale_set(tenant, set));
  pass(milliseconds(1));
  EXPECT_EQ(refusal(model.scale_set(tenant, set)), RefusalKind::scale_set_not_found);
  EXPECT_TRUE(model.scale_set(tenant, visited));
}

TEST_F(ScaleSets, AreNotForgottenWhileAJobRuns) {
  ScaleSetId const set = add_set("set");
  std::string const session = open_session(set);
  poll(set, session, 2);
  queue_job();
  RunnerId const runner = start_runner(set, "runner-1");
  std::string const job = run_job(runner);
  ASSERT_TRUE(model.delete_session(now, tenant, set, session));
  for (int minute = 0; minute < 8 * 24 * 60; minute += 5) {
    pass(minutes(5));
    ASSERT_TRUE(model.renew_job(now, tenant, runner, job));
  }
  EXPECT_TRUE(model.scale_set(tenant, set));
}

TEST_F(ScaleSets, PublicJobsNeedAGroupThatAllowsThem) {
  World world;
  Model strict(ModelOptions{}, world);
  strict.open_tenant("my-org");
  World changed = strict.world();
  changed.tenants.find("my-org")->second.groups.front().allows_public = false;
  Model other(ModelOptions{}, changed);
  ScaleSetDraft draft;
  draft.name = "set";
  ScaleSetId const set = other.create_scale_set(now, "my-org", draft).value();
  std::string const session = other.create_session(now, "my-org", set, "host").value();
  ASSERT_TRUE(other.begin_poll(now, "my-org", set, session, 10));
  JobOrder order;
  order.labels = {"set"};
  order.is_public = true;
  other.queue_jobs(now, "my-org", order);
  EXPECT_EQ(other.statistics("my-org", set).assigned_jobs, 0);
  order.is_public = false;
  other.queue_jobs(now, "my-org", order);
  EXPECT_EQ(other.statistics("my-org", set).assigned_jobs, 1);
}

TEST_F(ScaleSets, JobsForAGroupGoToSetsOfThatGroupOnly) {
  ScaleSetId const plain = add_set("set");
  ScaleSetDraft draft;
  draft.name = "set";
  draft.group = RunnerGroupId{3};
  ScaleSetId const big = model.create_scale_set(now, tenant, draft).value();
  std::string const name = tenant_now().groups.back().name;
  for (ScaleSetId const set : {plain, big}) poll(set, open_session(set), 10);
  std::string const for_big = queue_job_for_group(lower(name));
  std::string const for_default = queue_job_for_group("Default");
  std::string const for_none = queue_job_for_group("No such group");
  EXPECT_EQ(job(for_big).scale_set, big);
  EXPECT_EQ(job(for_default).scale_set, plain);
  EXPECT_EQ(state(for_none), JobState::queued);
}

TEST_F(ScaleSets, PlainRunnersNeverGetAJob) {
  RunnerDraft draft;
  draft.name = "plain";
  draft.labels = {Label("set")};
  RunnerId const id = model.register_plain_runner(now, tenant, draft).value();
  EXPECT_EQ(refusal(model.register_plain_runner(now, tenant, draft)), RefusalKind::runner_exists);
  ASSERT_TRUE(model.open_runner_session(now, tenant, id, session_of(id), ""));
  runner_poll(id);
  ScaleSetId const set = add_set("set");
  poll(set, open_session(set), 10);
  queue_job();
  EXPECT_FALSE(runner_message(id));
  EXPECT_EQ(statistics(set).registered_runners, 0);
}

TEST_F(ScaleSets, TenantsAreTheSameWhateverTheirCase) {
  EXPECT_EQ(model.open_tenant("My-Org"), tenant);
  EXPECT_EQ(tenant_now().path, "my-org");
  EXPECT_EQ(tenant_now().groups.size(), 2U);
  EXPECT_EQ(model.find_tenant(model.open_tenant("o/R"))->groups.size(), 1U)
      << "repositories have the default group only";
  EXPECT_EQ(model.find_tenant(model.open_tenant("enterprises/e"))->groups.size(), 2U);
  EXPECT_EQ(model.find_tenant("nobody"), nullptr);
}

}  // namespace
}  // namespace scaleset::simulator
