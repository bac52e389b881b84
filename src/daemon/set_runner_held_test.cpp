#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/testing/house_fixture.hpp"

/// Jobs whose runner has died, while the service still counts them.
namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using testing::PretendService;
using ::testing::SizeIs;

class HeldTest : public testing::HouseTest {
 protected:
  /// A runner has died in the middle of its job, which the service does not know.
  void lose_a_runner() {
    service().assigned = 1;
    start({settings("one")});
    ASSERT_THAT(instances(), SizeIs(1));
    std::string const name = instances().front();
    service().messages = {PretendService::message(1, "JobStarted", name, 1)};
    time.advance(1min);
    machine.find(name)->busy();
    time.advance(1s);
    machine.find(name)->exit(137, backends::ExitCause::signalled);
    time.advance(1min);
    service().running = 1;  // the service has not noticed
    ASSERT_EQ(snapshot().held, 1);
    ASSERT_THAT(instances(), IsEmpty());
    ASSERT_THAT(snapshot().runners, IsEmpty()) << "nothing of it is left but the job";
  }
  PretendService& service() { return services["one"]; }
};

TEST_F(HeldTest, ARestartForgetsNone) {
  lose_a_runner();
  stop();
  EXPECT_THAT(record("one").held, SizeIs(1));
  start({settings("one")});
  time.advance(1min);
  EXPECT_EQ(snapshot().held, 1);
  EXPECT_EQ(snapshot().capacity, 11) << "the job that no runner can get takes no place";
  EXPECT_THAT(instances(), IsEmpty()) << "no runner can get the job";
}

TEST_F(HeldTest, AReloadThatOpensTheScaleSetAnewForgetsNone) {
  lose_a_runner();
  auto changed = settings("one");
  changed.list_interval = 2min;
  house->serve({changed}, Missing::drain);
  time.advance(2min);
  EXPECT_EQ(snapshot().held, 1);
  EXPECT_THAT(instances(), IsEmpty());
}

TEST_F(HeldTest, TheJournalForgetsWhatIsOver) {
  lose_a_runner();
  time.advance(20min);
  EXPECT_EQ(snapshot().held, 0) << "the service never said that the job has ended";
  stop();
  EXPECT_THAT(record("one").held, IsEmpty());
}

TEST_F(HeldTest, AScaleSetThatIsMadeAgainStartsAfreshAlsoUnderTheOldId) {
  lose_a_runner();
  service().exists = false;
  service().answer = scaleset::testing::make_response(
      404, R"({"typeName":"RunnerScaleSetNotFoundException","message":"no such scale set"})");
  time.advance(2min);
  service().answer.reset();
  service().running = 0;
  time.advance(6min);
  ASSERT_TRUE(service().exists) << "it was not created again";
  EXPECT_TRUE(logged("another scale set is served now"));
  EXPECT_EQ(snapshot().held, 0);
}

}  // namespace
}  // namespace scaleset::daemon
