#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <future>

#include "backends/process/testing/backend_harness.hpp"
#include "base/testing/no_descriptors.hpp"
#include "base/unique_fd.hpp"

/// What a backend says about itself and its runners: probe(), list(), tail(), and the events.
namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;
using Kind = InstanceEvent::Kind;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string const kListen = "echo '2026-11-23 16:00:00Z: Listening for Jobs'\n";
// Nothing is executed once the event is there: nobody can be looked at in the middle of that.
std::string const kForever = "mkfifo \"$PWD/never\"\n" + kListen + "read line < \"$PWD/never\"\n";

/// Runs a script to its end, and returns the last event.
InstanceEvent end_of(BackendHarness& harness) {
  harness.make();
  EXPECT_TRUE(harness.start("r1"));
  return harness.wait_for_exit();
}

TEST(Look, ARunnerIsBusyAsLongAsItsWorkerRuns) {
  BackendHarness harness(kListen +
                         "read line < ../../job\n"
                         "\"$PWD/bin/Runner.Worker\"\n"
                         "echo '2026-11-23 16:00:02Z: Job b completed with result: Succeeded'\n"
                         // No exec: nobody can be looked at in the middle of one.
                         "read line < ../../job\n");
  harness.add_program("bin/Runner.Worker",
                      "echo '2026-11-23 16:00:01Z: Running job: b'\nread line < ../../job\n");
  ASSERT_EQ(mkfifo(harness.path("job").c_str(), 0600), 0);
  // Open for both, so that nobody waits for the other side or finds the end of the file.
  base::UniqueFd const job(open(harness.path("job").c_str(), O_RDWR | O_CLOEXEC));
  harness.make();
  ASSERT_TRUE(harness.start("r1") && harness.wait_for_events(1));
  EXPECT_EQ(harness.list().at(0).activity, Activity::idle);
  ASSERT_TRUE(base::write_all(job.get(), "begin\n"));
  ASSERT_TRUE(harness.wait_for_events(2));
  EXPECT_EQ(harness.list().at(0).activity, Activity::busy);
  harness.let_go();
  harness.make();
  EXPECT_EQ(harness.list().at(0).activity, Activity::busy) << "after a restart as well";
  ASSERT_TRUE(base::write_all(job.get(), "end\n"));
  ASSERT_TRUE(harness.wait_for_events(3));
  EXPECT_EQ(harness.list().at(0).activity, Activity::idle);
}

TEST(Look, WhatHasEndedHasNoActivity) {
  BackendHarness harness(kForever);
  harness.make();
  ASSERT_TRUE(harness.start("r1") && harness.wait_for_events(1));
  // The end is seen before the loop has handled it.
  pid_t const pid = std::stoi(harness.list().at(0).reference);
  kill(pid, SIGKILL);
  Instance last;
  do {
    last = harness.list().at(0);
  } while (last.alive);
  EXPECT_EQ(last.activity, Activity::unknown);
  EXPECT_EQ(last.runner, RunnerId{17});
  harness.wait_for_exit();
}

TEST(Look, IsSharedAndSaysHowOldItIs) {
  // Before the harness, which looks once more at its end.
  SharedLook::TimePoint now = std::chrono::steady_clock::now();
  int looks = 0;
  BackendHarness harness(kForever);
  harness.looks = std::make_shared<SharedLook>(
      SharedLook::kOldest,
      [&] {
        ++looks;
        return look_at_processes();
      },
      [&] { return now; });
  harness.make();
  EXPECT_TRUE(harness.list().empty());
  ASSERT_TRUE(harness.start("r1") && harness.wait_for_events(1));
  now += std::chrono::seconds(40);
  Instance const early = harness.list().at(0);
  EXPECT_EQ(looks, 1);
  EXPECT_TRUE(early.alive) << "although it was started after the look";
  EXPECT_EQ(early.activity, Activity::unknown);
  EXPECT_EQ(early.looked_ago, std::chrono::seconds(40));
  now += std::chrono::seconds(20);
  Instance const later = harness.list().at(0);
  EXPECT_EQ(looks, 2);
  EXPECT_EQ(later.activity, Activity::idle);
  EXPECT_EQ(later.looked_ago, std::chrono::seconds(0));
  harness.let_go();
  harness.make();
  now += std::chrono::seconds(1);
  EXPECT_EQ(harness.list().at(0).activity, Activity::idle);
  EXPECT_EQ(looks, 2) << "the backend is as old as the look";
  harness.let_go();
  harness.make();
  EXPECT_EQ(harness.list().at(0).activity, Activity::idle);
  EXPECT_EQ(looks, 3) << "the backend is younger than the look";
}

TEST(Look, IsCancelledAtOnce) {
  BackendHarness harness(kForever);
  // The thread for looks must not be done before the loop hears of the cancellation.
  std::promise<void> go_on;
  harness.looks =
      std::make_shared<SharedLook>(std::chrono::seconds(0), [gate = go_on.get_future().share()] {
        gate.wait();
        return ProcessView();
      });
  harness.make();
  boost::asio::cancellation_signal cancel;
  auto const listed = harness.await(harness.backend->list(), &cancel);
  EXPECT_EQ(listed ? ErrorCode() : listed.error().code, ErrorCode::cancelled);
  boost::asio::cancellation_signal cancel_probe;
  auto const probed = harness.await(harness.backend->probe(), &cancel_probe);
  go_on.set_value();
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().code, ErrorCode::cancelled);
}

TEST(Look, WithoutDescriptorsNobodyIsKnownToBeIdle) {
  if (base::kSanitizerCannotJudge) GTEST_SKIP();
  BackendHarness harness(kForever);
  harness.make();
  ASSERT_TRUE(harness.start("r1") && harness.wait_for_events(1));
  base::NoDescriptors const none;
  std::vector<Instance> const all = harness.list();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].alive);
  EXPECT_EQ(all[0].activity, Activity::unknown);
}

TEST(Probe, SaysWhatIsMissing) {
  BackendHarness harness(kForever);
  harness.make();
  EXPECT_EQ(harness.await(harness.backend->probe()).value_or("error"), "processes of this machine");
  ASSERT_TRUE(harness.await(harness.backend->prepare(harness.what())));
  fs::rename(harness.path("release"), harness.path("moved"));
  Result<std::string> const without_release = harness.await(harness.backend->probe());
  ASSERT_FALSE(without_release);
  EXPECT_EQ(without_release.error().code, ErrorCode::backend);
  EXPECT_THAT(without_release.error().message, HasSubstr("unpack"));
  fs::rename(harness.path("moved"), harness.path("release"));
  EXPECT_TRUE(harness.await(harness.backend->probe()));
  fs::remove_all(harness.path("work"));
  EXPECT_TRUE(harness.await(harness.backend->probe())) << "it is made again";
  fs::remove_all(harness.path("work"));
  std::ofstream(harness.path("work")) << "a file in the way";
  Result<std::string> const without_folder = harness.await(harness.backend->probe());
  ASSERT_FALSE(without_folder);
  EXPECT_THAT(without_folder.error().message, HasSubstr("work folder"));
}

TEST(Probe, NeedsDescriptors) {
  if (base::kSanitizerCannotJudge) GTEST_SKIP();
  BackendHarness harness(kForever);
  harness.make();
  EXPECT_EQ(harness.backend->free_slots(), std::nullopt);
  EXPECT_TRUE(harness.await(harness.backend->probe()));  // what Asio needs once, it has then
  base::NoDescriptors const none;
  EXPECT_THAT(harness.await(harness.backend->probe()).error().message, HasSubstr("EMFILE"));
  EXPECT_EQ(harness.backend->free_slots(), 0);
}

TEST(Prepare, ChecksTheTemplate) {
  BackendHarness harness(kForever);
  harness.make();
  EXPECT_FALSE(harness.await(harness.backend->prepare(nullptr)));
  auto what = std::make_shared<Template>(*harness.what());
  what->environment = {{"GITHUB_TOKEN", "x"}};
  Result<void> const prepared = harness.await(harness.backend->prepare(what));
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, ErrorCode::backend);
  EXPECT_THAT(prepared.error().message, HasSubstr("GITHUB_TOKEN"));
  EXPECT_TRUE(harness.await(harness.backend->probe())) << "what was refused does not count";
}

TEST(Start, UsesWhatTheLinkLeadsToNow) {
  BackendHarness harness("echo 'An error occurred: old'\n");
  harness.make();
  fs::rename(harness.path("release"), harness.path("one"));
  fs::create_directory_symlink("one", harness.path("release"));
  ASSERT_TRUE(harness.start("r1"));
  EXPECT_THAT(harness.wait_for_exit().reason, HasSubstr("occurred: old"));
  fs::copy(harness.path("one"), harness.path("two"), fs::copy_options::recursive);
  fs::remove(harness.path("release"));
  fs::create_directory_symlink("two", harness.path("release"));
  harness.add_program("bin/Runner.Listener", "echo 'An error occurred: new'\n");
  harness.events.clear();
  ASSERT_TRUE(harness.start("r2"));
  EXPECT_THAT(harness.wait_for_exit().reason, HasSubstr("occurred: new"));
}

TEST(Start, NeedsATemplate) {
  BackendHarness harness("");
  harness.make();
  InstanceSpec spec = harness.spec("r1");
  spec.what = nullptr;
  EXPECT_THAT(harness.await(harness.backend->start(spec)).error().message,
              HasSubstr("no template"));
  auto const missing = std::make_shared<Template>();
  missing->source = harness.path("missing");
  spec.what = missing;
  Result<std::string> const started = harness.await(harness.backend->start(spec));
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::backend);
  EXPECT_TRUE(harness.is_clean());
}

TEST(Start, GivesTheTemplatesEnvironment) {
  BackendHarness harness("echo \"An error occurred: [$FROM_TEMPLATE] [$PATH]\"\n");
  harness.make();
  auto what = std::make_shared<Template>(*harness.what());
  what->environment = {{"FROM_TEMPLATE", "a b"}};
  InstanceSpec spec = harness.spec("r1");
  spec.what = what;
  ASSERT_TRUE(harness.await(harness.backend->start(spec)));
  EXPECT_THAT(harness.wait_for_exit().reason, HasSubstr("[a b] [/usr/bin:/bin]"));
}

TEST(Start, AStopMeanwhileEndsIt) {
  BackendHarness harness(kForever);
  harness.make();
  std::optional<Result<std::string>> started;
  harness.begin_start("r1", &started);
  harness.stop("r1", StopMode::graceful);
  ASSERT_TRUE(harness.run_until([&] { return started.has_value(); }));
  // Its program may have run already or not.
  if (*started) {
    harness.wait_for_exit();
  } else {
    EXPECT_EQ(started->error().code, ErrorCode::cancelled);
  }
  EXPECT_TRUE(harness.is_clean());
}

TEST(Start, ACancellationMeanwhileUndoesIt) {
  BackendHarness harness(kForever);
  harness.make();
  std::optional<Result<std::string>> started;
  harness.begin_start("r1", &started);
  harness.cancel_start();
  harness.context.poll();
  ASSERT_TRUE(started.has_value()) << "it does not wait for the disk";
  ASSERT_FALSE(*started);
  EXPECT_EQ(started->error().code, ErrorCode::cancelled);
  EXPECT_TRUE(harness.run_until([&] { return harness.list().empty(); }));
  EXPECT_TRUE(harness.is_clean());
}

TEST(Tail, IsTheEndOfTheOutputWithoutSecrets) {
  BackendHarness harness("echo first; echo key: $(head -c 300 /dev/zero | tr '\\0' 'k')\n" +
                         kForever);
  harness.make();
  ASSERT_TRUE(harness.start("r1") && harness.wait_for_events(1));
  EXPECT_EQ(harness.await(harness.backend->tail("r1", 1000)).value_or(""),
            "first\nkey: ***\n2026-11-23 16:00:00Z: Listening for Jobs\n");
  EXPECT_EQ(harness.await(harness.backend->tail("r1", 9)).value_or(""), "for Jobs\n");
  EXPECT_EQ(harness.await(harness.backend->tail("r2", 9)).value_or("error"), "");
}

TEST(Events, HaveTheVersion) {
  BackendHarness harness("echo \"Current runner version: '2.336.0'\"\n" + kListen);
  EXPECT_EQ(end_of(harness).version, "2.336.0");
  EXPECT_EQ(harness.events.at(0).kind, Kind::registered);
  EXPECT_EQ(harness.events.at(0).version, "2.336.0");
}

TEST(Events, ARunnerWithoutRegistrationIsTroubled) {
  BackendHarness harness("echo '2026-11-23 16:00:00Z: Registration 1b2c was not found.'\n");
  end_of(harness);
  ASSERT_EQ(harness.events.size(), 2U);
  EXPECT_EQ(harness.events[0].kind, Kind::troubled);
  EXPECT_EQ(harness.events[0].reason, "Registration 1b2c was not found.");
}

TEST(Events, TellWhyARunnerEnded) {
  struct Case {
    std::string script;
    ExitCause cause;
  };
  for (auto const& [script, cause] :
       {Case{"exit 0", ExitCause::exited}, Case{"exit 3", ExitCause::exited},
        Case{"exit 7", ExitCause::version_refused},
        Case{"echo 'Runner version v1 is deprecated and cannot receive messages.'; exit 1",
             ExitCause::version_refused},
        Case{"echo 'The runner no longer exists on the server.'", ExitCause::removed},
        Case{"kill -KILL $$", ExitCause::signalled}}) {
    BackendHarness harness(script);
    EXPECT_EQ(to_string(end_of(harness).cause), to_string(cause)) << script;
  }
}

TEST(Events, ASignalOfOursIsNoCause) {
  BackendHarness harness(kForever);
  harness.make();
  for (StopMode const mode : {StopMode::force, StopMode::graceful}) {
    harness.events.clear();
    std::string const name = mode == StopMode::force ? "r1" : "r2";
    ASSERT_TRUE(harness.start(name) && harness.wait_for_events(1));
    harness.stop(name, mode);
    InstanceEvent const exited = harness.wait_for_exit();
    EXPECT_EQ(exited.cause, ExitCause::exited);
    EXPECT_EQ(exited.exit_code, std::nullopt);
  }
  EXPECT_THAT(harness.log->text, ::testing::IsEmpty());
}

TEST(Events, TheLastLineExplainsAnAbnormalEnd) {
  BackendHarness harness("echo first; echo 'Unhandled exception. No such assembly.'; exit 134\n");
  EXPECT_THAT(end_of(harness).reason,
              AllOf(HasSubstr("exit code 134"), HasSubstr("No such assembly")));
  EXPECT_THAT(harness.log->text, AllOf(HasSubstr("debug the last output"), HasSubstr("first")));
}

TEST(Events, ANormalEndNeedsNoExplanation) {
  BackendHarness harness("echo 'some line'\n");
  EXPECT_THAT(end_of(harness).reason, Not(HasSubstr("some line")));
  EXPECT_EQ(harness.log->text, "");
}

}  // namespace
}  // namespace scaleset::backends
