#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "backends/process/instance_record.hpp"
#include "backends/process/processes.hpp"
#include "backends/process/runner_process.hpp"
#include "backends/process/testing/backend_harness.hpp"
#include "scaleset/async/timer.hpp"

/// What a backend finds when it starts: its own runners, and what is not its own.
namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The shell stays, so that the process can be told by its command line.
std::string const kListener =
    "echo '2026-11-23 16:00:00Z: Listening for Jobs'\nsleep infinity & wait\n";

class Recovery : public ::testing::Test {
 protected:
  /// Starts a runner and detaches from it. The result is its process id.
  pid_t leave_running(std::string const& name) {
    harness.make();
    Result<std::string> const reference = harness.start(name);
    EXPECT_TRUE(reference && harness.wait_for_events(1));
    harness.let_go();
    harness.events.clear();
    return std::stoi(reference.value_or("0"));
  }

  [[nodiscard]] InstancePaths paths(std::string const& name) const {
    return {harness.path("work"), name};
  }

  [[nodiscard]] InstanceRecord recorded(std::string const& name) const {
    return parse_record(base::read_file(paths(name).record).value_or(""))
        .value_or(InstanceRecord());
  }

  void put_record(std::string const& name, std::string const& text) const {
    std::ofstream(paths(name).record) << text;
  }

  /// The only instance that is listed.
  Instance only() {
    std::vector<Instance> const all = harness.list();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? Instance() : all[0];
  }

  static bool runs(pid_t pid) { return is_running(identify(pid).value_or(ProcessIdentity())); }

  void expect_left_alone(std::string const& name) {
    harness.stop(name, StopMode::force);
    harness.stop(name, StopMode::graceful);
    EXPECT_FALSE(harness.start(name)) << "its name is taken";
    EXPECT_TRUE(fs::exists(paths(name).folder));
    EXPECT_TRUE(fs::exists(paths(name).record));
    EXPECT_THAT(harness.events, IsEmpty());
  }

  BackendHarness harness{kListener};
};

TEST_F(Recovery, ARecordHasWhatTheJournalNeeds) {
  pid_t const pid = leave_running("r1");
  InstanceRecord expected = harness.record();
  expected.process = identify(pid);
  EXPECT_EQ(recorded("r1"), expected);
  harness.make();
  Instance const adopted = only();
  EXPECT_EQ(adopted.owner, harness.owner);
  EXPECT_EQ(adopted.runner, RunnerId{17});
  EXPECT_EQ(adopted.scale_set, ScaleSetId{5});
  EXPECT_EQ(adopted.reference, std::to_string(pid));
  EXPECT_EQ(harness.backend->reference_name(), "process_id");
  EXPECT_THAT(harness.log->text, IsEmpty()) << "the daemon says it";
}

TEST_F(Recovery, ARunnerWhoseProcessWasNotRecordedIsFound) {
  pid_t const pid = leave_running("r1");
  ASSERT_TRUE(write_record(paths("r1"), harness.record()));
  harness.make();
  EXPECT_EQ(only().reference, std::to_string(pid));
  EXPECT_TRUE(only().alive);
  EXPECT_EQ(recorded("r1").process, identify(pid)) << "the next start need not search";
  EXPECT_EQ(harness.start("r1").value_or("refused"), std::to_string(pid));
  EXPECT_THAT(harness.events, IsEmpty());
  harness.stop("r1", StopMode::force);
  harness.wait_for_exit();
  EXPECT_FALSE(runs(pid));
  EXPECT_TRUE(harness.is_clean());
}

TEST_F(Recovery, ARunnerWhoseRecordNamesADeadProcessIsFound) {
  pid_t const pid = leave_running("r1");
  InstanceRecord record = harness.record();
  record.process = ProcessIdentity(getpid(), "other:1");
  ASSERT_TRUE(write_record(paths("r1"), record));
  harness.make();
  EXPECT_EQ(only().reference, std::to_string(pid));
  EXPECT_TRUE(only().alive);
}

TEST_F(Recovery, WhatAJobLeftIsNotTakenForItsRunner) {
  harness.add_program("bin/Runner.Listener",
                      "setsid sleep infinity & echo $! > ../../far\n"
                      "sh -c 'sleep infinity & wait' bin/Runner.Listener & wait $!\n");
  harness.make();
  Result<std::string> const reference = harness.start("r1");
  ASSERT_TRUE(reference);
  while (harness.file("far").empty()) sched_yield();
  harness.let_go();
  kill(std::stoi(*reference), SIGKILL);
  while (runs(std::stoi(*reference))) sched_yield();
  ASSERT_TRUE(write_record(paths("r1"), harness.record()));
  harness.make();
  EXPECT_FALSE(only().alive);
  EXPECT_EQ(harness.wait_for_exit().cause, ExitCause::unknown);
  EXPECT_FALSE(runs(std::stoi(harness.file("far"))));
  EXPECT_TRUE(harness.is_clean());
}

TEST_F(Recovery, ARecordOfTheEarlierVersionIsOurs) {
  pid_t const pid = leave_running("r1");
  put_record("r1", "process " + std::to_string(pid) + " " + identify(pid)->birth + "\n");
  harness.make();
  EXPECT_TRUE(only().alive);
  EXPECT_EQ(only().owner, harness.owner);
  EXPECT_EQ(only().runner, std::nullopt);
  EXPECT_EQ(only().scale_set, std::nullopt);
}

TEST_F(Recovery, ARunnerOfAnotherOwnerIsShownAndLeftAlone) {
  pid_t const pid = leave_running("r1");
  base::OwnerKey const others = harness.owner;
  harness.owner.name = "windows";
  harness.make();
  Instance const shown = only();
  EXPECT_EQ(shown.owner, others);
  EXPECT_EQ(shown.runner, RunnerId{17});
  EXPECT_EQ(shown.reference, std::to_string(pid));
  EXPECT_TRUE(shown.alive);
  expect_left_alone("r1");
  EXPECT_TRUE(runs(pid));
  EXPECT_THAT(harness.log->text,
              AllOf(HasSubstr("warn runners in the work folder are not of this scale set"),
                    HasSubstr("r1 (of scale set linux of https://github.com/org, group "
                              "\"default\")")));
  harness.let_go();
  harness.owner = others;
  harness.make();
  EXPECT_TRUE(only().alive) << "its own backend adopts it";
}

TEST_F(Recovery, ARecordThatCannotBeReadIsLeftAlone) {
  pid_t const pid = leave_running("r1");
  std::string const whole = base::read_file(paths("r1").record).value_or("");
  for (std::string const& text :
       {std::string("scaleset-instance 3\nx\n"), std::string("rubbish"), whole + "x"}) {
    put_record("r1", text);
    harness.make();
    Instance const shown = only();
    EXPECT_EQ(shown.owner, base::OwnerKey());
    EXPECT_TRUE(shown.alive) << "as its processes say";
    expect_left_alone("r1");
    harness.let_go();
  }
  EXPECT_TRUE(runs(pid));
  kill(-pid, SIGKILL);
  while (runs(pid)) sched_yield();
  harness.make();
  EXPECT_FALSE(only().alive);
  harness.let_go();
  put_record("r1", whole);
  harness.make();
  harness.wait_for_exit();
}

// Otherwise another runner would be started beside one that still works.
TEST_F(Recovery, ARecordThatWasCutOffIsStillOfARunnerOfOurs) {
  pid_t const pid = leave_running("r1");
  std::string const whole = base::read_file(paths("r1").record).value_or("");
  for (std::size_t const length :
       {whole.size() - 1, whole.find("\nrunner"), whole.find("url"), std::size_t{7}}) {
    put_record("r1", whole.substr(0, length));
    harness.make();
    EXPECT_EQ(only().owner, harness.owner) << length;
    EXPECT_EQ(only().reference, std::to_string(pid)) << length;
    EXPECT_EQ(recorded("r1").process, identify(pid)) << "the next start need not search";
    harness.let_go();
  }
  put_record("r1", whole.substr(0, whole.size() - 1));
  kill(-pid, SIGKILL);
  while (runs(pid)) sched_yield();
  harness.make();
  harness.wait_for_exit();
  EXPECT_TRUE(harness.is_clean());
}

TEST_F(Recovery, AnEmptyRecordIsThatOfAMachineThatWentDown) {
  pid_t const pid = leave_running("r1");
  put_record("r1", "");
  harness.make();
  EXPECT_EQ(only().reference, std::to_string(pid)) << "if it runs nevertheless, it is found";
  EXPECT_EQ(recorded("r1").process, identify(pid));
  harness.let_go();
  put_record("r1", "");
  kill(-pid, SIGKILL);
  while (runs(pid)) sched_yield();
  harness.make();
  harness.wait_for_exit();
  EXPECT_TRUE(harness.is_clean());
}

TEST_F(Recovery, ARecordThatCannotBeReadIsReportedInOneLine) {
  pid_t const pid = leave_running("r1");
  fs::remove(paths("r1").record);
  fs::create_directory(paths("r1").record);  // root may read every file
  harness.make();
  EXPECT_TRUE(only().alive);
  expect_left_alone("r1");
  EXPECT_EQ(std::ranges::count(harness.log->text, '\n'), 1);
  EXPECT_THAT(harness.log->text,
              AllOf(HasSubstr("warn the records of runners cannot be read"), HasSubstr("r1 (")));
  harness.let_go();
  kill(-pid, SIGKILL);
  fs::remove(paths("r1").record);
}

TEST_F(Recovery, ARunnerWithoutARecordIsFound) {
  pid_t const pid = leave_running("r1");
  for (bool const whole_folder : {false, true}) {
    if (whole_folder) fs::remove_all(harness.path("work"));
    fs::remove(paths("r1").record);
    harness.log->text.clear();
    harness.make();
    EXPECT_EQ(only().reference, std::to_string(pid));
    EXPECT_EQ(only().owner, harness.owner);
    EXPECT_TRUE(only().alive);
    EXPECT_EQ(recorded("r1").process, identify(pid)) << "the next start need not search";
    EXPECT_EQ(std::ranges::count(harness.log->text, '\n'), 1);
    EXPECT_THAT(harness.log->text, HasSubstr("warn a runner has no record"));
    harness.let_go();
  }
  harness.make();
  harness.stop("r1", StopMode::force);
  harness.wait_for_exit();
  EXPECT_FALSE(runs(pid));
  EXPECT_TRUE(harness.is_clean());
}

TEST_F(Recovery, WhatIsLeftOfARunnerWithoutARecordIsToldAndLeftAlone) {
  harness.add_program("bin/Runner.Worker", "echo $$ > ../worker\nsleep infinity & wait\n");
  harness.add_program("bin/Runner.Listener", "setsid bin/Runner.Worker & wait\n");
  harness.make();
  Result<std::string> const reference = harness.start("r1");
  ASSERT_TRUE(reference);
  while (harness.file("work/worker").empty()) sched_yield();
  pid_t const worker = std::stoi(harness.file("work/worker"));
  harness.let_go();
  kill(std::stoi(*reference), SIGKILL);
  while (runs(std::stoi(*reference))) sched_yield();
  fs::remove(paths("r1").record);
  harness.make();
  EXPECT_THAT(harness.list(), IsEmpty());
  EXPECT_TRUE(runs(worker));
  EXPECT_FALSE(fs::exists(paths("r1").record));
  EXPECT_THAT(harness.log->text, HasSubstr("warn a program of a runner runs that has no record"));
  kill(-worker, SIGKILL);
}

TEST_F(Recovery, WhetherADeadRunnerHadFinishedIsToldByItsFolder) {
  pid_t const pid = leave_running("r1");
  std::ofstream(paths("r1").folder / ".runner") << "{}";
  kill(-pid, SIGKILL);
  while (runs(pid)) sched_yield();
  InstanceRecord const record = recorded("r1");
  RunnerProcess dead(harness.context.get_executor(), harness.path("work"), "r1", record);
  EXPECT_EQ(dead.said_goodbye(), std::nullopt);
  dead.adopt();
  EXPECT_EQ(dead.said_goodbye(), false) << "the runner removes that file after its job";
  fs::remove(paths("r1").folder / ".runner");
  dead.adopt();
  EXPECT_EQ(dead.said_goodbye(), true);
  fs::remove_all(paths("r1").folder);
  RunnerProcess gone(harness.context.get_executor(), harness.path("work"), "r1", record);
  gone.adopt();
  EXPECT_EQ(gone.said_goodbye(), std::nullopt);
  harness.make();
  harness.wait_for_exit();
}

TEST_F(Recovery, WhetherAnAdoptedRunnerFinishedIsToldAtItsEnd) {
  for (bool const finished : {true, false}) {
    pid_t const pid = leave_running("r1");
    std::ofstream(paths("r1").folder / ".runner") << "{}";
    harness.make();
    if (finished) fs::remove(paths("r1").folder / ".runner");
    kill(-pid, SIGKILL);
    InstanceEvent const end = harness.wait_for_exit();
    EXPECT_EQ(end.said_goodbye, finished);
    EXPECT_EQ(end.exit_code, std::nullopt);
    harness.let_go();
    harness.events.clear();
  }
}

TEST_F(Recovery, AllThatIsNotOursIsReportedInOneLine) {
  harness.make();
  harness.let_go();
  for (int i = 0; i < 7; ++i) put_record("r" + std::to_string(i), "rubbish");
  harness.make();
  EXPECT_EQ(harness.list().size(), 7U);
  EXPECT_EQ(std::ranges::count(harness.log->text, '\n'), 1);
  EXPECT_THAT(harness.log->text, AllOf(HasSubstr("r0 (its record is damaged), r1"),
                                       HasSubstr("and 2 more"), Not(HasSubstr("r5 ("))));
  fs::remove(paths("r0").record);
  EXPECT_EQ(harness.list().size(), 6U) << "somebody has removed it";
}

TEST_F(Recovery, AFolderThatCannotBeRemovedIsTriedAgain) {
  async::VirtualTime time(harness.context);
  harness.make();
  ASSERT_TRUE(harness.start("r1"));
  fs::remove(paths("r1").record);
  fs::create_directory(paths("r1").record);
  harness.stop("r1", StopMode::force);
  ASSERT_TRUE(harness.run_until([&] { return time.next().has_value(); }));
  EXPECT_FALSE(fs::exists(paths("r1").folder)) << "the record is the last thing that is removed";
  fs::remove(paths("r1").record);
  time.advance(std::chrono::seconds(5));
  EXPECT_THAT(harness.wait_for_exit().reason, Not(HasSubstr("cannot remove")));
  EXPECT_TRUE(harness.is_clean());
}

TEST_F(Recovery, AFolderThatCannotBeRemovedAtAllIsReported) {
  async::VirtualTime time(harness.context);
  harness.make();
  ASSERT_TRUE(harness.start("r1"));
  fs::remove(paths("r1").record);
  fs::create_directory(paths("r1").record);
  harness.stop("r1", StopMode::force);
  for (int tries = 0; tries < 3; ++tries) {
    ASSERT_TRUE(harness.run_until([&] { return time.next().has_value(); }));
    EXPECT_EQ(harness.list().size(), 1U);
    time.advance(std::chrono::seconds(5));
  }
  EXPECT_THAT(harness.wait_for_exit().reason, HasSubstr("cannot remove"));
  EXPECT_THAT(harness.log->text, HasSubstr("remove it by hand"));
  EXPECT_THAT(harness.list(), IsEmpty());
}

// A work folder that somebody removes.

TEST_F(Recovery, AWorkFolderThatIsRemovedIsMadeAgainAtTheNextLook) {
  harness.make();
  Result<std::string> const reference = harness.start("a");
  ASSERT_TRUE(reference && harness.wait_for_events(1));
  InstanceRecord const before = recorded("a");
  fs::rename(harness.path("work"), harness.path("moved"));
  EXPECT_TRUE(only().alive);
  EXPECT_EQ(recorded("a"), before) << "the next start finds the runner";
  EXPECT_THAT(harness.log->text, HasSubstr("the work folder was removed or replaced; it was made"));
  harness.log->text.clear();
  EXPECT_TRUE(only().alive);
  EXPECT_THAT(harness.log->text, Not(HasSubstr("removed"))) << "said once";
  Result<std::string> const second = harness.start("b");
  EXPECT_TRUE(second) << second.error().message;
  harness.stop("a", StopMode::force);
  harness.stop("b", StopMode::force);
  harness.run_until([&] { return harness.list().empty(); });
}

TEST_F(Recovery, AWorkFolderThatIsRemovedIsMadeAgainBeforeAStart) {
  harness.make();
  fs::remove_all(harness.path("work"));
  auto const prepared = harness.await(harness.backend->prepare(harness.what()));
  EXPECT_TRUE(prepared) << prepared.error().message;
  Result<std::string> const started = harness.start("a");
  EXPECT_TRUE(started) << started.error().message;
  harness.stop("a", StopMode::force);
  harness.wait_for_exit();
}

TEST_F(Recovery, AWorkFolderThatCannotBeMadeAgainIsAFaultOfTheBackend) {
  harness.make();
  fs::remove_all(harness.path("work"));
  std::ofstream(harness.path("work")) << "a file in the way";
  auto const prepared = harness.await(harness.backend->prepare(harness.what()));
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, ErrorCode::backend);
  EXPECT_THAT(prepared.error().message, HasSubstr(harness.path("work").string()));
  EXPECT_THAT(harness.log->text, HasSubstr("cannot be made again"));
}

}  // namespace
}  // namespace scaleset::backends
