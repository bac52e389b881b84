// `scaleset gc` with journals and records as an autoscaler that was killed leaves them, and a
// service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "backends/process/instance_record.hpp"
#include "cli/testing/commands_fixture.hpp"
#include "scaleset/client.hpp"
#include "store/journal.hpp"

namespace scaleset::cli {
namespace {

namespace fs = std::filesystem;
using testing::call;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::lines;
using ::testing::UnorderedElementsAre;
using testing::Words;

class GcCommand : public testing::CommandsTest {
 protected:
  GcCommand() {
    fs::create_directories(work);
    owner = base::OwnerKey::make(url, "default", "s").value();
  }

  /// A scale set at the service, as the command line creates it. Returns its id.
  ScaleSetId create(std::string const& name) const {
    return ScaleSetId{answer("set create " + name).at("id").as_int64()};
  }
  RunnerId enroll(std::string const& runner) const {
    return RunnerId{answer("jit --set s --runner-name " + runner).at("runner").at("id").as_int64()};
  }

  /// What a journal says about the scale set, with these runners.
  void remember(ScaleSetId id, bool ours,
                std::vector<std::pair<std::string, RunnerId>> const& runners = {}) const {
    auto journal = store::Journal::open(journal_path());
    ASSERT_TRUE(journal) << journal.error().message;
    store::ScaleSetRecord record;
    record.config_url = owner.url;
    record.group = owner.group;
    record.name = owner.name;
    record.id = id;
    record.ours = ours;
    auto const key = journal->put_scale_set(record);
    ASSERT_TRUE(key);
    std::vector<store::Change> changes;
    changes.reserve(runners.size());
    for (auto const& [name, number] : runners) {
      store::RunnerRecord runner;
      runner.name = name;
      runner.id = number;
      runner.state = "idle";
      changes.emplace_back(store::PutRunner{*key, runner});
    }
    if (changes.empty()) return;
    ASSERT_TRUE(journal->apply(changes));
  }
  /// The folder and the record of a runner that has ended.
  void leave_folder(std::string const& runner, RunnerId number) const {
    fs::path const root = fs::canonical(work) / owner.hash();
    fs::create_directories(root / runner);
    fs::create_directories(backends::control_folder(root));
    backends::InstanceRecord record;
    record.owner = owner;
    record.runner = number;
    ASSERT_TRUE(backends::write_record(backends::InstancePaths(root, runner), record));
  }

  testing::Outcome gc(Words const& more = {}) const {
    Words words{"gc", "--work-dir", work};
    words.insert(words.end(), more.begin(), more.end());
    return of_words(words);
  }
  /// "kind action", and ": why" if it is kept.
  Words told(Words const& more = {}) const {
    auto const outcome = gc(more);
    EXPECT_EQ(outcome.code, kExitSuccess) << outcome.err;
    Words all;
    if (outcome.code != kExitSuccess) return all;
    auto const findings = boost::json::parse(outcome.out).as_array();
    all.reserve(findings.size());
    for (auto const& finding : findings) {
      std::string const why(finding.at("why").as_string());
      all.push_back(std::string(finding.at("kind").as_string()) + " " +
                    std::string(finding.at("action").as_string()) + (why.empty() ? "" : ": ") +
                    why);
    }
    return all;
  }
  fs::path journal_path() const { return fs::path(work) / (owner.hash() + ".journal"); }

  std::string work = folder.path() / "work";
  base::OwnerKey owner;
};

TEST_F(GcCommand, FindsNothingWhereNothingIsLeft) {
  EXPECT_EQ(gc().out, "[]\n");
  EXPECT_EQ(gc({"--yes"}).out, "[]\n");
  EXPECT_EQ(gc({"--json"}).out, "[]\n");
}

TEST_F(GcCommand, DeletesOnlyWithYesAndInAnOrderThatWorks) {
  auto const set = create("s");
  remember(set, true, {{"s-1", enroll("s-1")}});
  Words const would{"registration would be deleted", "scale_set would be deleted",
                    "journal_rows would be deleted"};
  EXPECT_EQ(told(), would);
  EXPECT_EQ(told({"--dry-run"}), would);
  EXPECT_EQ(answer("runner list").as_array().size(), 1U);
  EXPECT_THAT(told({"--yes"}),
              ElementsAre("registration deleted", "scale_set deleted", "journal_rows deleted"));
  EXPECT_THAT(answer("runner list").as_array(), IsEmpty());
  EXPECT_THAT(answer("set list").as_array(), IsEmpty());
  EXPECT_THAT(told(), IsEmpty()) << "also the rows";
}

TEST_F(GcCommand, ShowsWhatAndWhyInEachFinding) {
  auto const set = create("s");
  remember(set, true);
  auto const finding = boost::json::parse(gc().out).at(0);
  EXPECT_EQ(finding.at("kind").as_string(), "scale_set");
  EXPECT_EQ(finding.at("name").as_string(), owner.url + "/default/s");
  EXPECT_EQ(finding.at("reason").as_string(), "no process of this machine serves it");
  EXPECT_EQ(finding.at("action").as_string(), "would be deleted");
  EXPECT_EQ(finding.at("why").as_string(), "");
}

TEST_F(GcCommand, KeepsAScaleSetThatWasNotMadeHere) {
  remember(create("s"), false);
  EXPECT_THAT(told({"--yes"}),
              ElementsAre("scale_set kept: the journal does not say that it was created or adopted "
                          "here",
                          "journal_rows deleted"));
  EXPECT_EQ(answer("set list").as_array().size(), 1U);
}

TEST_F(GcCommand, WhatIsGoneAtTheServiceLeavesItsRowsOnly) {
  remember(ScaleSetId{99999}, true, {{"s-1", RunnerId{99999}}});
  EXPECT_THAT(told(), ElementsAre("journal_rows would be deleted"));
  EXPECT_THAT(told({"--yes"}), ElementsAre("journal_rows deleted"));
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(GcCommand, WhatBelongsToAnotherUrlIsKept) {
  remember(create("s"), true);
  owner = base::OwnerKey::make(url + "/other", "default", "s").value();
  remember(ScaleSetId{5}, true);
  leave_folder("s-1", RunnerId{7});
  EXPECT_THAT(told(),
              UnorderedElementsAre("instance kept: its URL is another one than --url",
                                   "journal_rows kept: its URL is another one than --url",
                                   "scale_set would be deleted", "journal_rows would be deleted"));
}

TEST_F(GcCommand, AJournalThatIsOpenIsNotLookedAt) {
  remember(create("s"), true);
  auto const open = store::Journal::open(journal_path());
  ASSERT_TRUE(open);
  EXPECT_THAT(told({"--yes"}), IsEmpty());
  EXPECT_EQ(answer("set list").as_array().size(), 1U);
}

TEST_F(GcCommand, AFolderOfARunnerIsDeletedWithItsRegistration) {
  create("s");
  auto const runner = enroll("s-1");
  leave_folder("s-1", runner);
  EXPECT_THAT(told(), ElementsAre("registration would be deleted", "instance would be deleted"));
  EXPECT_TRUE(fs::exists(fs::path(work) / owner.hash() / "s-1"));
  EXPECT_THAT(told({"--yes"}), ElementsAre("registration deleted", "instance deleted"));
  EXPECT_FALSE(fs::exists(fs::path(work) / owner.hash() / "s-1"));
  EXPECT_THAT(answer("runner list").as_array(), IsEmpty());
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(GcCommand, ARegistrationThatARecordAndAJournalNameIsToldOnce) {
  auto const set = create("s");
  auto const runner = enroll("s-1");
  remember(set, true, {{"s-1", runner}});
  leave_folder("s-1", runner);
  EXPECT_THAT(told(), ElementsAre("registration would be deleted", "instance would be deleted",
                                  "scale_set would be deleted", "journal_rows would be deleted"));
}

TEST_F(GcCommand, ARegistrationOfTheSameNumberAndAnotherNameIsNobodysHere) {
  create("s");
  leave_folder("s-1", enroll("s-2"));
  EXPECT_THAT(told({"--yes"}), ElementsAre("instance deleted"));
  EXPECT_EQ(answer("runner list").as_array().size(), 1U);
}

TEST_F(GcCommand, AfterAFailureWhatDependsOnItIsKept) {
  auto const set = create("s");
  remember(set, true);
  // Somebody listens, on another machine as far as this one can know.
  auto client =
      Client::create({.config_url = url, .credentials = PersonalAccessToken{secret_file(token)}});
  ASSERT_TRUE(client);
  auto session = client->open_session(set, "another-host");
  ASSERT_TRUE(session) << session.error().message;
  auto const kept = told({"--yes"});
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_THAT(kept[0], HasSubstr("scale_set kept: somebody else listens to it"));
  EXPECT_THAT(kept[1], HasSubstr("journal_rows kept: somebody else listens to it"));
  EXPECT_EQ(answer("set list").as_array().size(), 1U);
  ASSERT_TRUE(session->close());
  EXPECT_THAT(told({"--yes"}), ElementsAre("scale_set deleted", "journal_rows deleted"));
}

TEST_F(GcCommand, AServiceThatDoesNotAnswerDeletesNothing) {
  remember(create("s"), true);
  auto const outcome = call({"gc", "--url", "http://127.0.0.1:9/o", "--token-file", token,
                             "--work-dir", work, "--yes", "--timeout", "0.2"});
  EXPECT_EQ(outcome.code, kExitSuccess) << "all of it is of another URL: " << outcome.err;
  remember(ScaleSetId{5}, true);
  owner = base::OwnerKey::make("http://127.0.0.1:9/o", "default", "s").value();
  remember(ScaleSetId{5}, true);
  auto const asked = call({"gc", "--url", "http://127.0.0.1:9/o", "--token-file", token,
                           "--work-dir", work, "--yes", "--timeout", "0.2"});
  EXPECT_EQ(asked.code, kExitNoAnswer);
  EXPECT_EQ(asked.out, "");
  EXPECT_TRUE(
      store::Journal::open(journal_path())->find_scale_set(owner.url, "default", "s").value());
}

TEST_F(GcCommand, ADamagedJournalIsToldAndLeftAsItIs) {
  ASSERT_TRUE(base::write_file_atomically(journal_path(), std::string(8192, 'x')));
  auto const outcome = gc();
  EXPECT_NE(outcome.code, kExitSuccess);
  EXPECT_THAT(outcome.err, HasSubstr(journal_path().filename().string()));
  EXPECT_EQ(base::read_file(journal_path()).value(), std::string(8192, 'x'));
}

TEST_F(GcCommand, RefusesWhatContradictsItself) {
  auto const both = gc({"--yes", "--dry-run"});
  EXPECT_EQ(both.code, kExitUsage);
  EXPECT_EQ(lines(both.err), Words{"scaleset gc: give only one of --dry-run or --yes"});
}

}  // namespace
}  // namespace scaleset::cli
