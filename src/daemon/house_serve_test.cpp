#include <gmock/gmock.h>
#include <time.h>

#include <chrono>
#include <functional>

#include "daemon/house.hpp"
#include "daemon/testing/house_fixture.hpp"

/// Scale sets that fail and are tried again, and lists of scale sets that change.
namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HouseTest;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ServeTest : public HouseTest {
 protected:
  ServeTest() { stays = true; }

  std::size_t times_logged(std::string const& part) const {
    auto const lines = log->lines();
    return static_cast<std::size_t>(std::ranges::count_if(
        lines, [&](auto const& line) { return line.find(part) != std::string::npos; }));
  }
  /// "one" fails because of `error` and is mended after an hour; nobody else notices.
  void fails_alone(std::string const& error, std::function<void()> const& mend) {
    start({settings("one"), settings("two")});
    EXPECT_EQ(snapshot(1).phase, Phase::serving);
    EXPECT_FALSE(snapshot(0).ready);
    EXPECT_THAT(snapshot(0).reason, HasSubstr(error));
    auto const before = services["two"].done;
    time.advance(1h);
    EXPECT_FALSE(ended);
    EXPECT_EQ(services["two"].done, before) << "the session goes on";
    EXPECT_LE(times_logged("a scale set cannot be served; it is tried again"), 61U);
    EXPECT_EQ(times_logged("name=set url=https://github.com/two"), 0U);
    mend();
    time.advance(2min);
    EXPECT_EQ(snapshot(0).phase, Phase::serving);
    EXPECT_TRUE(snapshot(0).ready) << snapshot(0).reason;
    EXPECT_EQ(services["two"].done, before);
  }
};

TEST_F(ServeTest, ABackendThatCannotBeMadeIsMadeLater) {
  bad_backends.emplace("one", Error(ErrorCode::backend, "the engine is not installed"));
  fails_alone("the engine is not installed", [this] { bad_backends.clear(); });
}

TEST_F(ServeTest, CredentialsThatCannotBeReadAreReadLater) {
  bad_ports.emplace("one", Error(ErrorCode::invalid_private_key, "the key is none"));
  fails_alone("the key is none", [this] { bad_ports.clear(); });
}

TEST_F(ServeTest, RowsThatCannotBeReadAreReadLater) {
  book.unreadable.emplace("https://github.com/one", Error(ErrorCode::io, "the row is damaged"));
  fails_alone("the row is damaged", [this] { book.unreadable.clear(); });
}

TEST_F(ServeTest, AScaleSetThatAnotherProcessServesIsTriedAgain) {
  book.unreadable.emplace("https://github.com/one",
                          Error(ErrorCode::conflict, "another process (7) serves it"));
  fails_alone("another process (7) serves it", [this] { book.unreadable.clear(); });
}

TEST_F(ServeTest, AnExceptionBeforeTheStartIsAnErrorOfThatScaleSet) {
  throwing_ports.insert("one");
  fails_alone("too many open files", [this] { throwing_ports.clear(); });
}

TEST_F(ServeTest, AnExceptionAtTheStartIsAnErrorOfThatScaleSet) {
  throwing_backends.insert("one");
  fails_alone("no memory", [this] { throwing_backends.clear(); });
}

TEST_F(ServeTest, AFailureIsToldOnceAndThenOnceAMinute) {
  bad_backends.emplace("one", Error(ErrorCode::backend, "the engine is not installed"));
  start({settings("one")});
  time.advance(50s);
  EXPECT_EQ(times_logged("a scale set cannot be served; it is tried again"), 1U);
  EXPECT_GE(ports_made, 4);
}

TEST_F(ServeTest, AStopDoesNotWaitForTheNextAttempt) {
  bad_backends.emplace("one", Error(ErrorCode::backend, "the engine is not installed"));
  start({settings("one")});
  time.advance(10min);
  house->detach("SIGTERM was received");
  time.advance(0s);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(*ended) << "what is tried again is no failure of the process";
}

TEST_F(ServeTest, AfterAReloadWhatFailedIsTriedAtOnce) {
  bad_ports.emplace("one", Error(ErrorCode::invalid_private_key, "the key is none"));
  start({settings("one")});
  time.advance(1h);
  bad_ports.clear();
  house->reload();
  time.advance(0s);
  EXPECT_EQ(snapshot().phase, Phase::serving);
}

TEST_F(ServeTest, AScaleSetThatIsLostToAnotherProcessLeavesItsRunnersAndIsTriedAgain) {
  auto one = settings("one");
  one.fleet.min_idle = 1;
  start({one, settings("two")});
  ASSERT_THAT(instances(), SizeIs(1));
  auto const key = record("one").key;
  book.unreadable.emplace("https://github.com/one", Error(ErrorCode::conflict, "taken"));
  house->lost(key, Error(ErrorCode::conflict, "another process has it"));
  time.advance(20s);
  EXPECT_THAT(instances(), SizeIs(1)) << "its runners are the other process's now";
  EXPECT_FALSE(snapshot(0).ready);
  EXPECT_EQ(snapshot(1).phase, Phase::serving);
  EXPECT_FALSE(ended);
  book.unreadable.clear();
  time.advance(2min);
  EXPECT_EQ(snapshot(0).phase, Phase::serving);
  EXPECT_THAT(instances(), SizeIs(1)) << "it was taken over";
}

// Lists that change.

TEST_F(ServeTest, ANewScaleSetIsServedAndTheOthersDoNotNotice) {
  start({settings("one")});
  auto const before = services["one"].done;
  auto const served = house->serve({settings("one"), settings("two")}, Missing::drain);
  EXPECT_THAT(served.added, ElementsAre("set"));
  EXPECT_THAT(served.changed, IsEmpty());
  time.advance(1s);
  EXPECT_EQ(snapshot(1).phase, Phase::serving);
  EXPECT_EQ(services["one"].done, before);
}

TEST_F(ServeTest, OneThatIsGoneIsDrainedAndStaysAtTheService) {
  auto two = settings("two");
  two.fleet.min_idle = 1;
  start({settings("one"), two});
  ASSERT_THAT(instances(), SizeIs(1));
  int const closes = book.closes;
  EXPECT_THAT(house->serve({settings("one")}, Missing::drain).drained, ElementsAre("set"));
  time.advance(1min);
  EXPECT_THAT(house->snapshot().sets, SizeIs(1));
  EXPECT_THAT(instances(), IsEmpty());
  EXPECT_EQ(book.closes, closes + 1) << "another process may serve it now";
  EXPECT_THAT(services["two"].done, Not(Contains("DELETE scale set")));
  EXPECT_THAT(services["two"].done, Contains(HasSubstr("DELETE session")));
  EXPECT_FALSE(ended);
}

TEST_F(ServeTest, AFileAloneDrainsNothing) {
  start({settings("one"), settings("two")});
  EXPECT_THAT(house->serve({settings("one")}, Missing::stay).kept, ElementsAre("set"));
  time.advance(1min);
  EXPECT_EQ(snapshot(1).phase, Phase::serving);
  EXPECT_THAT(house->serve({settings("one")}, Missing::drain).drained, ElementsAre("set"));
}

TEST_F(ServeTest, ARunnerWithAJobIsWaitedFor) {
  auto two = settings("two");
  two.fleet.min_idle = 1;
  start({settings("one"), two});
  auto const name = instances().at(0);
  machine.find(name)->busy();
  time.advance(1s);
  house->serve({settings("one")}, Missing::drain);
  time.advance(10min);
  EXPECT_EQ(snapshot(1).phase, Phase::draining);
  machine.find(name)->idle();
  machine.find(name)->exit(0, backends::ExitCause::exited);
  time.advance(1min);
  EXPECT_THAT(house->snapshot().sets, SizeIs(1));
}

TEST_F(ServeTest, OneThatComesBackWhileItDrainsIsServedWithItsBusyRunners) {
  auto two = settings("two");
  two.fleet.min_idle = 1;
  start({settings("one"), two});
  auto const name = instances().at(0);
  machine.find(name)->busy();
  time.advance(1s);
  house->serve({settings("one")}, Missing::drain);
  time.advance(1s);
  EXPECT_EQ(snapshot(1).phase, Phase::draining);
  house->serve({settings("one"), two}, Missing::drain);
  time.advance(10s);
  EXPECT_EQ(snapshot(1).phase, Phase::serving);
  EXPECT_EQ(snapshot(1).counts.busy, 1);
  EXPECT_THAT(instances(), Contains(name));
}

TEST_F(ServeTest, AScaleSetThatFailsAndIsGoneIsForgotten) {
  bad_ports.emplace("two", Error(ErrorCode::io, "the file is gone"));
  start({settings("one"), settings("two")});
  time.advance(1min);
  house->serve({settings("one")}, Missing::drain);
  time.advance(1s);
  EXPECT_THAT(house->snapshot().sets, SizeIs(1));
}

TEST_F(ServeTest, LimitsAreInForceAtOnceAndThePollGoesOnIfTheyCostNothing) {
  auto one = settings("one");
  start({one});
  services["one"].done.clear();
  one.fleet.min_idle = 2;
  EXPECT_THAT(house->serve({one}, Missing::stay).changed, ElementsAre("set"));
  time.advance(10s);
  EXPECT_THAT(instances(), SizeIs(2));
  EXPECT_THAT(services["one"].done, Not(Contains(HasSubstr("session"))));
}

TEST_F(ServeTest, IdleRunnersOfAnOlderTemplateAreReplaced) {
  auto one = settings("one");
  one.fleet.min_idle = 2;
  start({one});
  auto const old = instances();
  ASSERT_THAT(old, SizeIs(2));
  backends::Template newer;
  newer.source = "/opt/newer";
  one.what = std::make_shared<backends::Template const>(newer);
  house->serve({one}, Missing::stay);
  time.advance(2min);
  EXPECT_THAT(instances(), SizeIs(2));
  for (auto const& name : old) EXPECT_THAT(instances(), Not(Contains(name)));
}

TEST_F(ServeTest, LabelsAreChangedAtTheService) {
  services["one"].exists = false;
  auto one = settings("one");
  start({one});
  services["one"].done.clear();
  one.labels = {"linux", "gpu"};
  house->serve({one}, Missing::stay);
  time.advance(1s);
  EXPECT_THAT(services["one"].done, ElementsAre("PATCH scale set"));
}

TEST_F(ServeTest, OtherCredentialsOpenTheScaleSetAnewAndItsRunnersRunOn) {
  auto one = settings("one");
  one.fleet.min_idle = 1;
  start({one, settings("two")});
  auto const runners = instances();
  auto const others = services["two"].done;
  ASSERT_THAT(runners, SizeIs(1));
  Access access;
  access.identity = "another file";
  one.access = std::make_shared<Access const>(access);
  int const made = ports_made;
  EXPECT_THAT(house->serve({one, settings("two")}, Missing::stay).changed, ElementsAre("set"));
  time.advance(30s);
  EXPECT_EQ(ports_made, made + 1);
  EXPECT_EQ(instances(), runners);
  EXPECT_EQ(snapshot(0).phase, Phase::serving);
  EXPECT_EQ(snapshot(0).counts.idle, 1);
  EXPECT_EQ(services["two"].done, others);
}

TEST_F(ServeTest, NothingIsServedAnewAfterAStop) {
  start({settings("one")});
  house->drain("SIGINT was received");
  EXPECT_THAT(house->serve({settings("one"), settings("two")}, Missing::drain).added, IsEmpty());
  time.advance(10s);
  EXPECT_TRUE(ended);
}

TEST_F(ServeTest, TheProcessStaysWhenNothingIsLeftToServe) {
  start({settings("one")});
  house->serve({settings("two")}, Missing::drain);
  time.advance(1min);
  EXPECT_FALSE(ended);
  EXPECT_EQ(snapshot().owner, owner("two"));
  house->serve({}, Missing::drain);
  time.advance(1min);
  EXPECT_FALSE(ended) << "a file may bring others";
  house->detach("SIGTERM was received");
  time.advance(1s);
  EXPECT_TRUE(ended);
}

TEST_F(ServeTest, OneThatIsMissingAndNeverthelessServedSaysSo) {
  start({settings("one"), settings("two")});
  house->serve({settings("one")}, Missing::stay);
  EXPECT_TRUE(snapshot(1).ready);
  EXPECT_THAT(snapshot(1).warning, HasSubstr("does not have it any more"));
  house->serve({settings("one"), settings("two")}, Missing::stay);
  EXPECT_EQ(snapshot(1).warning, "");
}

// Those that an earlier process has left.

class LeftTest : public ServeTest {
 protected:
  /// An earlier process has left an idle runner of "two".
  LeftTest() {
    auto two = settings("two");
    two.fleet.min_idle = 1;
    start({settings("one"), two});
    runner = instances().at(0);
    left.emplace(owner("two"), settings("two"));
  }
  void next_process() {
    house->detach("the next one starts");
    time.advance(10s);
    ASSERT_TRUE(ended);
    services["two"].done.clear();
    start({settings("one")});
  }
  std::string runner;
};

TEST_F(LeftTest, TheirIdleRunnersAreRemovedAndThenTheyAreForgotten) {
  next_process();
  EXPECT_TRUE(
      logged("a scale set of which there are runners is not configured; it is to be drained"));
  time.advance(2min);
  EXPECT_THAT(instances(), IsEmpty());
  EXPECT_THAT(services["two"].done, Contains(HasSubstr("remove")));
  EXPECT_THAT(services["two"].done, Not(Contains("DELETE scale set")));
  EXPECT_THAT(house->snapshot().sets, SizeIs(1));
  EXPECT_THAT(record("two").runners, IsEmpty());
  EXPECT_EQ(snapshot(0).warning, "");
}

TEST_F(LeftTest, ARunnerWithAJobIsWaitedForAndToldInTheStatus) {
  machine.find(runner)->busy();
  time.advance(1s);
  next_process();
  time.advance(1h);
  EXPECT_THAT(instances(), ElementsAre(runner));
  EXPECT_EQ(snapshot(1).phase, Phase::draining);
  EXPECT_EQ(snapshot(1).counts.busy, 1);
  EXPECT_THAT(snapshot(1).warning, HasSubstr("it is not configured any more"));
  house->serve({settings("one")}, Missing::stay);
  time.advance(1min);
  EXPECT_THAT(instances(), ElementsAre(runner)) << "a reload of the same file changes nothing";
  machine.find(runner)->exit(0, backends::ExitCause::exited);
  time.advance(1min);
  EXPECT_THAT(house->snapshot().sets, SizeIs(1));
}

TEST_F(LeftTest, OneThatComesBackIsServedWithItsRunners) {
  machine.find(runner)->busy();
  time.advance(1s);
  next_process();
  house->serve({settings("one"), settings("two")}, Missing::stay);
  time.advance(1min);
  EXPECT_EQ(snapshot(1).phase, Phase::serving);
  EXPECT_EQ(snapshot(1).counts.busy, 1);
  EXPECT_EQ(snapshot(1).warning, "");
}

TEST_F(LeftTest, OneThatCannotBeDrainedIsToldAndTriedAgain) {
  bad_ports.emplace("two", Error(ErrorCode::invalid_options, "no credential is configured"));
  next_process();
  EXPECT_TRUE(logged("nobody can look after the runners of a scale set that is not configured"));
  EXPECT_THAT(
      snapshot(1).reason,
      AllOf(HasSubstr("nobody looks after the runners that an earlier process has left (1)"),
            HasSubstr("no credential is configured"), HasSubstr("see `scaleset gc`")));
  EXPECT_EQ(snapshot(1).warning, "") << "its runners do not finish and go";
  ASSERT_THAT(house->unserved(), SizeIs(1));
  EXPECT_EQ(house->unserved()[0].first, owner("two"));
  EXPECT_TRUE(snapshot(1).tried) << "the service manager does not wait for it";
  time.advance(10min);
  EXPECT_THAT(instances(), SizeIs(1));
  bad_ports.clear();
  time.advance(3min);
  EXPECT_THAT(instances(), IsEmpty());
  EXPECT_THAT(house->snapshot().sets, SizeIs(1));
}

TEST_F(LeftTest, OneThatComesBackBeforeItCouldBeDrainedKeepsItsIdleRunners) {
  bad_ports.emplace("two", Error(ErrorCode::invalid_options, "no credential is configured"));
  next_process();
  bad_ports.clear();
  auto two = settings("two");
  two.fleet.min_idle = 1;
  house->serve({settings("one"), two}, Missing::stay);
  time.advance(5min);
  EXPECT_EQ(snapshot(1).phase, Phase::serving);
  EXPECT_THAT(instances(), ElementsAre(runner));
}

TEST_F(LeftTest, OneThatAnotherProcessServesIsLeftToThat) {
  book.unreadable.emplace("https://github.com/two", Error(ErrorCode::conflict, "taken"));
  next_process();
  EXPECT_TRUE(logged("the runners of a scale set that is not configured are another process's"));
  time.advance(1s);
  EXPECT_THAT(house->snapshot().sets, SizeIs(1));
}

TEST_F(LeftTest, AStopTellsOfRunnersThatNobodyLooksAfter) {
  bad_ports.emplace("two", Error(ErrorCode::invalid_options, "no credential is configured"));
  next_process();
  house->drain("the test");
  time.advance(1s);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(logged("runners that nobody looks after are left running name=set"));
}

TEST_F(LeftTest, AStopDoesNotWaitForOneThatCannotBeDrained) {
  bad_ports.emplace("two", Error(ErrorCode::invalid_options, "no credential is configured"));
  next_process();
  time.advance(10min);
  house->detach("SIGTERM was received");
  time.advance(10s);
  EXPECT_TRUE(ended);
}

/// The processor time of this thread: what other programs do does not count.
std::chrono::nanoseconds processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

TEST_F(ServeTest, AThousandScaleSetsOfWhichOneChangedTakeLittleTime) {
  std::vector<SetSettings> many;
  many.reserve(1000);
  for (int i = 0; i < 1000; ++i) many.push_back(settings("org-" + std::to_string(i)));
  auto const started = processor_time();
  start(many);
  ASSERT_THAT(house->snapshot().sets, SizeIs(1000));
  many[500].fleet.max_runners = 3;
  auto const began = processor_time();
  auto const served = house->serve(many, Missing::drain);
  auto const took = processor_time() - began;
  EXPECT_THAT(served.changed, SizeIs(1));
  EXPECT_THAT(served.added, IsEmpty());
  RecordProperty("microseconds", static_cast<int>(took / 1us));
  // A reload that treated every scale set as changed would cost about what the start did.
  EXPECT_LT(took * 10, began - started);
}

}  // namespace
}  // namespace scaleset::daemon
