#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "test_stage.hpp"

/// Scale sets that want more than their budget has.
namespace scaleset::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class SharedBudget : public ::testing::Test {
 protected:
  SharedBudget() {
    stage_.machine().on_stop = [](backends::PretendInstance const& instance) {
      EXPECT_NE(instance.activity(), backends::Activity::busy) << "a busy runner was stopped";
    };
    stage_.machine().on_start = [this](backends::PretendInstance const&) {
      int useful = 0;
      for (auto const& state : stage_.host().snapshots()) useful += state.counts.useful();
      most_ = std::max(most_, useful);
    };
  }

  [[nodiscard]] daemon::SetSettings sharing(std::string name, int max_runners) const {
    auto settings = stage_.settings(std::move(name));
    settings.fleet.max_runners = max_runners;
    settings.fleet.minimum_idle_age = seconds(5);
    settings.budget.name = "all";
    return settings;
  }
  static daemon::BudgetDesk::Budgets slots(double count) {
    fleet::Budget budget;
    budget.total = {{"slots", count}};
    return {{"all", budget}};
  }
  void serve(std::vector<daemon::SetSettings> sets, double count) {
    auto const started = stage_.host().start(std::move(sets), slots(count));
    ASSERT_TRUE(started.has_value()) << started.error().to_string();
    stage_.pass(minutes(1));
  }
  void queue_long_jobs(std::int64_t count, std::string const& label, std::chrono::minutes length) {
    auto& live = stage_.front().live;
    simulator::JobOrder order;
    order.count = count;
    order.labels = {label};
    order.plan.duration = length;
    live.model.queue_jobs(live.now(), "my-org", std::move(order));
    static_cast<void>(live.commit_changes());
  }
  /// The jobs that wait for a runner or have one.
  [[nodiscard]] std::int64_t jobs_of(std::string const& label) const {
    return std::ranges::count_if(stage_.tenant().jobs, [&](auto const& entry) {
      auto const& labels = entry.second.facts.labels;
      return std::ranges::find(labels, label) != labels.end();
    });
  }

  TestStage stage_;
  int most_ = 0;  // useful runners at a time
};

TEST_F(SharedBudget, TenScaleSetsGetTheirTurnOnThreeSlots) {
  std::vector<daemon::SetSettings> sets;
  sets.reserve(10);
  for (int i = 0; i < 10; ++i) sets.push_back(sharing("set-" + std::to_string(i), 4));
  serve(std::move(sets), 3);
  for (int i = 0; i < 10; ++i) stage_.queue_jobs(4, "set-" + std::to_string(i));
  EXPECT_TRUE(stage_.finishes_jobs(hours(12)));
  EXPECT_EQ(stage_.jobs_with("succeeded"), 40);
  EXPECT_LE(most_, 3);
}

TEST_F(SharedBudget, OneThatNeverGivesBackDoesNotStopTheOthers) {
  std::vector<daemon::SetSettings> sets = {sharing("greedy", 10), sharing("reserved", 2),
                                           sharing("patient", 2)};
  sets[1].budget.reserve = 1;
  serve(std::move(sets), 3);
  queue_long_jobs(10, "greedy", hours(400));
  ASSERT_TRUE(stage_.pass_until([&] { return stage_.jobs_running() == 2; }, minutes(30)));
  stage_.queue_jobs(5, "reserved");
  EXPECT_TRUE(stage_.pass_until([&] { return jobs_of("reserved") == 0; }, hours(2)))
      << "the others may not take what is reserved";
  EXPECT_EQ(stage_.jobs_running(), 2);
  EXPECT_LE(most_, 3);
}

// The service tells a scale set of its jobs only if it offers a runner, and whatever ends is waited
// for by jobs that are known already.
TEST_F(SharedBudget, NobodyWaitsForEverBesideThoseThatAlwaysHaveJobs) {
  std::vector<daemon::SetSettings> sets = {sharing("patient", 2)};
  for (int i = 0; i < 4; ++i) sets.push_back(sharing("greedy-" + std::to_string(i), 10));
  serve(std::move(sets), 1);
  for (int i = 0; i < 4; ++i) queue_long_jobs(100, "greedy-" + std::to_string(i), minutes(9));
  ASSERT_TRUE(stage_.pass_until([&] { return stage_.jobs_running() == 1; }, minutes(30)));
  stage_.queue_jobs(3, "patient");
  EXPECT_TRUE(stage_.pass_until([&] { return jobs_of("patient") == 0; }, hours(3)));
  auto const before = stage_.jobs_with("succeeded");
  EXPECT_GT(before, 10);
  stage_.pass(hours(2));
  EXPECT_GT(stage_.jobs_with("succeeded") - before, 9) << "to ask costs little";
}

// What the service refuses to the one belongs to the others.
TEST_F(SharedBudget, ARevokedCredentialKeepsNothingFromTheOthers) {
  auto other = sharing("other", 2);
  other.url = stage_.settings().url;
  other.url.replace(other.url.rfind('/') + 1, std::string::npos, "your-org");
  serve({sharing("one", 4), other}, 2);
  queue_long_jobs(4, "one", hours(1));
  stage_.host().revoked.insert(stage_.settings().url);
  stage_.queue_jobs(3, "other", "your-org");
  auto const others = [&] { return stage_.around().tenant("your-org").jobs.size(); };
  EXPECT_TRUE(stage_.pass_until([&] { return others() == 0; }, hours(3)));
  stage_.host().revoked.clear();
  stage_.host().reload();
  EXPECT_TRUE(stage_.finishes_jobs(hours(12)));
}

TEST_F(SharedBudget, ALoweredOneEndsNobody) {
  serve({sharing("one", 6), sharing("two", 6)}, 6);
  queue_long_jobs(6, "one", hours(2));
  ASSERT_TRUE(stage_.pass_until([&] { return stage_.jobs_running() == 6; }, minutes(30)));
  stage_.host().budget(slots(2));
  stage_.queue_jobs(4, "two");
  stage_.pass(hours(1));
  EXPECT_EQ(stage_.jobs_running(), 6);
  EXPECT_EQ(jobs_of("two"), 4) << "there is no room";
  most_ = 0;
  EXPECT_TRUE(stage_.finishes_jobs(hours(12)));
  EXPECT_EQ(stage_.jobs_with("succeeded"), 10);
  EXPECT_LE(most_, 2);
}

}  // namespace
}  // namespace scaleset::simulation
