#include "daemon/set_runner.hpp"

#include "daemon/testing/house_fixture.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using backends::PretendFault;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::make_response;
using ::testing::Not;
using testing::PretendService;
using ::testing::StartsWith;

constexpr char const* kOldSession = "4fd0ffb0-d365-4dae-99ff-8dae17399999";

class SetRunnerTest : public testing::HouseTest {
 protected:
  void serve() { start({set}); }
  /// A poll that is held ends within that time, and the next one gets what has come.
  void let_it_poll() { time.advance(3min); }
  std::size_t times_logged(std::string const& part) const {
    auto const lines = log->lines();
    return static_cast<std::size_t>(std::ranges::count_if(
        lines, [&](auto const& line) { return line.find(part) != std::string::npos; }));
  }
  /// Runs an instance that the house did not start.
  void run_instance(std::string const& org, std::string name) {
    run_instance(owner(org), std::move(name));
  }
  void run_instance(base::OwnerKey key, std::string name) {
    spawn(start_instance(std::move(key), std::move(name)));
    time.advance(0s);
  }
  store::RunnerRecord row(std::string name, std::string state) const {
    store::RunnerRecord one;
    one.name = std::move(name);
    one.id = RunnerId{7};
    one.scale_set = ScaleSetId{5};
    one.state = std::move(state);
    return one;
  }
  PretendService& service() { return services["one"]; }

  SetSettings set = settings("one");

 private:
  boost::asio::awaitable<void> start_instance(base::OwnerKey key, std::string name) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    backends::InstanceSpec spec;
    spec.runner_name = std::move(name);
    spec.runner = RunnerId{8};
    spec.scale_set = ScaleSetId{5};
    backends::PretendBackend starter(key, [](backends::InstanceEvent const&) {}, machine);
    auto const started = co_await starter.start(std::move(spec));
    EXPECT_TRUE(started);
  }
};

// The scale set.

TEST_F(SetRunnerTest, NotesTheScaleSetThatItCreates) {
  service().exists = false;
  serve();
  EXPECT_THAT(service().done, ElementsAre("POST scale set", "POST session"));
  EXPECT_EQ(record("one").id, ScaleSetId{5});
  EXPECT_TRUE(record("one").ours);
}

TEST_F(SetRunnerTest, OneThatExistsIsNotOurs) {
  serve();
  EXPECT_THAT(service().done, ElementsAre("POST session"));
  EXPECT_EQ(record("one").id, ScaleSetId{5});
  EXPECT_FALSE(record("one").ours);
}

TEST_F(SetRunnerTest, OneWhoseCreationWasNotAnsweredIsOurs) {
  service().exists = false;
  service().loses_answer = true;
  serve();
  EXPECT_EQ(record("one").id, ScaleSetId{}) << "it may or may not have been created";
  EXPECT_TRUE(record("one").ours);
  time.advance(1min);
  EXPECT_THAT(service().done, ElementsAre("POST scale set", "POST session"));
  EXPECT_EQ(record("one").id, ScaleSetId{5});
  EXPECT_TRUE(record("one").ours);
}

TEST_F(SetRunnerTest, OneWhoseCreationWasNotAnsweredIsOursAlsoAfterARestart) {
  write({store::NoteScaleSet{record("one").key, ScaleSetId{}, true}});
  serve();
  EXPECT_EQ(record("one").id, ScaleSetId{5});
  EXPECT_TRUE(record("one").ours);
}

TEST_F(SetRunnerTest, AnOutageAtTheStartIsToldOnceAMinuteAndWhenItIsOver) {
  service().answer = make_response(503);
  serve();
  time.advance(25s);
  EXPECT_EQ(times_logged("the scale set cannot be served yet"), 1U);
  time.advance(10min);
  EXPECT_LE(times_logged("the scale set cannot be served yet"), 12U);
  service().answer.reset();
  time.advance(2min);
  EXPECT_EQ(times_logged("GitHub can be reached again after=1"), 1U);
}

TEST_F(SetRunnerTest, ClosesTheSessionOfAnEarlierProcessFirst) {
  store::SessionRecord session;
  session.id = kOldSession;
  write({store::RememberSession{record("one").key, session}});
  serve();
  EXPECT_THAT(service().done,
              ElementsAre("DELETE session " + std::string(kOldSession), "POST session"));
  ASSERT_TRUE(record("one").session);
  EXPECT_NE(record("one").session->id, kOldSession);
  EXPECT_NE(record("one").session->owner, "");
}

// Runners.

TEST_F(SetRunnerTest, StartsARunnerForAJob) {
  service().assigned = 1;
  set.name = service().name = "my set";
  serve();
  auto const names = instances();
  ASSERT_EQ(names.size(), 1U);
  EXPECT_THAT(names[0], StartsWith("my-set-"));
  EXPECT_THAT(service().done, Contains("JIT " + names[0]));
  auto const& spec = machine.find(names[0])->spec();
  EXPECT_EQ(spec.runner, RunnerId{101});
  EXPECT_EQ(spec.scale_set, ScaleSetId{5});
  EXPECT_EQ(spec.jit_config.reveal(), "ZXk=");
  EXPECT_EQ(snapshot().counts.idle, 1);
  EXPECT_EQ(snapshot().target, 1);
  EXPECT_EQ(snapshot().capacity, 10);
}

TEST_F(SetRunnerTest, TheJournalKnowsTheRunnerAndForgetsItAtItsEnd) {
  service().assigned = 1;
  serve();
  ASSERT_EQ(instances().size(), 1U);
  auto const name = instances().front();
  auto const runners = record("one").runners;
  ASSERT_EQ(runners.size(), 1U);
  EXPECT_EQ(runners[0].name, name);
  EXPECT_EQ(runners[0].id, RunnerId{101});
  EXPECT_EQ(runners[0].scale_set, ScaleSetId{5});
  EXPECT_EQ(runners[0].state, "idle");
  EXPECT_EQ(runners[0].reference, "pretend-" + name);

  service().messages = {PretendService::message(1, "JobStarted", name, 1)};
  machine.find(name)->busy();
  let_it_poll();
  EXPECT_THAT(service().done, Contains("acknowledge 1"));
  EXPECT_EQ(record("one").runners.at(0).state, "busy");
  EXPECT_TRUE(logged("job started job=build job_id=j runner=" + name +
                     " repository=octo/tools workflow=octo/tools/ci.yml@main run=7"));

  service().messages = {PretendService::message(2, "JobCompleted", name, 0)};
  machine.find(name)->idle();
  machine.find(name)->exit(0, backends::ExitCause::exited);
  let_it_poll();
  EXPECT_THAT(service().done, Contains("acknowledge 2"));
  EXPECT_TRUE(logged("job completed job=build job_id=j runner=" + name + " result=succeeded"));
  time.advance(5min);
  EXPECT_THAT(record("one").runners, IsEmpty());
  EXPECT_THAT(instances(), IsEmpty());
}

TEST_F(SetRunnerTest, AnOfferThatNoMessageBroughtIsAskedFor) {
  serve();
  time.advance(20min);
  ASSERT_EQ(service().looks_for_offers, 1) << "in the new session only";
  service().available = 1;
  time.advance(6min);
  EXPECT_GE(service().looks_for_offers, 2);
}

TEST_F(SetRunnerTest, AStartThatFailsIsTriedAgainUnderAnotherName) {
  machine.faults[PretendFault::failing_start] = 1.0;
  service().assigned = 1;
  serve();
  EXPECT_THAT(instances(), IsEmpty());
  EXPECT_TRUE(logged("the machine refused it"));
  EXPECT_THAT(service().done, Contains("remove 101")) << "its registration is not needed";
  machine.faults.clear();
  time.advance(10min);
  ASSERT_EQ(instances().size(), 1U);
  EXPECT_EQ(std::ranges::count(service().done, "JIT " + instances().front()), 1)
      << "a name is never used twice (field problem A6)";
}

TEST_F(SetRunnerTest, ARunnerWhoseRemovalIsRefusedGoesOn) {
  set.fleet.min_idle = 1;
  serve();
  ASSERT_EQ(instances().size(), 1U);
  service().removal = make_response(
      400, R"({"typeName":"GitHub.DistributedTask.WebApi.JobStillRunningException"})");
  house->drain("SIGINT was received");
  time.advance(1min);
  EXPECT_THAT(service().done, Contains("remove 101"));
  EXPECT_EQ(instances().size(), 1U) << "it may have got a job at the last moment";
  EXPECT_EQ(snapshot().counts.busy, 1);
  EXPECT_FALSE(ended);
}

TEST_F(SetRunnerTest, RunnersWhoseVersionIsRefusedParkTheScaleSet) {
  machine.faults[PretendFault::version_refused] = 1.0;
  set.fleet.min_idle = 1;
  serve();
  time.advance(10min);
  EXPECT_EQ(snapshot().phase, Phase::serving);
  EXPECT_FALSE(snapshot().ready);
  EXPECT_THAT(snapshot().reason, HasSubstr("version"));
  EXPECT_EQ(snapshot().capacity, 0);
}

// What an earlier process left.

TEST_F(SetRunnerTest, WhatIsLeftOfARunnerThatIsGoneIsRemoved) {
  write({store::PutRunner{record("one").key, row("set-1", "idle")}});
  serve();
  time.advance(1min);
  EXPECT_THAT(service().done, Contains("remove 7"));
  EXPECT_THAT(record("one").runners, IsEmpty());
}

TEST_F(SetRunnerTest, ARunnerThatOnlyTheBackendKnowsIsAdopted) {
  run_instance("one", "set-1");
  serve();
  EXPECT_THAT(instances(), ElementsAre("set-1"));
  auto const runners = record("one").runners;
  ASSERT_EQ(runners.size(), 1U);
  EXPECT_EQ(runners[0].name, "set-1");
  EXPECT_EQ(runners[0].id, RunnerId{8});
  EXPECT_EQ(runners[0].scale_set, ScaleSetId{5});
}

TEST_F(SetRunnerTest, ARunnerThatIsBusyIsLeftInPeace) {
  run_instance("one", "set-1");
  machine.find("set-1")->busy();
  write({store::PutRunner{record("one").key, row("set-1", "idle")}});
  serve();
  time.advance(1h);
  EXPECT_EQ(snapshot().counts.busy, 1);
  EXPECT_THAT(instances(), ElementsAre("set-1"));
  EXPECT_THAT(service().done, Not(Contains(StartsWith("remove"))));
}

TEST_F(SetRunnerTest, AnInstanceOfAnotherIsReportedOnceAndLeftAlone) {
  run_instance("other", "foreign");
  serve();
  time.advance(1h);
  EXPECT_THAT(instances(), ElementsAre("foreign"));
  EXPECT_THAT(snapshot().runners, IsEmpty());
  EXPECT_EQ(times_logged("an instance of another scale set is here; it is left alone "
                         "runner=foreign reference=pretend-foreign url=https://github.com/other"),
            1U);
}

TEST_F(SetRunnerTest, AnInstanceOfAnotherScaleSetOfThisProcessIsNotReported) {
  run_instance("two", "set-1");
  start({settings("one"), settings("two")});
  time.advance(10min);
  EXPECT_EQ(times_logged("an instance of another scale set is here"), 0U);
}

TEST_F(SetRunnerTest, NothingOfARunnerIsTouchedOfWhichItCannotBeToldWhoseItIs) {
  run_instance(base::OwnerKey(), "set-1");
  write({store::PutRunner{record("one").key, row("set-1", "busy")}});
  serve();
  time.advance(1h);
  EXPECT_THAT(instances(), ElementsAre("set-1"));
  EXPECT_THAT(service().done, Not(Contains(StartsWith("remove"))));
  EXPECT_THAT(record("one").runners, ::testing::SizeIs(1));
  EXPECT_EQ(times_logged("set-1"), 0U) << "the backend has reported it";
}

TEST_F(SetRunnerTest, TheFirstListingIsWaitedFor) {
  run_instance("one", "set-1");
  machine.faults[PretendFault::failing_list] = 1.0;
  serve();
  time.advance(10min);
  EXPECT_EQ(snapshot().phase, Phase::starting);
  EXPECT_THAT(service().done, IsEmpty());
  machine.faults.clear();
  time.advance(2min);
  EXPECT_EQ(snapshot().phase, Phase::serving);
  EXPECT_EQ(record("one").runners.size(), 1U);
}

TEST_F(SetRunnerTest, LaterListingsThatFailAreReportedOnce) {
  set.fleet.min_idle = 1;
  serve();
  machine.faults[PretendFault::failing_list] = 1.0;
  time.advance(10min);
  EXPECT_EQ(times_logged("the backend does not tell which runners there are"), 1U);
  EXPECT_EQ(snapshot().counts.idle, 1) << "a failure says nothing about the runners";
  machine.faults.clear();
  time.advance(10min);
  EXPECT_EQ(times_logged("the backend tells again which runners there are"), 1U);
}

// A journal that cannot be written.

TEST_F(SetRunnerTest, WhileTheJournalCannotBeWrittenNothingIsDone) {
  serve();
  book.broken = true;
  service().messages = {PretendService::message(1, "JobAssigned", "", 1)};
  let_it_poll();
  EXPECT_FALSE(snapshot().ready);
  EXPECT_EQ(snapshot().reason, "the journal cannot be written: the disk is full");
  EXPECT_EQ(snapshot().capacity, 0);
  EXPECT_THAT(instances(), IsEmpty());
  EXPECT_THAT(service().done, Not(Contains(StartsWith("JIT"))));
  EXPECT_THAT(service().done, Not(Contains(StartsWith("acknowledge")))) << "it has to come again";
  EXPECT_EQ(times_logged("error daemon: the journal cannot be written"), 1U);
}

TEST_F(SetRunnerTest, AJournalThatCanBeWrittenAgainMakesItGoOn) {
  serve();
  book.broken = true;
  // The service delivers it until it is acknowledged.
  for (int i = 0; i < 100; ++i)
    service().messages.push_back(PretendService::message(1, "JobAssigned", "", 1));
  let_it_poll();
  book.broken = false;
  time.advance(10min);
  EXPECT_TRUE(snapshot().ready) << snapshot().reason;
  EXPECT_EQ(instances().size(), 1U);
  EXPECT_THAT(service().done, Contains("acknowledge 1"));
  EXPECT_EQ(times_logged("the journal can be written again"), 1U);
  EXPECT_EQ(times_logged("job assigned"), 1U) << "it is the same message each time";
}

TEST_F(SetRunnerTest, AJournalThatCouldNotBeWrittenForLongIsUsedWithinSeconds) {
  serve();
  book.broken = true;
  for (int i = 0; i < 1000; ++i)
    service().messages.push_back(PretendService::message(1, "JobAssigned", "", 1));
  time.advance(10min);
  ASSERT_FALSE(service().messages.empty());
  book.broken = false;
  time.advance(12s);
  EXPECT_THAT(service().done, Contains("acknowledge 1"));
  EXPECT_EQ(instances().size(), 1U);
  time.advance(20s);
  EXPECT_EQ(times_logged("the journal can be written again"), 1U);
}

/// What is left to write after a failed start may fit on a disk on which its row does not.
TEST_F(SetRunnerTest, AJournalThatTakesOnlySmallWritesIsNotToldOfEachTime) {
  book.takes_no_runners = true;
  service().assigned = 1;
  serve();
  time.advance(30s);
  EXPECT_EQ(times_logged("the journal cannot be written"), 1U);
  EXPECT_EQ(times_logged("the journal can be written again"), 0U);
  EXPECT_LE(book.failures, 6) << "tried again after 1, 2, 4, 8 s";
  EXPECT_THAT(instances(), IsEmpty());
  book.takes_no_runners = false;
  time.advance(40s);
  EXPECT_EQ(times_logged("the journal can be written again; runners are started again after="), 1U);
  EXPECT_EQ(instances().size(), 1U);
}

TEST_F(SetRunnerTest, ABrokenJournalKeepsNoRunnerFromItsJob) {
  set.fleet.min_idle = 1;
  serve();
  ASSERT_EQ(instances().size(), 1U);
  auto const name = instances().front();
  book.broken = true;
  machine.find(name)->busy();
  time.advance(1h);
  EXPECT_THAT(instances(), ElementsAre(name));
  EXPECT_EQ(snapshot().counts.busy, 1);
  EXPECT_EQ(record("one").runners.at(0).state, "idle") << "the last that could be written";
}

TEST_F(SetRunnerTest, ABrokenJournalIsNoticedAlsoIfNothingHappens) {
  serve();
  EXPECT_GT(snapshot().capacity, 0);
  book.broken = true;
  time.advance(61s);
  EXPECT_EQ(snapshot().reason, "the journal cannot be written: the disk is full");
  EXPECT_EQ(snapshot().capacity, 0);
  EXPECT_EQ(times_logged("error daemon: the journal cannot be written"), 1U);
  book.broken = false;
  time.advance(61s);
  EXPECT_TRUE(snapshot().ready) << snapshot().reason;
  EXPECT_EQ(times_logged("the journal can be written again"), 1U);
}

TEST_F(SetRunnerTest, ARemovedJournalIsWrittenAnewWithinAMinute) {
  set.fleet.min_idle = 1;
  serve();
  for (char const* const name : {"journal", "journal-wal", "journal-shm", "journal.lock"})
    std::filesystem::remove(folder.path() / name);
  time.advance(61s);
  EXPECT_EQ(times_logged("warn daemon: somebody has removed, replaced or damaged files"), 1U);
  EXPECT_TRUE(snapshot().ready) << "no job was refused for it";
  auto const copy = folder.path() / "copy";
  std::filesystem::copy_file(folder.path() / "journal", copy);
  std::filesystem::copy_file(folder.path() / "journal-wal", copy.string() + "-wal");
  auto journal = store::Journal::open(copy);
  ASSERT_TRUE(journal) << journal.error().message;
  auto const found = read_set(*journal, owner("one"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, ScaleSetId{5});
  EXPECT_TRUE(found->session);
  EXPECT_EQ(found->runners.size(), 1U);
  EXPECT_FALSE(journal->set_aside());
}

TEST_F(SetRunnerTest, ADetachDoesNotWaitForABrokenJournal) {
  set.fleet.min_idle = 1;
  serve();
  book.broken = true;
  house->detach("SIGTERM was received");
  time.advance(15s);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(*ended);
  EXPECT_EQ(instances().size(), 1U);
}

// Schedules.

fleet::Window window(char const* cron, fleet::Duration length, fleet::ScheduledLimits limits) {
  return {fleet::Cron::parse(cron).value(), length, fleet::find_zone("UTC").value(), limits};
}

TEST_F(SetRunnerTest, AScheduleIsInForceFromItsBeginningToItsEnd) {
  fleet::ScheduledLimits limits;
  limits.min_idle = 2;
  // Virtual time begins at a full hour or not: every hour has a window of ten minutes.
  set.schedule = fleet::Schedule({window("0 * * * *", 10min, limits)});
  set.fleet.minimum_idle_age = 1s;
  serve();
  auto const minute = [this] {
    auto const now = time.clock()->now().wall.time_since_epoch();
    return std::chrono::floor<std::chrono::minutes>(now).count() % 60;
  };
  while (minute() != 30) time.advance(1min);
  EXPECT_THAT(instances(), IsEmpty());
  ASSERT_TRUE(snapshot().schedule);
  EXPECT_EQ(snapshot().schedule->cron, "") << "none is open";
  while (minute() != 5) time.advance(1min);
  EXPECT_EQ(snapshot().counts.idle, 2);
  EXPECT_EQ(snapshot().schedule->cron, "0 * * * *");
  auto const lasts = snapshot().schedule->until - time.clock()->now().wall;
  EXPECT_THAT(lasts, ::testing::AllOf(::testing::Gt(4min), ::testing::Le(5min)));
  while (minute() != 15) time.advance(1min);
  EXPECT_THAT(instances(), IsEmpty());
}

TEST_F(SetRunnerTest, AScheduleThatANewConfigurationBringsIsInForceAtOnce) {
  serve();
  fleet::ScheduledLimits limits;
  limits.min_idle = 1;
  set.schedule = fleet::Schedule({window("* * * * *", 10min, limits)});
  house->serve({set}, Missing::stay);
  time.advance(10s);
  EXPECT_EQ(snapshot().counts.idle, 1);
  EXPECT_TRUE(snapshot().schedule);
  set.schedule = fleet::Schedule();
  set.fleet.minimum_idle_age = 1s;
  house->serve({set}, Missing::stay);
  time.advance(1min);
  EXPECT_THAT(instances(), IsEmpty());
  EXPECT_FALSE(snapshot().schedule);
}

TEST_F(SetRunnerTest, LabelsThatCannotBeChangedNowAreChangedLater) {
  service().exists = false;
  serve();
  service().answer = make_response(503);
  set.labels = {"linux"};
  house->serve({set}, Missing::stay);
  time.advance(1min);
  service().answer.reset();
  service().done.clear();
  time.advance(5min);
  EXPECT_THAT(service().done, Contains("PATCH scale set"));
}

}  // namespace
}  // namespace scaleset::daemon
