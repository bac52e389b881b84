#include "base/guarded_hooks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "base/log.hpp"

namespace scaleset::base {
namespace {

using ::testing::HasSubstr;

struct ThrowingLog final : LogSink {
  [[nodiscard]] bool enabled(LogLevel) const override {
    if (throws_when_asked) throw std::runtime_error("enabled");
    return true;
  }
  void write(LogRecord const&) override { throw std::runtime_error("write"); }
  bool throws_when_asked = false;
};

struct KeptLog final : LogSink {
  [[nodiscard]] bool enabled(LogLevel) const override { return true; }
  void write(LogRecord const& record) override {
    lines.emplace_back(std::get<std::string_view>(record.fields.front().value));
  }
  std::vector<std::string> lines;
};

struct ThrowingClock final : Clock {
  [[nodiscard]] Now now() const override { throw std::runtime_error("no time"); }
};

struct ThrowingRandom final : RandomSource {
  double uniform() override { throw 3; }  // anything may be thrown
};

struct ThrowingMetrics final : MetricsSink {
  void on_statistics(ScaleSetId, Statistics const&) override { raise(); }
  void on_job_started(ScaleSetId, JobStarted const&) override { raise(); }
  void on_job_completed(ScaleSetId, JobCompleted const&) override { raise(); }
  void on_desired_runners(ScaleSetId, std::int64_t) override { raise(); }
  void on_jobs_acquired(ScaleSetId, std::int64_t, std::int64_t) override { raise(); }
  void on_message_received(ScaleSetId, std::int64_t) override { raise(); }
  void on_message_acknowledged(ScaleSetId) override { raise(); }
  void on_message_quarantined(ScaleSetId) override { raise(); }
  void on_unknown_job_message(ScaleSetId, UnknownJobMessage const&) override { raise(); }
  void on_session_recreated(ScaleSetId, std::string_view) override { raise(); }
  void on_sequence_restarted(ScaleSetId) override { raise(); }
  void on_http_attempt(HttpAttempt const&) override { raise(); }
  void on_token_refresh(bool) override { raise(); }
  void raise() {
    ++calls;
    throw std::runtime_error("metrics");
  }
  int calls = 0;
};

TEST(GuardedHooks, ALogThatThrowsIsSilent) {
  auto log = std::make_shared<ThrowingLog>();
  Hooks hooks;
  hooks.log = log;
  Logger const logger(guarded_hooks(hooks).log, "test");
  logger.info("x");
  log->throws_when_asked = true;
  logger.info("x");
}

TEST(GuardedHooks, AClockThatThrowsIsReplacedByTheSystemsAndToldOnce) {
  auto log = std::make_shared<KeptLog>();
  Hooks hooks;
  hooks.log = log;
  hooks.clock = std::make_shared<ThrowingClock>();
  auto const guarded = guarded_hooks(hooks);
  auto const before = std::chrono::steady_clock::now();
  EXPECT_GE(guarded.clock->now().steady, before);
  EXPECT_GE(guarded.clock->now().steady, before);
  ASSERT_EQ(log->lines.size(), 1U);
  EXPECT_THAT(log->lines[0], HasSubstr("Hooks::clock threw an exception: no time"));
}

TEST(GuardedHooks, ARandomSourceThatThrowsIsTheMiddle) {
  Hooks hooks;
  hooks.random = std::make_shared<ThrowingRandom>();
  EXPECT_EQ(guarded_hooks(hooks).random->uniform(), 0.5);
}

TEST(GuardedHooks, EveryMeasurementMayThrow) {
  auto log = std::make_shared<KeptLog>();
  auto metrics = std::make_shared<ThrowingMetrics>();
  Hooks hooks;
  hooks.log = log;
  hooks.metrics = metrics;
  auto const sink = guarded_hooks(hooks).metrics;
  ScaleSetId const id{1};
  sink->on_statistics(id, {});
  sink->on_job_started(id, {});
  sink->on_job_completed(id, {});
  sink->on_desired_runners(id, 1);
  sink->on_jobs_acquired(id, 1, 1);
  sink->on_message_received(id, 1);
  sink->on_message_acknowledged(id);
  sink->on_message_quarantined(id);
  sink->on_unknown_job_message(id, {});
  sink->on_session_recreated(id, "x");
  sink->on_sequence_restarted(id);
  sink->on_http_attempt({"x", 0, 1, {}});
  sink->on_token_refresh(true);
  EXPECT_EQ(metrics->calls, 13) << "each reached the sink";
  EXPECT_EQ(log->lines.size(), 1U);
}

TEST(GuardedHooks, MissingOnesStayMissingExceptClockAndRandom) {
  auto const guarded = guarded_hooks({});
  EXPECT_EQ(guarded.log, nullptr);
  EXPECT_EQ(guarded.metrics, nullptr);
  EXPECT_NE(guarded.clock, nullptr);
  EXPECT_NE(guarded.random, nullptr);
}

}  // namespace
}  // namespace scaleset::base
