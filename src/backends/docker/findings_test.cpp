#include "backends/docker/findings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "backends/docker/labels.hpp"
#include "backends/docker/specification.hpp"

namespace scaleset::backends::docker {
namespace {

using ::testing::HasSubstr;

TEST(ProgramsIn, AWorkerMeansAJob) {
  std::string const init = "/sbin/docker-init -- /bin/sh -c jit=$(head) scaleset";
  std::string const listener = "/home/runner/bin/Runner.Listener run";
  EXPECT_EQ(programs_in({init, listener, "/home/runner/bin/Runner.Worker spawnclient 1 2"}),
            Programs::worker);
  EXPECT_EQ(programs_in({init, listener, "grep Runner.Worker.log"}), Programs::listener);
  EXPECT_EQ(programs_in({init, "/bin/sh -c jit=$(head)", "timeout 60 head -n 1"}), Programs::none);
  EXPECT_EQ(programs_in({}), Programs::none);
}

Container container() {
  Ownership ownership;
  ownership.owner = base::OwnerKey::make("https://github.com/org", "default", "linux").value();
  ownership.runner_name = "linux-1";
  ownership.runner = RunnerId{17};
  ownership.scale_set = ScaleSetId{5};
  Container one;
  one.id = "0123456789abcdef";
  one.name = "linux-1";
  one.labels = labels_of(ownership);
  one.phase = ContainerPhase::running;
  return one;
}

TEST(Describe, TellsWhoseItIsAndWhatItDoes) {
  Instance const one = describe(container(), Programs::worker);
  EXPECT_EQ(one.owner.name, "linux");
  EXPECT_EQ(one.runner_name, "linux-1");
  EXPECT_EQ(one.reference, "0123456789ab");
  EXPECT_EQ(one.runner, RunnerId{17});
  EXPECT_EQ(one.scale_set, ScaleSetId{5});
  EXPECT_TRUE(one.alive);
  EXPECT_EQ(one.activity, Activity::busy);
  EXPECT_EQ(describe(container(), Programs::listener).activity, Activity::idle);
  EXPECT_EQ(describe(container(), Programs::none).activity, Activity::idle);
  EXPECT_EQ(describe(container(), Programs::unknown).activity, Activity::unknown);
}

TEST(Describe, OnlyWhatRunsIsAlive) {
  for (ContainerPhase const phase : {ContainerPhase::created, ContainerPhase::exited}) {
    Container one = container();
    one.phase = phase;
    EXPECT_FALSE(describe(one, Programs::none).alive);
    EXPECT_EQ(describe(one, Programs::none).activity, Activity::unknown);
  }
}

TEST(Describe, WithoutItsLabelsItIsNobodys) {
  Container one = container();
  one.labels.clear();
  EXPECT_EQ(describe(one, Programs::none).owner, base::OwnerKey());
  EXPECT_EQ(describe(one, Programs::none).runner_name, "linux-1");
}

Ended ended(std::optional<int> code) {
  Ended made;
  made.code = code;
  return made;
}

TEST(Ended, ACodeOfItsOwnIsTheRunners) {
  EXPECT_EQ(cause_of(ended(0), {}), ExitCause::exited);
  EXPECT_EQ(status_of(ended(0)).code, 0);
  EXPECT_EQ(cause_of(ended(1), {}), ExitCause::exited);
  EXPECT_EQ(cause_of(ended(7), {}), ExitCause::version_refused);
  EXPECT_EQ(reason_of(ended(0), {}), "ended normally (exit code 0)");
}

TEST(Ended, ACodeAbove128IsASignal) {
  EXPECT_EQ(status_of(ended(143)).signal, SIGTERM);
  EXPECT_EQ(status_of(ended(143)).code, std::nullopt);
  EXPECT_EQ(status_of(ended(128)).code, 128);
  EXPECT_EQ(status_of(ended(250)).code, 250);
  EXPECT_EQ(cause_of(ended(137), {}), ExitCause::signalled);
  Ended asked = ended(137);
  asked.stop_asked = true;
  EXPECT_EQ(cause_of(asked, {}), ExitCause::exited);
}

TEST(Ended, OutOfMemoryOnlyIfThatEndedIt) {
  Ended one = ended(137);
  one.out_of_memory = true;
  EXPECT_EQ(cause_of(one, {}), ExitCause::out_of_memory);
  EXPECT_THAT(reason_of(one, {}), HasSubstr("raise the memory limit"));
  one.code = 0;
  EXPECT_EQ(cause_of(one, {}), ExitCause::exited) << "only a process of the job was ended";
}

TEST(Ended, WithItsEngine) {
  Ended one = ended(137);
  one.engine_lost = true;
  EXPECT_EQ(cause_of(one, {}), ExitCause::engine);
  EXPECT_THAT(reason_of(one, {}), HasSubstr("live-restore"));
  one.code = 0;
  EXPECT_EQ(cause_of(one, {}), ExitCause::exited);
}

TEST(Ended, RemovedBySomebody) {
  EXPECT_EQ(cause_of(ended({}), {}), ExitCause::evicted);
  EXPECT_THAT(reason_of(ended({}), {}), HasSubstr("removed by somebody"));
  RunnerOutput output;
  output.take("The runner no longer exists on the server.\n");
  EXPECT_EQ(cause_of(ended({}), output), ExitCause::removed) << "what it said counts more";
  Ended stopped = ended({});
  stopped.stop_asked = true;
  EXPECT_EQ(cause_of(stopped, {}), ExitCause::exited);
}

TEST(Ended, AnImageThatCannotBeRun) {
  RunnerOutput output;
  output.take("scaleset: exec: ./bin/Runner.Listener: not found\n");
  EXPECT_EQ(cause_of(ended(127), output), ExitCause::image);
  EXPECT_EQ(cause_of(ended(126), output), ExitCause::image);
  EXPECT_THAT(reason_of(ended(127), output), HasSubstr("Runner.Listener: not found"));
  Ended refused = ended(128);
  refused.error = "exec format error";
  EXPECT_EQ(cause_of(refused, {}), ExitCause::image);
  EXPECT_THAT(reason_of(refused, {}), HasSubstr("exec format error"));
}

TEST(Ended, WithoutAJitConfigurationItIsLost) {
  EXPECT_EQ(cause_of(ended(kNothingDelivered), {}), ExitCause::lost);
  EXPECT_THAT(reason_of(ended(kNothingDelivered), {}), HasSubstr("no JIT configuration"));
}

}  // namespace
}  // namespace scaleset::backends::docker
