#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>

#include "backends/process/child.hpp"
#include "backends/process/instance_record.hpp"
#include "backends/process/testing/backend_harness.hpp"
#include "backends/process/work_folder.hpp"
#include "backends/runner_environment.hpp"

/// How fast it is. Times are printed and not judged, because machines differ (field problem C1).
namespace scaleset::backends {
namespace {

class Stopwatch {
 public:
  /// Prints the time since the last call, or since the beginning.
  void lap(char const* what) {
    auto const now = std::chrono::steady_clock::now();
    std::printf("[          ] %s: %.1f ms\n", what,
                std::chrono::duration<double, std::milli>(now - last_).count());
    last_ = now;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

std::string name_of(std::size_t number) { return "r" + std::to_string(number); }

ChildPlan plan_of(InstancePaths const& paths, std::filesystem::path const& program) {
  ChildPlan plan;
  plan.executable = program;
  plan.arguments = {"infinity"};
  plan.environment = runner_environment({}, Template(), paths.folder.native(), Secret("jit"));
  plan.folder = paths.folder;
  plan.output = paths.output;
  return plan;
}

/// Makes the instance's files and starts its program, as a plain loop would.
pid_t start_bare(BackendHarness const& harness, std::string const& name) {
  InstancePaths const paths(harness.path("work"), name);
  EXPECT_TRUE(make_instance(harness.path("release"), paths, harness.record()));
  return spawn_child(plan_of(paths, paths.folder / "bin/Runner.Listener")).value_or(0);
}

/// Makes what list() and adoption look at, without waiting for the disk as a start does.
void make_running(BackendHarness const& harness, std::string const& name) {
  InstancePaths const paths(harness.path("work"), name);
  std::filesystem::create_directory(paths.folder);
  ASSERT_EQ(mkfifo(paths.output.c_str(), 0600), 0);
  InstanceRecord record = harness.record();
  record.process = identify(spawn_child(plan_of(paths, "/bin/sleep")).value_or(0));
  std::ofstream(paths.record) << format_record(record);
}

TEST(Speed, ManyStartsAtOnce) {
  constexpr std::size_t kRunners = 100;
  BackendHarness bare("exec sleep infinity");
  bare.make();
  bare.let_go();
  Stopwatch watch;
  std::vector<pid_t> started;
  started.reserve(kRunners);
  for (std::size_t i = 0; i < kRunners; ++i) started.push_back(start_bare(bare, name_of(i)));
  watch.lap("100 starts in a loop");
  for (pid_t const pid : started) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }

  BackendHarness harness("exec sleep infinity");
  harness.make();
  std::vector<std::optional<Result<std::string>>> results(kRunners);
  watch.lap("(between)");
  for (std::size_t i = 0; i < kRunners; ++i) harness.begin_start(name_of(i), &results[i]);
  auto const answered = [](auto const& result) { return result.has_value(); };
  ASSERT_TRUE(harness.run_until([&] { return std::ranges::any_of(results, answered); }));
  watch.lap("the first of 100 starts of the backend");
  ASSERT_TRUE(harness.run_until([&] { return std::ranges::all_of(results, answered); }));
  watch.lap("all others");
  for (auto const& result : results) EXPECT_TRUE(*result);
  EXPECT_EQ(harness.list().size(), kRunners);
  watch.lap("a listing of 100");
}

TEST(Speed, ManyRunnersAreAdopted) {
  constexpr std::size_t kRunners = 1000;
  BackendHarness harness("exec sleep infinity");
  harness.make();
  harness.let_go();
  for (std::size_t i = 0; i < kRunners; ++i) make_running(harness, name_of(i));
  Stopwatch watch;
  harness.make();
  watch.lap("1,000 runners adopted");
  std::vector<Instance> const all = harness.list();
  watch.lap("a listing of 1,000");
  ASSERT_EQ(all.size(), kRunners);
  for (Instance const& one : all) {
    EXPECT_TRUE(one.alive);
    EXPECT_EQ(one.activity, Activity::idle);
  }
  for (Instance const& one : all) harness.stop(one.runner_name, StopMode::force);
  ASSERT_TRUE(harness.wait_for_events(kRunners));
  watch.lap("the end of 1,000");
}

}  // namespace
}  // namespace scaleset::backends
