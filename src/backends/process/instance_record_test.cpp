#include "backends/process/instance_record.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;

base::OwnerKey const kOwner =
    base::OwnerKey::make("https://github.com/my-org", "default", "linux").value();

InstanceRecord whole_record() {
  InstanceRecord record;
  record.owner = kOwner;
  record.runner = RunnerId{17};
  record.scale_set = ScaleSetId{5};
  record.process = ProcessIdentity(123, "boot-id:456");
  return record;
}

TEST(Record, IsTextWithALinePerValue) {
  EXPECT_EQ(format_record(whole_record()),
            "scaleset-instance 2\nurl https:%2F%2Fgithub.com%2Fmy-org\ngroup default\nname linux\n"
            "runner 17\nscale-set 5\nprocess 123 boot-id:456\n");
}

TEST(Record, IsReadAsItWasWritten) {
  InstanceRecord record = whole_record();
  EXPECT_EQ(parse_record(format_record(record)), record);
  record.process.reset();
  EXPECT_EQ(parse_record(format_record(record)), record);
  record.runner.reset();
  record.scale_set.reset();
  EXPECT_EQ(parse_record(format_record(record)), record);
}

TEST(Record, MayHaveAnyTextInItsValues) {
  InstanceRecord record = whole_record();
  record.owner.group = "a b\nprocess 1 x\n%41\t\"\\\xc3\xa4";
  record.owner.name = "";
  EXPECT_EQ(parse_record(format_record(record)), record);
}

TEST(Record, OfTheEarlierVersionIsStillRead) {
  InstanceRecord record;
  EXPECT_EQ(parse_record("process none\n"), record);
  record.process = ProcessIdentity(123, "boot-id:456");
  EXPECT_EQ(parse_record("process 123 boot-id:456\n"), record);
}

TEST(Record, OfANewerVersionIsNot) {
  Result<InstanceRecord> const record = parse_record("scaleset-instance 3\nwhatever\n");
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().message, "its record was written by a newer scaleset (format 3)");
  EXPECT_FALSE(parse_record("scaleset-instance 1\nprocess none\n"));
}

TEST(Record, AnIncompleteOneGivesWhatItStillSays) {
  InstanceRecord const whole = whole_record();
  std::string const text = format_record(whole);
  for (std::size_t length = 0; length < text.size(); ++length) {
    Result<InstanceRecord> const record = parse_record(text.substr(0, length));
    ASSERT_TRUE(record) << length;
    InstanceRecord expected;
    if (length > text.find("\nrunner")) expected.owner = whole.owner;
    if (length > text.find("\nscale-set")) expected.runner = whole.runner;
    if (length > text.find("\nprocess")) expected.scale_set = whole.scale_set;
    EXPECT_EQ(record, expected) << length;
  }
}

TEST(Record, AnIncompleteOneOfTheEarlierVersionSaysNothing) {
  std::string const text = "process 123 boot-id:456\n";
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_EQ(parse_record(text.substr(0, length)), InstanceRecord()) << length;
}

TEST(Record, AnythingElseIsDamaged) {
  std::string const whole = format_record(whole_record());
  for (std::string const& text :
       {whole + "x", "\n" + whole, std::string("rubbish"), std::string("process 1 x\nx"),
        std::string("processes"), std::string("scaleset-instance 2\nx"),
        std::string("scaleset-instance 2\nurl %zz\n"), std::string("scaleset-instance 4")}) {
    Result<InstanceRecord> const record = parse_record(text);
    ASSERT_FALSE(record) << text;
    EXPECT_EQ(record.error().message, "its record is damaged");
  }
}

TEST(Record, AnEmptyOneIsOfARunnerWhoseMachineWentDown) {
  EXPECT_EQ(parse_record(""), InstanceRecord());
}

TEST(Record, NumbersThatAreNoneAreDamage) {
  for (char const* process :
       {"-1 x", "0 x", "99999999999999999999 x", "12x y", "12", "12 ", "12 a b"})
    EXPECT_FALSE(parse_record("process " + std::string(process) + "\n")) << process;
  std::string text = format_record(whole_record());
  text.replace(text.find("runner 17"), 9, "runner 1x");
  EXPECT_FALSE(parse_record(text));
  text.replace(text.find("runner 1x"), 9, "runner %3");
  EXPECT_FALSE(parse_record(text));
}

TEST(Record, WithoutAnOwnerIsDamaged) {
  InstanceRecord record = whole_record();
  record.owner.url.clear();
  EXPECT_FALSE(parse_record(format_record(record)));
}

class RecordProcess : public testing::Test {
 protected:
  RecordProcess() { fs::create_directory(control_folder(directory_.path())); }

  [[nodiscard]] InstanceRecord found() const {
    auto const records = read_records(directory_.path(), kOwner);
    if (!records || records->size() != 1 || !records->front().record) return {};
    return *records->front().record;
  }

  base::TemporaryDirectory directory_;
  InstancePaths paths_{directory_.path(), "r1"};
};

TEST_F(RecordProcess, AddsItInTheFileThatIsThere) {
  InstanceRecord record = whole_record();
  record.process.reset();
  ASSERT_TRUE(write_record(paths_, record));
  auto const file = base::identity_of(paths_.record);
  record.process = ProcessIdentity(1, "b:1");  // as short as it can be
  ASSERT_TRUE(record_process(paths_, record));
  EXPECT_EQ(found(), record);
  EXPECT_EQ(base::identity_of(paths_.record), file);
}

TEST_F(RecordProcess, WritesARecordThatSomebodyRemoved) {
  ASSERT_TRUE(record_process(paths_, whole_record()));
  EXPECT_EQ(found(), whole_record());
}

TEST_F(RecordProcess, SaysWhatCannotBeWritten) {
  fs::remove_all(control_folder(directory_.path()));
  auto const written = record_process(paths_, whole_record());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::io);
}

TEST(ReadRecords, FindsAllOfAWorkFolder) {
  base::TemporaryDirectory directory;
  fs::create_directory(control_folder(directory.path()));
  InstanceRecord const whole = whole_record();
  ASSERT_TRUE(write_record(InstancePaths(directory.path(), "runner.1"), whole));
  std::ofstream(control_folder(directory.path()) / "runner.2.instance") << "process none\n";
  std::ofstream(control_folder(directory.path()) / "runner-3.instance") << "rubbish";
  std::ofstream(control_folder(directory.path()) / "runner.1.output") << "x";
  std::ofstream(control_folder(directory.path()) / "lock") << "x";
  base::OwnerKey other = kOwner;
  other.name = "other";
  auto const records = read_records(directory.path(), other);
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 3U);
  EXPECT_EQ(records->at(0).runner_name, "runner-3");
  EXPECT_FALSE(records->at(0).record);
  EXPECT_EQ(records->at(1).runner_name, "runner.1");
  EXPECT_EQ(records->at(1).record, whole);
  EXPECT_EQ(records->at(2).runner_name, "runner.2");
  ASSERT_TRUE(records->at(2).record);
  EXPECT_EQ(records->at(2).record->owner, other) << "it is in that owner's folder";
}

TEST(ReadRecords, ARecordThatCannotBeReadIsReported) {
  base::TemporaryDirectory directory;
  fs::create_directories(control_folder(directory.path()) / "r1.instance");
  auto const records = read_records(directory.path(), kOwner);
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 1U);
  ASSERT_FALSE(records->at(0).record);
  EXPECT_EQ(records->at(0).record.error().code, ErrorCode::io);
}

TEST(ReadRecords, AnUnreadableFolderIsAnError) {
  base::TemporaryDirectory directory;
  EXPECT_FALSE(read_records(directory.path(), kOwner));
}

}  // namespace
}  // namespace scaleset::backends
