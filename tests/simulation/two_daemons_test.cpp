#include <chrono>
#include <set>
#include <string>

#include "test_stage.hpp"

/// Two daemons on two hosts serve one scale set (field problem A2): they share neither lock nor
/// journal, so only the service can tell that there are two.
namespace scaleset::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class TwoDaemons : public ::testing::TestWithParam<simulator::Profile> {
 protected:
  TwoDaemons() : stage_(GetParam()) {
    for (Host* const host : {&stage_.host(), &other()}) {
      host->machine().on_stop = [](backends::PretendInstance const& instance) {
        EXPECT_NE(instance.activity(), backends::Activity::busy) << "a busy runner was stopped";
      };
      host->machine().on_start = [this](backends::PretendInstance const& instance) {
        EXPECT_TRUE(names_.insert(instance.name()).second) << "two runners of one name";
      };
      host->on_request = [](HttpRequest const& request) {
        bool const of_a_set =
            request.url.contains("/runnerscalesets/") && !request.url.contains("/sessions");
        EXPECT_FALSE(request.method == HttpMethod::del && of_a_set) << "a scale set was deleted";
      };
    }
  }
  Host& other() { return stage_.other_host(); }
  void serve(Host& host) {
    auto settings = stage_.settings();
    settings.fleet.min_idle = 1;
    settings.fleet.max_runners = 6;
    auto const started = host.start(std::move(settings));
    ASSERT_TRUE(started.has_value()) << started.error().to_string();
  }
  /// The first has the session, and the other one waits for it.
  void serve_both() {
    serve(stage_.host());
    ASSERT_TRUE(stage_.waits_for_idle(1, minutes(2)));
    serve(other());
    ASSERT_TRUE(stage_.pass_until([&] { return conflicts() > 0; }, minutes(2)));
  }
  [[nodiscard]] std::int64_t conflicts() const {
    return stage_.said("another session of this scale set is open");
  }
  bool waits_for_rest() {
    return stage_.pass_until(
        [&] { return stage_.tenant().runners.size() == 1 && stage_.instances() == 1; },
        minutes(30));
  }

  TestStage stage_;

 private:
  std::set<std::string> names_;
};

TEST_P(TwoDaemons, TheLoserWaitsAndSaysSo) {
  serve_both();
  auto const session = stage_.only_set().session->id;
  stage_.queue_jobs(6);
  EXPECT_TRUE(stage_.finishes_jobs(minutes(30)));
  EXPECT_EQ(stage_.jobs_with("succeeded"), 6);
  stage_.pass(hours(2));
  EXPECT_EQ(stage_.only_set().session->id, session) << "the first one keeps it";
  EXPECT_FALSE(other().snapshot().ready);
  EXPECT_TRUE(other().snapshot().reason.contains("session")) << other().snapshot().reason;
  EXPECT_TRUE(stage_.snapshot().ready) << stage_.snapshot().reason;
  EXPECT_EQ(other().instances(), 0U) << "without statistics it does not know what is wanted";
  EXPECT_GT(conflicts(), 200) << "it goes on asking";
  EXPECT_FALSE(other().has_ended());
}

TEST_P(TwoDaemons, TheLoserTakesOverWhenTheFirstEnds) {
  serve_both();
  stage_.queue_jobs(6);
  ASSERT_TRUE(stage_.pass_until([&] { return stage_.jobs_running() > 0; }, minutes(4)));
  ASSERT_TRUE(stage_.detach());
  EXPECT_TRUE(stage_.pass_until([&] { return other().snapshot().ready; }, minutes(2)));
  stage_.queue_jobs(6);
  EXPECT_TRUE(stage_.finishes_jobs(hours(1)));
  EXPECT_EQ(stage_.jobs_with("succeeded"), 12);
}

TEST_P(TwoDaemons, TheLoserTakesOverWhenTheFirstIsKilled) {
  serve_both();
  stage_.queue_jobs(6);
  ASSERT_TRUE(stage_.pass_until([&] { return stage_.jobs_running() > 0; }, minutes(4)));
  stage_.kill();
  // The service ends a session that nobody polls.
  EXPECT_TRUE(stage_.pass_until([&] { return other().snapshot().ready; }, minutes(20)));
  serve(stage_.host());
  stage_.queue_jobs(6);
  EXPECT_TRUE(stage_.finishes_jobs(hours(1)));
  EXPECT_EQ(stage_.jobs_with("succeeded"), 12);
}

TEST_P(TwoDaemons, EachEndsItsOwnRunnersOnly) {
  serve_both();
  stage_.queue_jobs(4);
  ASSERT_TRUE(stage_.pass_until([&] { return stage_.jobs_running() == 4; }, minutes(4)));
  ASSERT_TRUE(stage_.detach());
  ASSERT_TRUE(stage_.pass_until([&] { return other().snapshot().ready; }, minutes(2)));
  stage_.queue_jobs(4);
  ASSERT_TRUE(stage_.pass_until([&] { return other().snapshot().counts.busy > 0; }, minutes(4)));
  serve(stage_.host());
  ASSERT_GT(stage_.instances(), 0U) << "both hosts have runners now";
  other().drain();
  ASSERT_TRUE(stage_.pass_until([&] { return other().has_ended(); }, minutes(30)));
  ASSERT_TRUE(other().bury());
  EXPECT_TRUE(stage_.finishes_jobs(minutes(30)));
  EXPECT_EQ(stage_.jobs_with("succeeded"), 8);
  EXPECT_TRUE(waits_for_rest());
  EXPECT_EQ(other().instances(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Profiles, TwoDaemons,
                         ::testing::Values(simulator::Profile::broker,
                                           simulator::Profile::acquire));

}  // namespace
}  // namespace scaleset::simulation
