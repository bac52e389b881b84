#include "backends/process/runner_programs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <thread>

#include "base/files.hpp"
#include "base/spawn.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;
constexpr pid_t kListener = 100;

RunnerProgram program(ProgramKind kind, pid_t pid, std::optional<std::string> folder) {
  RunnerProgram made;
  made.kind = kind;
  made.path = kind == ProgramKind::worker ? "/w/r1/bin/Runner.Worker" : "/w/r1/bin/Runner.Listener";
  made.stat.group = pid;
  made.stat.start_ticks = static_cast<std::uint64_t>(pid);
  made.process = identity_of(pid, made.stat);
  made.folder = std::move(folder);
  return made;
}

/// A view of these programs and of the listener.
ProcessView view_of(std::vector<RunnerProgram> programs) {
  ProcessView view;
  view.saw(kListener + 50);
  view.saw(kListener);
  view.saw(1);
  for (RunnerProgram& one : programs) view.add(std::move(one));
  view.settle();
  return view;
}

TEST(Activity, AWorkerWithTheFolderMeansBusy) {
  ProcessView const view = view_of({program(ProgramKind::worker, 7, "/w/r1")});
  EXPECT_EQ(view.activity("/w/r1", kListener), Activity::busy);
  EXPECT_EQ(view.activity("/w/r2", kListener), Activity::idle) << "it is not that runner's";
}

TEST(Activity, AListenerAloneIsIdle) {
  EXPECT_EQ(view_of({}).activity("/w/r1", kListener), Activity::idle);
  ProcessView const view = view_of({program(ProgramKind::listener, kListener, "/w/r1")});
  EXPECT_EQ(view.activity("/w/r1", kListener), Activity::idle);
}

TEST(Activity, AWorkerWithoutTheFolderIsToldByItsAncestors) {
  for (auto const& folder : {std::optional<std::string>(""), std::optional<std::string>()}) {
    RunnerProgram worker = program(ProgramKind::worker, 7, folder);
    worker.ancestors = {9, kListener, 2};
    EXPECT_EQ(view_of({worker}).activity("/w/r1", kListener), Activity::busy);
    EXPECT_EQ(view_of({worker}).activity("/w/r2", kListener + 50), Activity::idle);
  }
}

TEST(Activity, WhatCannotBeToldIsUnknown) {
  EXPECT_EQ(view_of({}).activity("/w/r1", kListener + 1), Activity::unknown) << "it was not seen";
  EXPECT_EQ(ProcessView().activity("/w/r1", kListener), Activity::unknown);
  ProcessView const hidden = view_of({program(ProgramKind::worker, 7, std::nullopt)});
  EXPECT_EQ(hidden.activity("/w/r1", kListener), Activity::unknown);
  EXPECT_EQ(hidden.activity("/w/r2", kListener), Activity::idle) << "it is another folder's";
}

TEST(Listener, IsTheFirstThatLeadsAGroupAndRunsTheFoldersProgram) {
  RunnerProgram other = program(ProgramKind::listener, 3, "/w/r1");
  other.path = "/elsewhere/bin/Runner.Listener";
  RunnerProgram member = program(ProgramKind::listener, 4, "/w/r1");
  member.stat.group = 3;
  RunnerProgram const first = program(ProgramKind::listener, 5, "/w/r1");
  RunnerProgram const second = program(ProgramKind::listener, 6, "/w/r1");
  RunnerProgram const hidden = program(ProgramKind::listener, 2, std::nullopt);
  RunnerProgram const worker = program(ProgramKind::worker, 1, "/w/r1");
  ProcessView const view = view_of({hidden, worker, other, member, second, first});
  EXPECT_EQ(view.listener("/w/r1"), first.process);
  EXPECT_EQ(view.listener("/w/r2"), std::nullopt);
  EXPECT_EQ(view_of({worker, other, member}).listener("/w/r1"), std::nullopt);
}

TEST(Runs, MeansEitherProgramWithTheFolder) {
  ProcessView const view =
      view_of({program(ProgramKind::worker, 7, "/w/r1"), program(ProgramKind::worker, 8, "")});
  EXPECT_TRUE(view.runs("/w/r1"));
  EXPECT_FALSE(view.runs("/w/r2"));
  EXPECT_FALSE(view.runs(""));
}

/// A folder with a program that waits for ever, and processes of it.
class LookAtProcesses : public ::testing::Test {
 protected:
  LookAtProcesses() {
    fs::create_directories(folder_ + "/bin");
    // The shell must stay: what it would exec has another command line.
    put("Runner.Listener", "\"$0\" child & wait");
    put("Runner.Worker", "sleep infinity & wait");
  }
  ~LookAtProcesses() override {
    for (pid_t const pid : started_) {
      kill(-pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
  }

  void put(std::string const& name, std::string const& script) {
    std::ofstream(folder_ + "/bin/" + name) << "#!/bin/sh\nPATH=/usr/bin:/bin\n"
                                            << "[ \"$1\" = child ] && exec sleep infinity\n"
                                            << script << "\n";
    fs::permissions(folder_ + "/bin/" + name, fs::perms::owner_all);
  }

  pid_t spawn(std::string const& name, std::string const& variable) {
    std::string const program = folder_ + "/bin/" + name;
    std::string entry = variable;
    std::array<char*, 2> environment = {entry.data(), nullptr};
    base::Spawn spawn;
    auto const pid = spawn.start(program, {program, "run"}, environment.data());
    EXPECT_TRUE(pid);
    started_.push_back(pid.value_or(0));
    std::string const script = program + '\0';
    // The kernel replaces the command line by the interpreter's a moment after the start.
    while (!read_process_file(started_.back(), "cmdline").value_or("").contains(script))
      std::this_thread::yield();
    return started_.back();
  }

  base::TemporaryDirectory directory_;
  std::string folder_ = (directory_.path() / "r1").string();
  std::string mark_ = "SCALESET_INSTANCE=" + folder_;
  std::vector<pid_t> started_;
};

TEST_F(LookAtProcesses, FindsTheListenerOfAFolder) {
  pid_t const unmarked = spawn("Runner.Listener", "OTHER=" + folder_);
  EXPECT_FALSE(look_at_processes().runs(folder_));
  pid_t const pid = spawn("Runner.Listener", mark_);
  ProcessView const view = look_at_processes();
  ASSERT_TRUE(view.listener(folder_));
  EXPECT_EQ(view.listener(folder_), identify(pid));
  EXPECT_EQ(view.activity(folder_, pid), Activity::idle);
  EXPECT_EQ(view.activity(folder_, unmarked), Activity::idle);
  EXPECT_EQ(view.activity(folder_, 0), Activity::unknown);
}

TEST_F(LookAtProcesses, FindsAWorkerByItsEnvironment) {
  pid_t const listener = spawn("Runner.Listener", mark_);
  pid_t const worker = spawn("Runner.Worker", mark_);
  EXPECT_EQ(look_at_processes().activity(folder_, listener), Activity::busy);
  kill(-worker, SIGKILL);
  // Until then its shell's child may still be dying. The worker itself stays, as a zombie.
  while (look_at_processes().activity(folder_, listener) != Activity::idle)
    std::this_thread::yield();
  EXPECT_TRUE(identify(worker));
}

TEST_F(LookAtProcesses, FindsAWorkerByItsAncestors) {
  put("Runner.Listener", "(env -i \"${0%/*}/Runner.Worker\"; :) & wait");
  pid_t const listener = spawn("Runner.Listener", mark_);
  ProcessView view;
  do {
    view = look_at_processes();
  } while (view.activity(folder_, listener) == Activity::idle);
  EXPECT_EQ(view.activity(folder_, listener), Activity::busy);
  EXPECT_EQ(view.activity(folder_ + "2", 1), Activity::idle) << "only its own ancestors";
}

}  // namespace
}  // namespace scaleset::backends
