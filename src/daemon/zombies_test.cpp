#include "daemon/zombies.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/testing/coroutine_test.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(ZombieWatch, OnlyWhatNobodyWaitedForSinceTheLastLookIsNobodys) {
  ZombieWatch watch;
  EXPECT_THAT(watch.look({{5, 100}, {6, 100}}), IsEmpty());
  EXPECT_THAT(watch.look({{6, 100}, {7, 100}}), ElementsAre(6));
  EXPECT_THAT(watch.look({{7, 200}}), IsEmpty()) << "another process with the same number";
  EXPECT_THAT(watch.look({}), IsEmpty());
}

TEST(ParseZombie, ReadsTheParentAndTheStart) {
  std::string const rest = " 1 7 7 0 -1 4228100 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0";
  EXPECT_EQ(parse_zombie("7 (sh) Z" + rest, 1), Zombie(7, 4711));
  EXPECT_EQ(parse_zombie("7 (a) Z 9 (b) Z" + rest, 1), Zombie(7, 4711)) << "a name";
  EXPECT_EQ(parse_zombie("7 (sh) S" + rest, 1).pid, 0) << "it lives";
  EXPECT_EQ(parse_zombie("7 (sh) Z" + rest, 2).pid, 0) << "somebody else's child";
  for (auto const* odd : {"", "7", "7 (sh", "7 (sh) Z", "x (sh) Z 1 2 3"})
    EXPECT_EQ(parse_zombie(odd, 1).pid, 0) << odd;
}

class ReapZombiesTest : public base::testing::CoroutineTest {
 protected:
  static bool is_zombie(pid_t pid) {
    auto const all = own_zombies();
    return std::ranges::any_of(all, [pid](Zombie const& one) { return one.pid == pid; });
  }
  static pid_t ended_child() {
    pid_t const child = ::fork();
    if (child == 0) ::_exit(0);
    siginfo_t info{};
    EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
    return child;
  }
  async::VirtualTime time{context};
};

TEST_F(ReapZombiesTest, WaitsForAChildAtTheSecondLook) {
  pid_t const child = ended_child();
  ASSERT_TRUE(is_zombie(child));
  spawn(reap_zombies());
  time.advance(10s);
  EXPECT_TRUE(is_zombie(child)) << "whoever has started it may be about to wait for it";
  time.advance(10s);
  EXPECT_FALSE(is_zombie(child));
  cancel();
  time.advance(0s);
}

}  // namespace
}  // namespace scaleset::daemon
