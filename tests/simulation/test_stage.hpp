#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "scaleset/testing/recording_hooks.hpp"
#include "simulator/front/effects/fault_kinds.hpp"
#include "stage.hpp"

namespace scaleset::simulation {

/// A stage with what tests want from it.
class TestStage : public Stage {
 public:
  explicit TestStage(simulator::Profile profile = simulator::Profile::broker,
                     std::uint64_t seed = 1)
      : TestStage(profile, seed, std::make_shared<testing::RecordingLogSink>()) {}
  TestStage(TestStage const&) = delete;
  TestStage& operator=(TestStage const&) = delete;
  /// What a test watches with, such as its variables, is gone by now.
  ~TestStage() {
    on_step = nullptr;
    for (Host* const each : {&host(), &other_host()}) {
      each->on_request = nullptr;
      each->on_answer = nullptr;
      each->machine().on_start = nullptr;
      each->machine().on_stop = nullptr;
      each->machine().on_vanish = nullptr;
    }
    program().on_death = nullptr;
  }

  void serve(int min_idle, int max_runners) {
    auto wanted = settings();
    wanted.fleet.min_idle = min_idle;
    wanted.fleet.max_runners = max_runners;
    serve(std::move(wanted));
  }
  void serve(daemon::SetSettings wanted) {
    auto const started = start(std::move(wanted));
    ASSERT_TRUE(started.has_value()) << started.error().to_string();
  }
  bool waits_for_idle(int count, Duration limit) {
    return pass_until([&] { return snapshot().counts.idle == count; }, limit);
  }
  /// Whether all jobs end within the limit.
  bool finishes_jobs(Duration limit) {
    return pass_until([this] { return tenant().jobs.empty(); }, limit);
  }
  [[nodiscard]] std::int64_t jobs_with(std::string_view result) const {
    return std::ranges::count(tenant().finished, result, &simulator::Job::result);
  }
  [[nodiscard]] std::int64_t jobs_running() const {
    return std::ranges::count_if(tenant().jobs, [](auto const& entry) {
      return entry.second.state == simulator::JobState::running;
    });
  }
  [[nodiscard]] std::int64_t jobs_waiting() const {
    return static_cast<std::int64_t>(tenant().jobs.size()) - jobs_running();
  }
  /// How many lines of the log contain the text.
  [[nodiscard]] std::int64_t said(std::string_view text) const {
    return std::ranges::count_if(lines_->lines(),
                                 [&](std::string const& line) { return line.contains(text); });
  }
  [[nodiscard]] Surroundings const& around() const noexcept { return around_; }
  [[nodiscard]] simulator::Counters const& counters() {
    return front().live.model.world().counters;
  }
  [[nodiscard]] simulator::ScaleSet const& only_set() const {
    return tenant().scale_sets.begin()->second;
  }
  /// Returns the name of some idle runner at the service; empty if there is none.
  [[nodiscard]] std::string some_runner() const {
    return tenant().runners.empty() ? "" : tenant().runners.begin()->second.name;
  }
  /// As when somebody removes it in the settings of the organization.
  void remove_at_the_service(std::string const& runner) {
    auto& live = front().live;
    auto const* found = live.model.find_runner(tenant().path, runner);
    ASSERT_NE(found, nullptr);
    ASSERT_TRUE(live.model.remove_runner(live.now(), tenant().path, found->id).has_value());
    ASSERT_TRUE(live.commit_changes());
  }

  void add_fault(std::string route, std::string_view kind, std::optional<std::int64_t> count) {
    simulator::Fault fault;
    fault.route = std::move(route);
    fault.kind = simulator::kind_named(simulator::fault_kinds(), kind);
    ASSERT_NE(fault.kind, nullptr) << kind;
    fault.argument = fault.kind->parameter.usual;
    fault.count = count;
    front().trouble.faults.add(std::move(fault));
  }
  void add_status(std::string route, int status, std::string body,
                  std::optional<std::int64_t> count) {
    simulator::Fault fault;
    fault.route = std::move(route);
    fault.status = status;
    fault.headers = {{"Content-Type", "application/json"}};
    fault.body = std::move(body);
    fault.count = count;
    front().trouble.faults.add(std::move(fault));
  }
  void break_all_connections() {
    simulator::Fault fault;
    fault.route = "*";
    fault.drop = simulator::Fault::Drop::before;
    front().trouble.faults.add(std::move(fault));
  }
  void clear_faults() { front().trouble.faults.clear(); }

 private:
  TestStage(simulator::Profile profile, std::uint64_t seed,
            std::shared_ptr<testing::RecordingLogSink> lines)
      : Stage(seed, profile, lines), lines_(std::move(lines)) {}

  std::shared_ptr<testing::RecordingLogSink> lines_;
};

}  // namespace scaleset::simulation
