#include <chrono>
#include <string>

#include "test_stage.hpp"

/// What the daemon does when the service has faults: jobs are served all the same.
namespace scaleset::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr char const* kSetNotFound =
    R"({"typeName":"GitHub.Actions.Runtime.WebApi.RunnerScaleSetNotFoundException, )"
    R"(GitHub.Actions.Runtime.WebApi","message":"No scale set was found."})";

// Offered jobs (acquire profile): the service offers each job once.

class OfferedJobs : public ::testing::Test {
 protected:
  OfferedJobs() : stage_(simulator::Profile::acquire) {}
  TestStage stage_;
};

TEST_F(OfferedJobs, BeyondTheCapacityAreServedAfterAStop) {
  stage_.serve(0, 2);
  stage_.queue_jobs(12);
  stage_.pass(minutes(2));
  ASSERT_TRUE(stage_.detach());
  ASSERT_GE(stage_.tenant().jobs.size(), 8U) << "offers are left for the next life";
  stage_.serve(0, 2);
  EXPECT_TRUE(stage_.finishes_jobs(hours(1)));
  EXPECT_EQ(stage_.jobs_with("succeeded"), 12);
}

TEST_F(OfferedJobs, BeyondTheCapacityAreServedAfterACrash) {
  stage_.serve(0, 2);
  stage_.queue_jobs(12);
  stage_.pass(minutes(2));
  stage_.kill();
  ASSERT_GE(stage_.tenant().jobs.size(), 8U) << "offers are left for the next life";
  stage_.serve(0, 2);
  EXPECT_TRUE(stage_.finishes_jobs(hours(1)));
  EXPECT_EQ(stage_.jobs_with("succeeded"), 12);
}

/// A service that does not list its offers (E18 answers 404): only the journal knows of them.
class OffersInTheJournal : public OfferedJobs {
 protected:
  OffersInTheJournal() {
    stage_.add_status("acquirable_jobs", 404, "", std::nullopt);
    stage_.serve(0, 2);
    stage_.queue_jobs(12);
    stage_.pass(minutes(2));
    EXPECT_GE(stage_.tenant().jobs.size(), 8U) << "offers are left for the next life";
  }
  void all_are_served() {
    stage_.serve(0, 2);
    EXPECT_TRUE(stage_.finishes_jobs(hours(1)));
    EXPECT_EQ(stage_.jobs_with("succeeded"), 12);
  }
};

TEST_F(OffersInTheJournal, AreServedInOneLife) {
  EXPECT_TRUE(stage_.finishes_jobs(hours(1)));
  EXPECT_EQ(stage_.jobs_with("succeeded"), 12);
}

TEST_F(OffersInTheJournal, AreServedAfterAStop) {
  ASSERT_TRUE(stage_.detach());
  all_are_served();
}

TEST_F(OffersInTheJournal, AreServedAfterACrash) {
  stage_.kill();
  all_are_served();
}

TEST_F(OffersInTheJournal, AreServedAlsoIfTheJournalFailsForAWhile) {
  stage_.mortality().disk_full = true;
  stage_.queue_jobs(3);
  stage_.pass(minutes(10));
  stage_.mortality().disk_full = false;
  stage_.kill();
  stage_.serve(0, 2);
  EXPECT_TRUE(stage_.finishes_jobs(hours(2)));
  EXPECT_EQ(stage_.jobs_with("succeeded"), 15);
}

class RefusedAcquisition : public ::testing::TestWithParam<int> {};

TEST_P(RefusedAcquisition, KeepsTheOffers) {
  TestStage stage(simulator::Profile::acquire);
  stage.serve(0, 6);
  stage.pass(minutes(1));
  stage.add_status("acquire_jobs", GetParam(), "", 1);
  stage.queue_jobs(6);
  EXPECT_TRUE(stage.finishes_jobs(minutes(10)));
  EXPECT_TRUE(stage.front().trouble.faults.all().empty()) << "nothing was refused";
  EXPECT_EQ(stage.jobs_with("succeeded"), 6);
}
INSTANTIATE_TEST_SUITE_P(Statuses, RefusedAcquisition, ::testing::Values(400, 404, 409, 422));

class IncompleteAcquisition : public ::testing::TestWithParam<char const*> {};

TEST_P(IncompleteAcquisition, IsRepeated) {
  TestStage stage(simulator::Profile::acquire);
  stage.serve(0, 6);
  stage.pass(minutes(1));
  stage.add_fault("acquire_jobs", GetParam(), 1);
  stage.queue_jobs(6);
  EXPECT_TRUE(stage.finishes_jobs(minutes(10)));
  EXPECT_TRUE(stage.front().trouble.faults.all().empty()) << "nothing was refused";
  EXPECT_EQ(stage.jobs_with("succeeded"), 6);
}
INSTANTIATE_TEST_SUITE_P(Faults, IncompleteAcquisition,
                         ::testing::Values("acquire_nothing", "acquire_subset", "page_not_found",
                                           "session_eviction", "token_expired", "empty_body"));

// Message ids.

TEST(MessageIds, ThatStartAgainAreNoticed) {
  TestStage stage;
  stage.serve(0, 4);
  for (int i = 0; i < 8; ++i) {  // so that the next ids are far behind the last one
    stage.queue_jobs(1);
    ASSERT_TRUE(stage.finishes_jobs(minutes(10)));
  }
  stage.pass(minutes(2));
  stage.add_fault("get_message", "sequence_restart", 1);
  stage.pass(minutes(2));
  ASSERT_TRUE(stage.front().trouble.faults.all().empty());
  stage.queue_jobs(1);
  // Before the service withdraws the assignment after five minutes.
  EXPECT_TRUE(stage.pass_until([&] { return stage.jobs_running() == 1; }, minutes(4)));
  EXPECT_EQ(stage.said("numbers its messages anew"), 1);
}

// The scale set.

TEST(Session, TransientAnswersThatThereIsNoScaleSetCostLittleTime) {
  TestStage stage;
  stage.add_status("create_session", 404, kSetNotFound, 3);
  stage.serve(0, 4);
  stage.queue_jobs(4);
  EXPECT_TRUE(stage.pass_until([&] { return stage.jobs_running() == 4; }, minutes(2)));
  EXPECT_TRUE(stage.front().trouble.faults.all().empty());
  EXPECT_EQ(stage.tenant().scale_sets.size(), 1U);
}

TEST(Session, TransientAnswersAfterALostSessionCostLittleTime) {
  TestStage stage;
  stage.serve(0, 4);
  stage.pass(minutes(10));
  auto const id = stage.only_set().id;
  stage.add_status("create_session", 404, kSetNotFound, 3);
  stage.add_fault("get_message", "session_eviction", 1);
  ASSERT_TRUE(
      stage.pass_until([&] { return stage.only_set().session == std::nullopt; }, minutes(2)));
  stage.queue_jobs(4);
  EXPECT_TRUE(stage.pass_until([&] { return stage.jobs_running() == 4; }, minutes(2)));
  EXPECT_TRUE(stage.front().trouble.faults.all().empty());
  EXPECT_EQ(stage.only_set().id, id);
}

class ExistingSet : public ::testing::Test {
 protected:
  daemon::SetSettings with_labels(std::vector<std::string> labels) const {
    auto settings = stage_.settings();
    settings.labels = std::move(labels);
    return settings;
  }
  void create_at_the_service(bool disable_update) {
    auto& live = stage_.front().live;
    auto const tenant = live.model.open_tenant("my-org");
    simulator::ScaleSetDraft draft;
    draft.name = "set";
    draft.labels = {Label("set")};
    draft.disable_update = disable_update;
    ASSERT_TRUE(live.model.create_scale_set(live.now(), tenant, std::move(draft)).has_value());
    ASSERT_TRUE(live.commit_changes());
  }
  std::string labels() const {
    std::string all;
    for (auto const& label : stage_.only_set().labels) all += label.name + " ";
    return all;
  }
  TestStage stage_;
};

TEST_F(ExistingSet, ThatIsOursGetsTheConfiguredLabels) {
  stage_.serve(with_labels({"set", "cpu"}));
  stage_.pass(minutes(1));
  ASSERT_EQ(labels(), "set cpu ");
  ASSERT_TRUE(stage_.detach());
  stage_.serve(with_labels({"set", "gpu"}));
  stage_.pass(minutes(1));
  EXPECT_EQ(labels(), "set gpu ");
  EXPECT_EQ(stage_.said("changed the settings of the scale set"), 1);
}

TEST_F(ExistingSet, ThatIsOursKeepsItsLabelsIfNoneAreConfigured) {
  stage_.serve(with_labels({"set", "cpu"}));
  stage_.pass(minutes(1));
  ASSERT_TRUE(stage_.detach());
  stage_.serve(with_labels({}));
  stage_.pass(minutes(1));
  EXPECT_EQ(labels(), "set cpu ");
  EXPECT_TRUE(stage_.snapshot().ready) << stage_.snapshot().reason;
  EXPECT_EQ(stage_.said("changed the settings of the scale set"), 0);
}

TEST_F(ExistingSet, ThatIsNotOursIsServedAsItIs) {
  create_at_the_service(true);
  stage_.serve(with_labels({"gpu"}));
  stage_.queue_jobs(1);
  EXPECT_TRUE(stage_.finishes_jobs(minutes(10)));
  EXPECT_EQ(labels(), "set ");
  EXPECT_EQ(stage_.said("its labels are set and should be gpu"), 1);
}

TEST_F(ExistingSet, ThatIsNotOursIsTakenOverWithAdopt) {
  create_at_the_service(false);
  auto settings = with_labels({"set", "gpu"});
  stage_.serve(settings);
  stage_.pass(minutes(10));
  EXPECT_FALSE(stage_.only_set().session) << "its runners would update themselves";
  EXPECT_FALSE(stage_.snapshot().ready);
  ASSERT_TRUE(stage_.detach());
  settings.adopt = true;
  stage_.serve(settings);
  stage_.queue_jobs(1);
  EXPECT_TRUE(stage_.finishes_jobs(minutes(10)));
  EXPECT_EQ(labels(), "set gpu ");
  EXPECT_TRUE(stage_.only_set().disable_update);
  // From now on it is ours.
  ASSERT_TRUE(stage_.detach());
  stage_.serve(with_labels({"set", "cpu"}));
  stage_.pass(minutes(1));
  EXPECT_EQ(labels(), "set cpu ");
}

// A start without the service.

TEST(Start, WithoutTheServiceIsWaitedFor) {
  TestStage stage;
  stage.serve(0, 4);
  stage.queue_jobs(4);
  ASSERT_TRUE(stage.pass_until([&] { return stage.jobs_running() == 4; }, minutes(2)));
  stage.kill();
  stage.break_all_connections();
  stage.serve(0, 4);
  stage.pass(seconds(10));
  ASSERT_GT(stage.instances(), 0U);
  EXPECT_EQ(stage.snapshot().counts.busy, static_cast<int>(stage.instances())) << "adopted";
  stage.queue_jobs(3);
  stage.pass(minutes(20));
  EXPECT_EQ(stage.instances(), 0U);
  EXPECT_EQ(stage.snapshot().counts.instances(), 0) << "their ends are noticed meanwhile";
  stage.pass(minutes(40));
  ASSERT_FALSE(stage.has_ended());
  EXPECT_FALSE(stage.snapshot().ready);
  EXPECT_NE(stage.snapshot().reason, "");
  stage.clear_faults();
  EXPECT_TRUE(stage.finishes_jobs(minutes(10)));
  EXPECT_EQ(stage.jobs_with("succeeded"), 7);
  EXPECT_TRUE(stage.snapshot().ready);
}

TEST(Start, WithRefusedCredentialsIsWaitedFor) {
  TestStage stage;
  stage.add_status("registration_token", 401, R"({"message":"Bad credentials"})", std::nullopt);
  stage.serve(0, 4);
  stage.pass(hours(1));
  ASSERT_FALSE(stage.has_ended());
  EXPECT_FALSE(stage.snapshot().ready);
  EXPECT_GE(stage.said("the scale set cannot be served yet"), 10);
  EXPECT_LE(stage.said("the scale set cannot be served yet"), 40);
  stage.clear_faults();
  stage.queue_jobs(1);
  EXPECT_TRUE(stage.finishes_jobs(minutes(15)));
}

TEST(Start, WithRefusedCredentialsEndsIfAPersonWaitsForIt) {
  TestStage stage;
  stage.add_status("registration_token", 401, R"({"message":"Bad credentials"})", std::nullopt);
  auto settings = stage.settings();
  settings.end_if_refused_at_first = true;
  stage.serve(settings);
  EXPECT_TRUE(stage.pass_until([&] { return stage.has_ended(); }, minutes(2)));
}

}  // namespace
}  // namespace scaleset::simulation
