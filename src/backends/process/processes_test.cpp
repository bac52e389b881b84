#include "backends/process/processes.hpp"

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <thread>

#include "base/files.hpp"

namespace scaleset::backends {
namespace {

/// A process in a session of its own that waits for ever and has one environment variable.
pid_t spawn_sleeper(std::string entry) {
  std::array<char*, 2> environment = {entry.data(), nullptr};
  std::string name = "sleep";
  std::string forever = "infinity";
  std::array<char*, 3> arguments = {name.data(), forever.data(), nullptr};
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t pid = 0;
  EXPECT_EQ(
      posix_spawn(&pid, "/bin/sleep", nullptr, &attributes, arguments.data(), environment.data()),
      0);
  posix_spawnattr_destroy(&attributes);
  // posix_spawn returns a moment before the new program has its environment.
  std::string const file = "/proc/" + std::to_string(pid) + "/environ";
  while (base::read_file(file).value_or("").empty()) std::this_thread::yield();
  return pid;
}

std::string const kStatTail = " 1 2 3 4 -5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20 21\n";

TEST(ParseProcessStat, ReadsStateAndStart) {
  std::optional<ProcessStat> const stat = parse_process_stat("12 (sleep) S" + kStatTail);
  ASSERT_TRUE(stat);
  EXPECT_FALSE(stat->ended);
  EXPECT_EQ(stat->parent, 1);
  EXPECT_EQ(stat->group, 2);
  EXPECT_EQ(stat->start_ticks, 4242U);
  EXPECT_TRUE(parse_process_stat("12 (sleep) Z" + kStatTail)->ended);
}

TEST(ParseProcessStat, IsNotMisledByTheName) {
  std::optional<ProcessStat> const stat = parse_process_stat("12 (a) Z 1 (b) ) S" + kStatTail);
  ASSERT_TRUE(stat);
  EXPECT_FALSE(stat->ended);
  EXPECT_EQ(stat->start_ticks, 4242U);
}

TEST(ParseProcessStat, RefusesAnythingElse) {
  EXPECT_FALSE(parse_process_stat(""));
  EXPECT_FALSE(parse_process_stat("12 (sleep) "));
  EXPECT_FALSE(parse_process_stat("12 (sleep) S 1 2 3"));
  EXPECT_FALSE(
      parse_process_stat("12 (sleep) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x 20"));
}

TEST(StatOf, KnowsParentAndGroup) {
  std::optional<ProcessStat> const own = stat_of(getpid());
  ASSERT_TRUE(own);
  EXPECT_EQ(own->parent, getppid());
  EXPECT_EQ(own->group, getpgrp());
  EXPECT_FALSE(stat_of(0));
}

TEST(ForEachProcess, NamesEachOnce) {
  int own = 0;
  int child = 0;
  pid_t const pid = spawn_sleeper("A=1");
  for_each_process([&](pid_t one) {
    own += one == getpid() ? 1 : 0;
    child += one == pid ? 1 : 0;
  });
  EXPECT_EQ(own, 1);
  EXPECT_EQ(child, 1);
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

TEST(ReadProcessFile, ReadsAtMostWhatIsAskedFor) {
  pid_t const pid = spawn_sleeper("LONG=" + std::string(20000, 'x'));
  EXPECT_EQ(read_process_file(pid, "cmdline"), std::string("sleep\0infinity\0", 15));
  EXPECT_EQ(read_process_file(pid, "environ").value_or("").size(), 20006U);
  EXPECT_LT(read_process_file(pid, "environ", 100).value_or("").size(), 8192U);
  EXPECT_FALSE(read_process_file(pid, "absent"));
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  EXPECT_FALSE(read_process_file(pid, "environ"));
}

TEST(VariableIn, FindsTheWholeNameOnly) {
  std::string const text("XA=0\0AB=1\0A=2\0A=3\0E=\0", 21);
  EXPECT_EQ(variable_in(text, "A"), "2");
  EXPECT_EQ(variable_in(text, "AB"), "1");
  EXPECT_EQ(variable_in(text, "E"), "");
  EXPECT_EQ(variable_in(text, "X"), std::nullopt);
  EXPECT_EQ(variable_in("", "A"), std::nullopt);
  EXPECT_EQ(variable_in("A", "A"), std::nullopt);
}

TEST(Identify, TellsProcessesWithTheSameNumberApart) {
  std::optional<ProcessIdentity> const own = identify(getpid());
  ASSERT_TRUE(own);
  EXPECT_TRUE(is_running(*own));
  EXPECT_EQ(own->birth.find(' '), std::string::npos);
  EXPECT_FALSE(is_running(ProcessIdentity(own->pid, own->birth + "0")))
      << "as if the number had been used again";
  EXPECT_FALSE(identify(0));
  EXPECT_FALSE(identify(-1));
}

TEST(Identify, AZombieIsKnownButDoesNotRun) {
  pid_t const pid = spawn_sleeper("A=1");
  std::optional<ProcessIdentity> const identity = identify(pid);
  ASSERT_TRUE(identity);
  EXPECT_TRUE(is_running(*identity));
  kill(pid, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(identify(pid), identity);
  EXPECT_FALSE(is_running(*identity));
  ASSERT_EQ(waitpid(pid, nullptr, 0), pid);
  EXPECT_FALSE(identify(pid));
}

TEST(KillProcessesWith, KillsOnlyProcessesWithTheEntry) {
  std::string const name = "SCALESET_TEST_MARK";
  std::string const value = std::to_string(getpid());
  pid_t const marked = spawn_sleeper(name + "=" + value);
  pid_t const other = spawn_sleeper(name + "=" + value + "0");
  EXPECT_EQ(kill_processes_with(name, value), 1);
  int status = 0;
  ASSERT_EQ(waitpid(marked, &status, 0), marked);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(is_running(identify(other).value_or(ProcessIdentity())));
  EXPECT_EQ(kill_processes_with(name, value), 0);
  kill(other, SIGKILL);
  waitpid(other, nullptr, 0);
}

}  // namespace
}  // namespace scaleset::backends
