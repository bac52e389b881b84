#include "backends/process/child.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <sstream>

#include "base/files.hpp"
#include "base/pidfd.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SpawnChild : public ::testing::Test {
 protected:
  SpawnChild() {
    plan_.executable = "/bin/sh";
    plan_.folder = directory_.path();
    plan_.output = directory_.path() / "output";
    EXPECT_EQ(mkfifo(plan_.output.c_str(), 0600), 0);
    output_.reset(open(plan_.output.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  }

  /// Runs the script to its end.
  ChildEnd run(std::string const& script) {
    plan_.arguments = {"-c", script};
    Result<pid_t> const pid = spawn_child(plan_);
    EXPECT_TRUE(pid);
    pid_ = pid.value_or(0);
    base::UniqueFd const process = base::open_pidfd(pid_);
    pollfd readable{.fd = process.get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(poll(&readable, 1, 20000), 1);
    ChildEnd const kept = child_end(process.get(), true);
    ChildEnd const end = child_end(process.get(), false);
    EXPECT_EQ(kept.status.code, end.status.code);
    EXPECT_EQ(child_end(process.get(), false).status.code, std::nullopt)
        << "it was asked for before";
    return end;
  }

  std::string output() {
    std::string text(4096, '\0');
    ssize_t const size = read(output_.get(), text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

  base::TemporaryDirectory directory_;
  ChildPlan plan_;
  base::UniqueFd output_;
  pid_t pid_ = 0;
};

TEST_F(SpawnChild, MayHaveALimitOfDescriptorsOfItsOwn) {
  plan_.descriptor_limit = 100;
  // The limit is set when the process has already begun.
  EXPECT_EQ(run("until [ \"$(ulimit -n)\" = 100 ]; do :; done; exit 5").status.code, 5);
}

TEST_F(SpawnChild, ReportsTheExitCode) {
  ChildEnd const end = run("exit 7");
  EXPECT_TRUE(end.ended);
  EXPECT_EQ(end.status.code, 7);
  EXPECT_EQ(end.status.signal, std::nullopt);
}

TEST_F(SpawnChild, ReportsTheSignal) {
  ChildEnd const end = run("kill -TERM $$");
  EXPECT_EQ(end.status.code, std::nullopt);
  EXPECT_EQ(end.status.signal, SIGTERM);
}

TEST_F(SpawnChild, WritesBothStreamsToThePipeAndHasAnEmptyInput) {
  run("cat; echo one; echo two >&2; pwd");
  EXPECT_EQ(output(), "one\ntwo\n" + fs::canonical(directory_.path()).string() + "\n");
}

TEST_F(SpawnChild, HasExactlyThePlannedEnvironment) {
  plan_.environment.emplace_back("ONLY=this");
  run("tr '\\0' '\\n' < /proc/$$/environ");
  EXPECT_EQ(output(), "ONLY=this\n");
}

TEST_F(SpawnChild, InheritsNoDescriptor) {
  base::UniqueFd const leaky(open("/dev/null", O_RDONLY));
  run("PATH=/bin:/usr/bin; exec ls /proc/self/fd");
  EXPECT_EQ(output(), "0\n1\n2\n3\n") << "the last one is opened by ls itself";
}

TEST_F(SpawnChild, LeadsItsOwnGroup) {
  run("PATH=/bin:/usr/bin; cut -d' ' -f5 /proc/$$/stat");
  EXPECT_EQ(output(), std::to_string(pid_) + "\n");
}

TEST_F(SpawnChild, HasNoSignalBlockedOrIgnored) {
  auto* const before = std::signal(SIGINT, SIG_IGN);
  run("PATH=/bin:/usr/bin; grep -E 'SigBlk|SigIgn' /proc/self/status | cut -f2");
  std::signal(SIGINT, before);
  std::istringstream lines(output());
  std::uint64_t blocked = 1;
  std::uint64_t ignored = 1;
  lines >> std::hex >> blocked >> ignored;
  EXPECT_EQ(blocked, 0U);
  EXPECT_EQ(ignored & 0x7fffffffU, 0U) << "the bits above are the C library's own signals";
}

TEST_F(SpawnChild, SaysWhatCannotBeRun) {
  plan_.executable = directory_.path() / "absent";
  Result<pid_t> const pid = spawn_child(plan_);
  ASSERT_FALSE(pid);
  EXPECT_EQ(pid.error().code, ErrorCode::backend);
  EXPECT_THAT(pid.error().message, HasSubstr("absent: No such file"));
}

TEST(ChildEnd, ALivingProcessHasNotEnded) {
  base::UniqueFd const process = base::open_pidfd(getpid());
  EXPECT_FALSE(child_end(process.get(), false).ended);
}

}  // namespace
}  // namespace scaleset::backends
