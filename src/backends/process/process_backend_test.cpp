#include "backends/process/process_backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "backends/process/instance_record.hpp"
#include "backends/process/processes.hpp"
#include "backends/process/testing/backend_harness.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;
using Kind = InstanceEvent::Kind;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string const kListen = "echo '2026-11-23 16:00:00Z: Listening for Jobs'\n";
std::string const kForever = kListen + "exec sleep infinity\n";

std::vector<Kind> kinds_of(std::vector<InstanceEvent> const& events) {
  std::vector<Kind> kinds;
  kinds.reserve(events.size());
  for (InstanceEvent const& event : events) kinds.push_back(event.kind);
  return kinds;
}

TEST(ProcessBackend, ReportsTheWholeLifeOfARunner) {
  BackendHarness harness(
      kListen +
      "echo '2026-11-23 16:00:01Z: Running job: build'\n"
      "echo '2026-11-23 16:00:02Z: Job build completed with result: Succeeded'\n");
  harness.make();
  Result<std::string> const reference = harness.start("r1");
  ASSERT_TRUE(reference) << reference.error().message;
  InstanceEvent const exited = harness.wait_for_exit();
  EXPECT_THAT(kinds_of(harness.events),
              ElementsAre(Kind::registered, Kind::busy, Kind::idle, Kind::exited));
  EXPECT_EQ(exited.runner_name, "r1");
  EXPECT_EQ(exited.exit_code, 0);
  EXPECT_THAT(exited.reason, HasSubstr("normally"));
  EXPECT_THAT(harness.list(), IsEmpty());
  EXPECT_TRUE(harness.is_clean());
}

TEST(ProcessBackend, TheJitConfigurationIsInTheEnvironmentOnly) {
  BackendHarness harness(
      "echo \"An error occurred: $* [$ACTIONS_RUNNER_INPUT_JITCONFIG] [$SCALESET_INSTANCE] "
      "[$PWD]\"\n"
      "grep -rl the-[j]it-config . ../.scaleset && echo 'An error occurred: it is on disk'\n");
  harness.make();
  ASSERT_TRUE(harness.start("r1"));
  std::string const folder = harness.path("work/r1").string();
  EXPECT_THAT(harness.wait_for_exit().reason,
              HasSubstr("occurred: run [the-jit-config] [" + folder + "] [" + folder + "]"));
}

TEST(ProcessBackend, AnExitCodeIsExplainedAndTheOutputLogged) {
  BackendHarness harness(
      "echo 'Runner version v2.300.0 is deprecated and cannot receive messages.'\n"
      "echo key: $(head -c 300 /dev/zero | tr '\\0' 'k')\nexit 7\n");
  harness.make();
  ASSERT_TRUE(harness.start("r1"));
  InstanceEvent const exited = harness.wait_for_exit();
  EXPECT_EQ(exited.exit_code, 7);
  EXPECT_THAT(exited.reason, AllOf(HasSubstr("newer runner"), HasSubstr("v2.300.0 is deprecated")));
  EXPECT_THAT(harness.log->text, AllOf(HasSubstr("output=Runner version v2.300.0"),
                                       HasSubstr("key: ***"), Not(HasSubstr("kkk"))));
}

TEST(ProcessBackend, ASignalLeavesNoExitCode) {
  BackendHarness harness("kill -SEGV $$\n");
  harness.make();
  ASSERT_TRUE(harness.start("r1"));
  InstanceEvent const exited = harness.wait_for_exit();
  EXPECT_EQ(exited.exit_code, std::nullopt);
  EXPECT_THAT(exited.reason, HasSubstr("SIGSEGV"));
}

TEST(ProcessBackend, KillsARunnerThatDoesNotEndWhenAsked) {
  BackendHarness harness("trap '' INT TERM\n" + kForever);
  harness.make(std::chrono::milliseconds(10));
  ASSERT_TRUE(harness.start("r1"));
  ASSERT_TRUE(harness.wait_for_events(1));
  harness.stop("r1", StopMode::graceful);
  EXPECT_THAT(harness.wait_for_exit().reason, HasSubstr("SIGKILL"));
  EXPECT_THAT(harness.log->text, HasSubstr("did not end when it was asked to"));
}

TEST(ProcessBackend, LeavesNoProcessOfAJobBehind) {
  BackendHarness harness(
      "setsid sh -c 'trap \"\" HUP INT TERM; echo $$ > ../../far; exec sleep infinity' &\n"
      "sleep infinity & echo $! > ../../near\n"
      "while [ ! -s ../../far ]; do :; done\n" +
      kForever);
  harness.make();
  ASSERT_TRUE(harness.start("r1"));
  ASSERT_TRUE(harness.wait_for_events(1));
  std::optional<ProcessIdentity> const near = identify(std::stoi(harness.file("near")));
  std::optional<ProcessIdentity> const far = identify(std::stoi(harness.file("far")));
  ASSERT_TRUE(near && far);
  EXPECT_TRUE(is_running(*near) && is_running(*far));
  harness.stop("r1", StopMode::force);
  harness.wait_for_exit();
  EXPECT_FALSE(is_running(*near));
  EXPECT_FALSE(is_running(*far));
}

TEST(ProcessBackend, CleansUpAfterANormalEndAsWell) {
  BackendHarness harness(
      "setsid sh -c 'echo $$ > ../../far; exec sleep infinity' &\n"
      "while [ ! -s ../../far ]; do :; done\n"
      "mkdir -p _work/locked/in; chmod 0 _work/locked\n");
  harness.make();
  ASSERT_TRUE(harness.start("r1"));
  EXPECT_EQ(harness.wait_for_exit().exit_code, 0);
  std::optional<ProcessIdentity> const far = identify(std::stoi(harness.file("far")));
  EXPECT_FALSE(far && is_running(*far));
  EXPECT_TRUE(harness.is_clean());
}

TEST(ProcessBackend, AStartThatFailsLeavesNothing) {
  BackendHarness harness("");
  harness.make();
  std::ofstream(harness.path("release/bin/Runner.Listener")) << "#!/nowhere/sh\n";
  Result<std::string> const started = harness.start("r1");
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::backend);
  EXPECT_THAT(started.error().message,
              AllOf(HasSubstr("cannot start runner r1"), HasSubstr("No such file")));
  EXPECT_THAT(harness.list(), IsEmpty());
  EXPECT_TRUE(harness.is_clean());
  EXPECT_THAT(harness.events, IsEmpty());
}

TEST(ProcessBackend, ACancelledStartLeavesNothing) {
  BackendHarness harness(kForever);
  harness.make();
  Result<std::string> const started = harness.start_cancelled("r1");
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::cancelled);
  // The call does not wait for the disk; what has become of the start is undone in the background.
  EXPECT_TRUE(harness.wait_until_none_is_left());
  EXPECT_TRUE(harness.is_clean());
}

TEST(ProcessBackend, ANameWhoseFolderIsThereAlreadyIsRefusedAndNothingIsTouched) {
  BackendHarness harness(kForever);
  harness.make();
  fs::path const file = harness.path("work/r1/somebodys");
  fs::create_directory(file.parent_path());
  std::ofstream(file) << "x";
  auto const started = harness.start("r1");
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message,
              AllOf(HasSubstr("r1 exists already"), HasSubstr("use a new name")));
  EXPECT_TRUE(fs::exists(file));
  EXPECT_THAT(harness.list(), IsEmpty());
  EXPECT_THAT(harness.events, IsEmpty());
  EXPECT_TRUE(harness.start("r2")) << "other names are as good as before";
}

TEST(ProcessBackend, RefusesNamesThatCannotNameAFolder) {
  BackendHarness harness("");
  harness.make();
  EXPECT_FALSE(harness.start("../escape"));
  EXPECT_FALSE(harness.start(""));
  EXPECT_FALSE(harness.start(".scaleset"));
  EXPECT_TRUE(harness.is_clean());
}

TEST(ProcessBackend, OnlyOneBackendUsesAWorkFolder) {
  BackendHarness harness("");
  harness.make();
  ProcessOptions options;
  options.work_root = harness.path("work");
  auto const second = make_process_backend(
      harness.context.get_executor(), options, [](InstanceEvent) {}, nullptr, harness.disk);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
}

TEST(ProcessBackend, RunnersSurviveARestartAndAreAdopted) {
  BackendHarness harness(kListen +
                         "read line < ../../go\n"
                         "echo '2026-11-23 16:00:01Z: Running job: build'\n"
                         "echo done > ../../wrote\nexec sleep infinity\n");
  ASSERT_EQ(mkfifo(harness.path("go").c_str(), 0600), 0);
  harness.make();
  Result<std::string> const reference = harness.start("r1");
  ASSERT_TRUE(reference && harness.wait_for_events(1));
  harness.let_go();
  std::ofstream(harness.path("go")) << "on\n";
  harness.make();
  ASSERT_EQ(harness.list().size(), 1U);
  EXPECT_EQ(harness.list()[0].reference, *reference);
  EXPECT_TRUE(harness.list()[0].alive);
  ASSERT_TRUE(harness.wait_for_events(2)) << "for what it wrote while there was no backend";
  EXPECT_EQ(harness.events[1].kind, Kind::busy);
  EXPECT_EQ(harness.start("r1").value_or("refused"), *reference);
  harness.stop("r1", StopMode::force);
  harness.wait_for_exit();
  EXPECT_TRUE(harness.is_clean());
}

TEST(ProcessBackend, DeadRunnersOfAnEarlierProcessAreClearedAway) {
  BackendHarness harness(kForever);
  harness.make();
  Result<std::string> const reference = harness.start("r1");
  ASSERT_TRUE(reference);
  harness.let_go();
  kill(std::stoi(*reference), SIGKILL);
  while (is_running(identify(std::stoi(*reference)).value_or(ProcessIdentity()))) sched_yield();
  harness.make();
  // Once: the next time it may have been cleared away already.
  auto const listed = harness.list();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_FALSE(listed[0].alive);
  EXPECT_EQ(harness.wait_for_exit().runner_name, "r1");
  EXPECT_EQ(harness.events.back().cause, ExitCause::signalled)
      << "it is still our child here, unlike after a real restart";
  EXPECT_TRUE(harness.is_clean());
}

TEST(ProcessBackend, RunnersInTheFolderOfAnEarlierVersionAreAdoptedWhereTheyAre) {
  BackendHarness harness(kForever);
  harness.make();
  Result<std::string> const ours = harness.start("ours");
  Result<std::string> const others = harness.start("others");
  ASSERT_TRUE(ours && others && harness.wait_for_events(2));
  harness.let_go();
  harness.old_runners = {"ours", "gone"};
  harness.work = "new";
  harness.make();
  ASSERT_EQ(harness.list().size(), 1U) << "what is another's is not touched";
  EXPECT_EQ(harness.list()[0].reference, *ours);
  EXPECT_TRUE(harness.list()[0].alive);
  harness.stop("ours", StopMode::force);
  harness.wait_for_exit();
  EXPECT_FALSE(fs::exists(harness.path("work/ours")));
  EXPECT_TRUE(fs::exists(InstancePaths(harness.path("work"), "others").record));
  EXPECT_EQ(kill(std::stoi(*others), SIGKILL), 0) << "it runs on";
}

TEST(ProcessBackend, WhatACrashDuringAStartLeftIsClearedAway) {
  BackendHarness harness(kForever);
  harness.make();
  harness.let_go();
  InstancePaths const paths(harness.path("work"), "r1");
  ASSERT_TRUE(write_record(paths, harness.record()));
  fs::create_directories(paths.folder / "bin");
  harness.make();
  InstanceEvent const exited = harness.wait_for_exit();
  EXPECT_EQ(exited.runner_name, "r1");
  EXPECT_EQ(exited.exit_code, std::nullopt);
  EXPECT_TRUE(harness.is_clean());
}

TEST(ProcessBackend, AnotherProcessWithTheSameNumberIsNotOurRunner) {
  BackendHarness harness(kForever);
  harness.make();
  harness.let_go();
  InstanceRecord record = harness.record();
  record.process = ProcessIdentity(getpid(), "other:1");
  ASSERT_TRUE(write_record(InstancePaths(harness.path("work"), "r1"), record));
  harness.make();
  harness.stop("r1", StopMode::force);
  EXPECT_EQ(harness.wait_for_exit().runner_name, "r1")
      << "and the test itself, whose number the record had, was not killed";
}

TEST(ProcessBackend, RunsManyRunnersAtOnce) {
  BackendHarness harness(kListen);
  harness.make();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(harness.start("r" + std::to_string(i)));
  ASSERT_TRUE(harness.wait_for_events(40));
  EXPECT_THAT(harness.list(), IsEmpty());
  EXPECT_TRUE(harness.is_clean());
}

}  // namespace
}  // namespace scaleset::backends
