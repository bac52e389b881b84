#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "simulator/front/testing/running_simulator.hpp"
#include "simulator/runner/child_process.hpp"
#include "simulator/runner/testing/pretend_runner_program.hpp"

/// The whole pretend runner, a listener process with its worker process, with a simulator.
namespace scaleset::simulator::pretend {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using simulator::testing::RunningSimulator;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RunnerProcessesTest : public RunningSimulator {
 protected:
  RunnerProcessesTest() : listener(loop.executor()) {
    fs::create_directory(root());
    if (mkfifo(fifo().c_str(), 0600) != 0) throw std::runtime_error("no pipe");
    alive = ::open(fifo().c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
    connect();
    set = create_set("set");
    session = open_session(set);
  }
  ~RunnerProcessesTest() override {
    for (char const* name : kVariables) unsetenv(name);
    ::close(alive);
  }

  fs::path root() const { return folder.path() / "runner"; }
  fs::path fifo() const { return folder.path() / "alive"; }
  std::string file(fs::path const& relative) const {
    return base::read_file(root() / relative).value_or("");
  }
  /// The log of that process, of which there must be one.
  std::string log_of(std::string const& process) const {
    for (auto const& entry : fs::directory_iterator(root() / "_diag")) {
      std::string const name = entry.path().filename().string();
      if (name.starts_with(process + "_") && name.ends_with("-utc.log"))
        return file("_diag/" + name);
    }
    return "";
  }
  std::string output() const { return base::read_file(folder.path() / "output").value_or(""); }

  /// Starts a runner, and queues a job for it if there is a script.
  void start(std::string const& script) {
    begin(poll_request(session, 1));
    boost::json::object job;
    job["labels"] = boost::json::array{"set"};
    job["script"] = script;
    if (!script.empty()) call("POST", "/_sim/jobs", "", boost::json::serialize(job));
    std::string const jit =
        text(json(admin_call("POST", set_path(set, "/generatejitconfig"), R"({"name":"r"})")),
             "/encodedJITConfig");
    setenv("ACTIONS_RUNNER_INPUT_JITCONFIG", jit.c_str(), 1);
    setenv("ACTIONS_RUNNER_INPUT_LABELS", "secret", 1);
    ChildPlan plan;
    plan.program = pretend_runner_program();
    plan.arguments = {"Runner.Listener", "simulate-runner", "--root", root().string(), "run"};
    plan.output = folder.path() / "output";
    if (!listener.start(plan)) throw std::runtime_error("the runner cannot be started");
  }
  int end() { return loop.run(listener.wait()); }

  /// Waits until the job's script writes a line to the pipe.
  void wait_for_script() {
    std::string text;
    loop.run_until([&] {
      char byte = 0;
      while (text.empty() && ::read(alive, &byte, 1) == 1) text += byte;
      if (text.empty()) asio::post(loop.executor(), [] {});
      return !text.empty();
    });
  }
  /// Whether all processes close the pipe within 20 s.
  bool all_are_gone() {
    int const reader = ::open(fifo().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ::close(std::exchange(alive, reader));
    pollfd hung_up{.fd = reader, .events = 0, .revents = 0};
    return ::poll(&hung_up, 1, 20000) == 1 && (hung_up.revents & POLLHUP) != 0;
  }
  /// A script that runs until something ends it.
  std::string endless() const {
    return "exec 3>" + fifo().string() + "; echo up >&3; exec sleep infinity";
  }
  std::string result() { return text(state(), "/tenants/0/jobs/0/result"); }

  static constexpr std::array kVariables = {"ACTIONS_RUNNER_INPUT_JITCONFIG",
                                            "ACTIONS_RUNNER_INPUT_LABELS",
                                            "ACTIONS_RUNNER_HOOK_JOB_STARTED",
                                            "ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT",
                                            "ACTIONS_RUNNER_HOOK_JOB_COMPLETED",
                                            "ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED",
                                            "SIMULATE_RUNNER_FAULT"};
  int alive = -1;
  std::int64_t set = 0;
  OpenSession session;
  ChildProcess listener;
};

TEST_F(RunnerProcessesTest, TheJobIsTheWorkersAndSeesNoInput) {
  setenv("ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT", "1", 1);
  start(
      "tr '\\0' ' ' < /proc/$PPID/cmdline; cat /proc/$PPID/comm; env; "
      "tr '\\0' '\\n' < /proc/$PPID/environ");
  EXPECT_EQ(end(), 0);
  EXPECT_EQ(result(), "succeeded");
  EXPECT_THAT(file("_diag/job.log"),
              AllOf(HasSubstr(root().string() + "/bin/Runner.Worker simulate-runner worker"),
                    HasSubstr(" Runner.Worker\n"), Not(HasSubstr("ACTIONS_RUNNER_INPUT_"))));
  EXPECT_THAT(log_of("Runner"), AllOf(HasSubstr("WRITE LINE: √ Connected to GitHub"),
                                      HasSubstr("Worker ended: succeeded")));
  EXPECT_THAT(log_of("Worker"), HasSubstr("exit code 0"));
  EXPECT_THAT(output(), AllOf(HasSubstr("\n[RUNNER "), HasSubstr("\n[WORKER "),
                              HasSubstr("Z: Listening for Jobs\n")));
  EXPECT_FALSE(fs::exists(root() / ".runner"));
}

TEST_F(RunnerProcessesTest, WhatTheJobWritesIsShownByTheSimulator) {
  start("echo hello; exit 3");
  EXPECT_EQ(end(), 0);
  std::string const id = text(state(), "/tenants/0/jobs/0/jobId");
  boost::json::value const logs = json(call("GET", "/_sim/jobs/" + id + "/logs"));
  EXPECT_EQ(text(logs, "/logs/0/kind"), "job");
  EXPECT_THAT(text(logs, "/logs/0/text"), HasSubstr("Z hello\n"));
  EXPECT_EQ(logs.at_pointer("/steps/0/conclusion"), 3);
}

TEST_F(RunnerProcessesTest, TheLogIsOnlyInItsFilesByDefault) {
  start("exit 3");
  EXPECT_EQ(end(), 0);
  EXPECT_THAT(output(), AllOf(Not(HasSubstr("[RUNNER ")), Not(HasSubstr("[WORKER "))));
  EXPECT_THAT(log_of("Worker"), HasSubstr("exit code 3"));
}

TEST_F(RunnerProcessesTest, AFailedStartedHookFailsTheJob) {
  std::ofstream(folder.path() / "hook.sh") << "echo hook; exit 1\n";
  setenv("ACTIONS_RUNNER_HOOK_JOB_STARTED", (folder.path() / "hook.sh").c_str(), 1);
  setenv("ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED", "1", 1);
  start("echo job");
  EXPECT_EQ(end(), 102);
  EXPECT_EQ(result(), "failed");
  EXPECT_EQ(file("_diag/job.log"), "hook\n");
}

TEST_F(RunnerProcessesTest, ATerminationCancelsTheJob) {
  start(endless());
  wait_for_script();
  listener.signal(SIGTERM);
  EXPECT_EQ(end(), 143);
  EXPECT_EQ(result(), "failed") << "as the official runner reports it";
  EXPECT_THAT(output(), AllOf(Not(HasSubstr("Exiting...")), HasSubstr("with result: Canceled")));
  EXPECT_TRUE(all_are_gone());
}

TEST_F(RunnerProcessesTest, WorkerAndScriptEndWithAKilledListener) {
  start("echo $PPID > pid; " + endless());
  wait_for_script();
  pid_t const worker = std::stoi(file("_work/pid"));
  EXPECT_EQ(kill(worker, 0), 0);
  listener.signal(SIGKILL);
  EXPECT_EQ(end(), 128 + SIGKILL);
  EXPECT_TRUE(all_are_gone());
}

TEST_F(RunnerProcessesTest, MayDieWhileItsJobRuns) {
  setenv("SIMULATE_RUNNER_FAULT", "die_mid_job", 1);
  start(endless());
  EXPECT_EQ(end(), 128 + SIGKILL);
  EXPECT_THAT(output(), HasSubstr("Running job: build"));
  EXPECT_TRUE(all_are_gone());
}

TEST_F(RunnerProcessesTest, MayIgnoreSigterm) {
  setenv("SIMULATE_RUNNER_FAULT", "ignore_sigterm", 1);
  ASSERT_EQ(mkfifo((fifo().string() + ".go").c_str(), 0600), 0);
  start("echo up > " + fifo().string() + "; read line < " + fifo().string() + ".go");
  wait_for_script();
  listener.signal(SIGTERM);
  std::ofstream(fifo().string() + ".go") << "go on\n";
  EXPECT_EQ(end(), 0);
  EXPECT_EQ(result(), "succeeded");
}

TEST_F(RunnerProcessesTest, MayHangBeforeItSaysAnything) {
  setenv("SIMULATE_RUNNER_FAULT", "hang_before_session", 1);
  start("");
  listener.signal(SIGTERM);
  EXPECT_EQ(end(), 128 + SIGTERM);
  EXPECT_EQ(output(), "");
  EXPECT_EQ(number(state(), "/counters/runnersOnline"), 0);
}

TEST_F(RunnerProcessesTest, MayEndAtOnce) {
  std::ofstream(root() / "simulated-fault") << "exit:42\n";
  start("");
  EXPECT_EQ(end(), 42);
  EXPECT_EQ(output(), "");
}

}  // namespace
}  // namespace scaleset::simulator::pretend
