// The version of the runners is looked up, and its end is told.
#include "daemon/set_runner.hpp"
#include "daemon/testing/house_fixture.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::make_response;

// Virtual time begins on 2026-01-01.
class SetRunnerCurrencyTest : public testing::HouseTest {
 protected:
  void start_runner() {
    auto one = settings("one");
    one.fleet.min_idle = 1;
    start({one});
    time.advance(1s);
    ASSERT_EQ(instances().size(), 1U);
  }
  std::vector<std::string> told() const {
    auto all = log->lines();
    std::erase_if(all, [](auto const& line) {
      return line.find("will refuse this version") == std::string::npos;
    });
    return all;
  }
};

TEST_F(SetRunnerCurrencyTest, AVersionThatEndsSoonIsAWarningOnceADay) {
  services["one"].version_ends = "2026-01-11T00:00:00Z";
  start_runner();
  ASSERT_EQ(told().size(), 1U);
  EXPECT_THAT(told()[0], AllOf(HasSubstr("warn"), HasSubstr("2.336.0"),
                               HasSubstr("2026-01-11T00:00:00Z"), HasSubstr("days_left=10")));
  EXPECT_EQ(snapshot().warning,
            "version 2.336.0 of the runner works until 2026-01-11T00:00:00Z: install a newer "
            "release of actions/runner");
  EXPECT_TRUE(snapshot().ready);
  time.advance(20h);  // idle runners are replaced every half hour
  EXPECT_EQ(told().size(), 1U);
  EXPECT_EQ(services["one"].versions_asked, 1);
  time.advance(5h);
  EXPECT_EQ(told().size(), 2U);
  EXPECT_EQ(services["one"].versions_asked, 2);
}

TEST_F(SetRunnerCurrencyTest, InTheLastThreeDaysItIsAnError) {
  services["one"].version_ends = "2026-01-03T00:00:00Z";
  start_runner();
  ASSERT_EQ(told().size(), 1U);
  EXPECT_THAT(told()[0], HasSubstr("error"));
}

TEST_F(SetRunnerCurrencyTest, ANewerVersionEndsTheWarning) {
  services["one"].version_ends = "2026-01-11T00:00:00Z";
  start_runner();
  EXPECT_NE(snapshot().warning, "");
  machine.version = "2.337.0";
  services["one"].version_ends = "2026-03-01T00:00:00Z";
  time.advance(35min);
  EXPECT_EQ(snapshot().warning, "");
  EXPECT_EQ(told().size(), 1U);
}

TEST_F(SetRunnerCurrencyTest, AVersionThatIsNotKnownIsNotTold) {
  start_runner();
  EXPECT_EQ(services["one"].versions_asked, 1);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(snapshot().warning, "");
}

TEST_F(SetRunnerCurrencyTest, ScaleSetsOfOneServiceAskOnce) {
  auto one = settings("one");
  auto two = settings("two");
  one.fleet.min_idle = two.fleet.min_idle = 1;
  services["one"].version_ends = services["two"].version_ends = "2026-01-11T00:00:00Z";
  start({one, two});
  time.advance(1s);
  EXPECT_EQ(services["one"].versions_asked + services["two"].versions_asked, 1);
  EXPECT_EQ(told().size(), 1U);
  EXPECT_NE(snapshot(0).warning, "");
  EXPECT_NE(snapshot(1).warning, "");
}

TEST_F(SetRunnerCurrencyTest, AServiceThatDoesNotAnswerIsAskedAgain) {
  services["one"].version_answer = make_response(500);
  start_runner();
  EXPECT_EQ(services["one"].versions_asked, 1);
  time.advance(59min);
  EXPECT_EQ(services["one"].versions_asked, 1);
  services["one"].version_answer.reset();
  services["one"].version_ends = "2026-01-11T00:00:00Z";
  time.advance(1h);
  EXPECT_EQ(told().size(), 1U);
}

}  // namespace
}  // namespace scaleset::daemon
