#include "base/spawn.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/files.hpp"
#include "base/unique_fd.hpp"

namespace scaleset::base {
namespace {

class SpawnTest : public ::testing::Test {
 protected:
  /// What a shell script writes, by way of a file.
  std::string said(Spawn& spawn, std::string const& script) {
    auto const file = folder.path() / "output";
    spawn.output_and_errors(file, O_WRONLY | O_CREAT | O_APPEND);
    auto const pid = spawn.start("/bin/sh", {"sh", "-c", script}, environment.data());
    if (!pid) return pid.error().message();
    siginfo_t end{};
    ::waitid(P_PID, static_cast<id_t>(*pid), &end, WEXITED);
    EXPECT_EQ(end.si_status, 0);
    auto const text = read_file(file);
    return text ? *text : text.error().message;
  }

  TemporaryDirectory folder;
  std::string path = "PATH=/usr/bin:/bin";
  std::vector<char*> environment{path.data(), nullptr};
};

TEST_F(SpawnTest, HasASessionAndAGroupOfItsOwnAndAnEmptyInput) {
  Spawn spawn;
  EXPECT_EQ(said(spawn,
                 "cat; for field in 5 6; do"
                 " test $(cut -d' ' -f$field /proc/$$/stat) -eq $$ && echo leader; done"),
            "leader\nleader\n");
}

TEST_F(SpawnTest, RunsInItsFolderAndWritesErrorsToTheSameFile) {
  Spawn spawn;
  spawn.folder("/usr");
  EXPECT_EQ(said(spawn, "pwd; echo no >&2"), "/usr\nno\n");
}

TEST_F(SpawnTest, ReadsItsInputAndHasNoOtherDescriptor) {
  auto const text = folder.path() / "input";
  ASSERT_TRUE(write_file_atomically(text, "from outside\n"));
  UniqueFd const input(::open(text.c_str(), O_RDONLY));  // without O_CLOEXEC
  Spawn spawn;
  spawn.input(input.get());
  // Not by a pipe, whose ends the shell itself may still have open while ls looks.
  EXPECT_EQ(said(spawn, "cat; ls /proc/$$/fd; true"), "from outside\n0\n1\n2\n");
}

TEST_F(SpawnTest, IgnoresAndBlocksNoSignal) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  auto* const handler = std::signal(SIGUSR2, SIG_IGN);
  Spawn spawn;
  // A process that posix_spawn has started ignores the two real-time signals of glibc itself.
  EXPECT_EQ(said(spawn,
                 "for mask in SigBlk SigIgn; do value=$(grep $mask /proc/self/status | cut -f2);"
                 "test $((0x$value & 0x7fffffff)) -eq 0 && echo none; done"),
            "none\nnone\n");
  std::signal(SIGUSR2, handler);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_F(SpawnTest, SaysWhyAProgramCannotBeStarted) {
  Spawn spawn;
  auto const pid = spawn.start("/nowhere/program", {"program"}, environment.data());
  ASSERT_FALSE(pid);
  EXPECT_EQ(pid.error(), std::errc::no_such_file_or_directory);
}

TEST_F(SpawnTest, StartsNothingIfADescriptorIsNotOpen) {
  auto const witness = folder.path() / "witness";
  std::string const script = "echo started > '" + witness.string() + "'";
  for (auto const redirect : {&Spawn::input, &Spawn::output}) {
    for (int const closed : {-1, 900}) {
      Spawn spawn;
      (spawn.*redirect)(closed);
      auto const pid = spawn.start("/bin/sh", {"sh", "-c", script}, environment.data());
      ASSERT_FALSE(pid) << closed;
      EXPECT_EQ(pid.error(), std::errc::bad_file_descriptor);
    }
  }
  EXPECT_FALSE(std::filesystem::exists(witness));
}

}  // namespace
}  // namespace scaleset::base
