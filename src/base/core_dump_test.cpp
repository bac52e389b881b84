#include "base/core_dump.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/spawn.hpp"

namespace scaleset::base {
namespace {

/// In a process of its own, since it cannot be taken back for what this one does next.
int exit_code_of(int (*in_child)()) {
  pid_t const child = ::fork();
  if (child == 0) ::_exit(in_child());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(CoreDump, IsForbidden) {
  EXPECT_EQ(exit_code_of([] { return ::prctl(PR_GET_DUMPABLE); }), 1) << "what it is otherwise";
  EXPECT_EQ(exit_code_of([] {
              forbid_core_dumps();
              return ::prctl(PR_GET_DUMPABLE);
            }),
            0);
}

TEST(CoreDump, ProgramsThatAreStartedMayStillBeLookedAt) {
  // Such a program's files in /proc belong to its user, who finds runners by their environment.
  EXPECT_EQ(exit_code_of([] {
              if (::geteuid() == 0 && ::setuid(65534) != 0) return 4;  // root may look at all
              forbid_core_dumps();
              std::string name = "PATH=/usr/bin:/bin";
              std::array<char*, 2> environment{name.data(), nullptr};
              Spawn spawn;
              auto const pid = spawn.start(
                  "/bin/sh", {"sh", "-c", "test \"$(stat -c %u /proc/$$/environ)\" = \"$(id -u)\""},
                  environment.data());
              int status = 1;
              if (!pid || ::waitpid(*pid, &status, 0) != *pid) return 2;
              return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
            }),
            0);
}

}  // namespace
}  // namespace scaleset::base
