// A unit test of a Scaler: a Listener calls it as it would in production, with messages from a
// FakeMessageSource instead of a service. No socket is opened, and no test waits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <scaleset/listener.hpp>
#include <scaleset/testing/fake_message_source.hpp>
#include <stop_token>
#include <string>
#include <vector>

namespace {

using namespace scaleset;

/// What is tested: starts runners as jobs come, and never more than there is room for.
class RunnerPool final : public Scaler {
 public:
  explicit RunnerPool(std::int64_t room) : room_(room) {}

  Result<void> on_job_completed(JobCompleted const& job) override {
    std::erase(runners, job.runner_name);
    return {};
  }
  Result<std::int64_t> on_desired_runner_count(std::int64_t assigned_jobs) override {
    auto const wanted = std::min(assigned_jobs, room_);
    while (static_cast<std::int64_t>(runners.size()) < wanted)
      runners.push_back("runner-" + std::to_string(++started_));
    return wanted;
  }

  std::vector<std::string> runners;

 private:
  std::int64_t room_;
  int started_ = 0;
};

Message message(std::int64_t id, std::int64_t assigned_jobs, std::vector<JobMessage> jobs = {}) {
  Message message;
  message.id = MessageId{id};
  message.statistics = Statistics();
  message.statistics->assigned_jobs = assigned_jobs;
  message.jobs = std::move(jobs);
  return message;
}

class RunnerPoolTest : public ::testing::Test {
 protected:
  RunnerPoolTest() {
    options.scale_set.id = ScaleSetId{5};
    options.scale_set.name = "my-set";
    options.owner = "test";
    options.max_runners = 2;
  }
  /// Runs the listener until it has handled `polls` messages.
  void listen(int polls) {
    source.on_poll = [this, polls, seen = 0]() mutable {
      if (seen++ == polls) stop.request_stop();
    };
    Listener listener(source, options);
    auto const ended = listener.run(pool, stop.get_token());
    ASSERT_TRUE(ended) << ended.error().to_string();
  }

  Listener::Options options;
  scaleset::testing::FakeMessageSource source;
  std::stop_source stop;
  RunnerPool pool{2};
};

TEST_F(RunnerPoolTest, StartsARunnerForEachJobAsFarAsThereIsRoom) {
  source.deliver(message(1, 3));
  listen(1);
  EXPECT_EQ(pool.runners, (std::vector<std::string>{"runner-1", "runner-2"}));
}

TEST_F(RunnerPoolTest, ReplacesARunnerWhoseJobHasEnded) {
  JobCompleted completed;
  completed.runner_name = "runner-1";
  completed.result = "succeeded";
  source.deliver(message(1, 2));
  source.deliver(message(2, 2, {completed}));
  listen(2);
  EXPECT_EQ(pool.runners, (std::vector<std::string>{"runner-2", "runner-3"}));
}

TEST_F(RunnerPoolTest, AcknowledgesWhatItHasHandled) {
  source.deliver(message(1, 1));
  listen(1);
  auto const calls = source.calls();
  EXPECT_NE(std::find(calls.begin(), calls.end(), "delete 1"), calls.end());
}

}  // namespace
