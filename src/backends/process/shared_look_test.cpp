#include "backends/process/shared_look.hpp"

#include <gtest/gtest.h>

namespace scaleset::backends {
namespace {

using std::chrono::seconds;

class SharedLookTest : public ::testing::Test {
 protected:
  std::shared_ptr<SharedLook::Taken const> get() { return shared.get(now, made_at); }

  int looks = 0;
  SharedLook::TimePoint now{seconds(1000)};
  SharedLook::TimePoint made_at{seconds(0)};
  SharedLook shared{SharedLook::kOldest,
                    [this] {
                      ++looks;
                      now += seconds(2);  // it takes that long
                      return ProcessView();
                    },
                    [this] { return now; }};
};

TEST_F(SharedLookTest, TwoHundredScaleSetsLookOnceAMinute) {
  for (int minute = 0; minute < 10; ++minute) {
    auto const begin = now;
    for (int set = 0; set < 200; ++set) {
      now = std::max(now, begin + std::chrono::milliseconds(set * 250));
      get();
    }
    now = begin + seconds(60);
  }
  EXPECT_EQ(looks, 10);
}

TEST_F(SharedLookTest, OneAloneAlwaysGetsANewOne) {
  for (int minute = 0; minute < 10; ++minute) {
    get();
    now += seconds(58);  // and two for the look
  }
  EXPECT_EQ(looks, 10);
}

TEST_F(SharedLookTest, ItsTimeIsThatOfItsBeginning) {
  auto const asked_at = now;
  EXPECT_EQ(get()->began, asked_at);
  now = asked_at + SharedLook::kOldest;
  EXPECT_EQ(get()->began, asked_at) << "the same one, just not too old";
  EXPECT_EQ(looks, 1);
  now += seconds(1);
  EXPECT_EQ(get()->began, asked_at + SharedLook::kOldest + seconds(1));
}

TEST_F(SharedLookTest, SaysHowOldItIs) {
  auto const began = now;
  auto const taken = get();
  EXPECT_EQ(taken->age_at(began - seconds(1)), seconds(0)) << "it began after the question";
  EXPECT_EQ(taken->age_at(began + std::chrono::microseconds(1500)), std::chrono::milliseconds(2))
      << "rather too old than too young";
}

TEST_F(SharedLookTest, OneFromBeforeABackendWasMadeTellsNothingAboutItsRunners) {
  get();
  made_at = now;
  EXPECT_GE(get()->began, made_at);
  EXPECT_EQ(looks, 2);
}

TEST_F(SharedLookTest, WhoeverAskedDuringALookGetsTheNextOneIfNothingOldWillDo) {
  SharedLook fresh(
      seconds(0),
      [this] {
        ++looks;
        return ProcessView();
      },
      [this] { return now; });
  auto const asked_at = now;
  now += seconds(1);  // it waited for its turn
  auto const first = fresh.get(asked_at, made_at);
  EXPECT_EQ(fresh.get(asked_at + seconds(1), made_at), first) << "it began after both had asked";
  now += seconds(1);
  EXPECT_NE(fresh.get(now, made_at), first);
}

}  // namespace
}  // namespace scaleset::backends
