#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "store/journal.hpp"

/// What the journal knows of jobs.
namespace scaleset::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JournalJobs : public ::testing::Test {
 protected:
  ScaleSetKey put_scale_set(std::string name) {
    ScaleSetRecord set;
    set.config_url = "https://github.com/octo";
    set.name = std::move(name);
    return journal.put_scale_set(set).value();
  }
  Result<void> apply(Change change) {
    std::vector<Change> const changes{std::move(change)};
    return journal.apply(changes);
  }

  base::TemporaryDirectory folder;
  Journal journal = Journal::open(folder.path() / "journal").value();
};

TEST_F(JournalJobs, TheJobOfARunnerIsKeptUntilItIsPutAnew) {
  auto const key = put_scale_set("linux");
  RunnerRecord runner;
  runner.name = "a";
  runner.state = "busy";
  runner.job.id = "j-1";
  runner.job.name = "build";
  runner.job.owner = "octo";
  runner.job.repository = "app";
  ASSERT_TRUE(apply(PutRunner{key, runner}));
  EXPECT_EQ(journal.runners(key).value().at(0).job, runner.job);
  runner.job = JobRecord();
  ASSERT_TRUE(apply(PutRunner{key, runner}));
  EXPECT_EQ(journal.runners(key).value().at(0).job, JobRecord());
}

TEST_F(JournalJobs, TheLastOffersOfEachScaleSetAreKept) {
  auto const linux_key = put_scale_set("linux");
  auto const other_key = put_scale_set("other");
  auto const at = [](int milliseconds) {
    return Timestamp(std::chrono::milliseconds(milliseconds));
  };
  OpenOffer const early{RequestId{9}, at(100)};
  OpenOffer const late{RequestId{4}, at(200)};
  ASSERT_TRUE(apply(KeepOffers{linux_key, {late, early, late}}));
  ASSERT_TRUE(apply(KeepOffers{other_key, {early}}));
  EXPECT_THAT(journal.offers(linux_key).value(), ElementsAre(early, late));
  ASSERT_TRUE(apply(KeepOffers{linux_key, {late}}));
  EXPECT_THAT(journal.offers(linux_key).value(), ElementsAre(late));
  EXPECT_THAT(journal.offers(other_key).value(), ElementsAre(early));
  ASSERT_TRUE(apply(ForgetScaleSet{linux_key}));
  EXPECT_THAT(journal.offers(linux_key).value(), IsEmpty());
  EXPECT_FALSE(apply(KeepOffers{linux_key, {late}})) << "there is no such scale set";
}

TEST_F(JournalJobs, TheLastHeldJobsOfEachScaleSetAreKept) {
  auto const linux_key = put_scale_set("linux");
  auto const other_key = put_scale_set("other");
  auto const held = [](std::string runner, std::string job, int milliseconds) {
    HeldRecord record;
    record.runner = std::move(runner);
    record.job = std::move(job);
    record.until = Timestamp(std::chrono::milliseconds(milliseconds));
    return record;
  };
  auto const text = [this](ScaleSetKey key) {
    std::string all;
    auto const records = journal.held(key).value();
    for (HeldRecord const& each : records)
      all += each.runner + " " + each.job + " " +
             std::to_string(each.until.time_since_epoch().count()) + ";";
    return all;
  };
  ASSERT_TRUE(apply(KeepHeld{linux_key, {held("b", "", 200), held("a", "7", 100)}}));
  ASSERT_TRUE(apply(KeepHeld{other_key, {held("a", "8", 300)}}));
  EXPECT_EQ(text(linux_key), "a 7 100;b  200;");
  ASSERT_TRUE(apply(KeepHeld{linux_key, {held("b", "", 200)}}));
  EXPECT_EQ(text(linux_key), "b  200;");
  EXPECT_EQ(text(other_key), "a 8 300;");
  ASSERT_TRUE(apply(ForgetScaleSet{linux_key}));
  EXPECT_EQ(text(linux_key), "");
  EXPECT_FALSE(apply(KeepHeld{linux_key, {held("b", "", 200)}})) << "there is no such scale set";
}

}  // namespace
}  // namespace scaleset::store
