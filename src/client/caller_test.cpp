#include "client/caller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/held_client_fixture.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::inline v0::async {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class CallerTest : public HeldClientTest {
 protected:
  /// The timeouts of the attempts of one call, which each take `time` and fail.
  std::vector<std::chrono::milliseconds> timeouts(std::chrono::milliseconds time) {
    auto& api = make_client();
    answer = [this, time](HttpRequest const&) {
      clock->advance(time);
      return make_response(503);
    };
    EXPECT_FALSE(run_task(context, api.get_runner(RunnerId{1})));
    std::vector<std::chrono::milliseconds> list;
    for (std::size_t i = 2; i < held_transport->requests.size(); ++i)
      list.push_back(held_transport->requests[i].timeout);
    return list;
  }
};

TEST_F(CallerTest, AttemptsAreCutToWhatIsLeftOfTheCall) {
  EXPECT_THAT(timeouts(12s), ElementsAre(30s, 18s, 6s));
}

TEST_F(CallerTest, AttemptsAreNoLongerThanConfigured) {
  options.transport.request_timeout = 5s;
  options.retry.max_retries = 2;
  EXPECT_THAT(timeouts(1s), ElementsAre(5s, 5s, 5s));
}

TEST_F(CallerTest, TheRetryBudgetIsThatOfAllClientsOfTheOptions) {
  options.retry.budget = 3;
  options.retry.max_retries = 2;
  auto const finalized = finalize(options);
  ASSERT_TRUE(finalized);
  auto& one = make_client(*finalized);
  auto& two = make_client(*finalized);
  EXPECT_EQ(run_task(context, one.get_runner(RunnerId{1})).error().attempts, 3);
  EXPECT_EQ(run_task(context, two.get_runner(RunnerId{1})).error().attempts, 2);
  EXPECT_EQ(run_task(context, one.get_runner(RunnerId{1})).error().attempts, 1);
  answer = [](HttpRequest const&) { return make_response(200, R"({"id":1,"name":"r"})"); };
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(run_task(context, two.get_runner(RunnerId{1})));
  answer = [](HttpRequest const&) { return make_response(500); };
  EXPECT_EQ(run_task(context, one.get_runner(RunnerId{1})).error().attempts, 2);
  // Other options have a budget of their own.
  EXPECT_EQ(run_task(context, make_client().get_runner(RunnerId{1})).error().attempts, 3);
}

TEST_F(CallerTest, TheLogShowsEachCallWithoutWhatMayBeSecret) {
  auto const log = std::make_shared<scaleset::testing::RecordingLogSink>();
  options.hooks.log = log;
  answer = [](HttpRequest const&) { return make_response(200, R"({"count":0,"value":[]})"); };
  EXPECT_TRUE(run_task(context, make_client().find_runner("secret-of-the-query")));
  auto const lines = log->lines();
  EXPECT_THAT(lines, Contains(AllOf(StartsWith("debug client: call operation=FindRunner "
                                               "request=GET /"),
                                    HasSubstr("/agents status="), HasSubstr(" attempt=1"))));
  EXPECT_EQ(std::ranges::count_if(lines,
                                  [](auto const& line) {
                                    return line.find(" call operation=") != std::string::npos;
                                  }),
            3)
      << "two calls for the token";
  for (auto const& line : lines) EXPECT_THAT(line, Not(HasSubstr("secret-of-the-query")));
}

TEST_F(CallerTest, NoBudgetMeansNoRetry) {
  options.retry.budget = 0;
  EXPECT_EQ(run_task(context, make_client().get_runner(RunnerId{1})).error().attempts, 1);
}

TEST_F(CallerTest, AWaitBetweenAttemptsCanBeCancelled) {
  options.retry.min_delay = options.retry.max_delay = 20s;
  auto const call = begin(make_client().get_runner(RunnerId{1}));
  EXPECT_FALSE(call->result);
  cancel(call);
  ASSERT_TRUE(call->result);
  EXPECT_EQ(call->result->error().code, ErrorCode::cancelled);
}

TEST_F(CallerTest, ImpossibleRetryOptionsAreRefused) {
  options.retry.max_elapsed = 0ms;
  EXPECT_EQ(finalize(options).error().code, ErrorCode::invalid_options);
  options.retry.max_elapsed = 1ms;
  options.retry.budget = -1;
  EXPECT_EQ(finalize(options).error().code, ErrorCode::invalid_options);
  options.retry.budget = 0;
  EXPECT_TRUE(finalize(options));
}

}  // namespace
}  // namespace scaleset::inline v0::async
