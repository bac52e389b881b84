#include "backends/process/instance_record.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;

TEST(Record, IsReadAsItWasWritten) {
  ProcessIdentity const process(123, "boot-id:456");
  EXPECT_EQ(format_record(process), "process 123 boot-id:456\n");
  EXPECT_EQ(parse_record(format_record(process)), process);
  EXPECT_EQ(parse_record(format_record(std::nullopt)), std::nullopt);
}

TEST(Record, AnIncompleteTextNamesNoProcess) {
  std::string const whole = format_record(ProcessIdentity(123, "boot-id:456"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(parse_record(whole.substr(0, length)), std::nullopt) << length;
  }
  EXPECT_EQ(parse_record("process -1 x\n"), std::nullopt);
  EXPECT_EQ(parse_record("process 0 x\n"), std::nullopt);
  EXPECT_EQ(parse_record("process 99999999999999999999 x\n"), std::nullopt);
  EXPECT_EQ(parse_record("process 12x y\n"), std::nullopt);
}

TEST(Record, AllRecordsOfAWorkFolderAreFound) {
  base::TemporaryDirectory directory;
  fs::create_directory(control_folder(directory.path()));
  ProcessIdentity const process(7, "b:1");
  ASSERT_TRUE(write_record(InstancePaths(directory.path(), "runner.2"), std::nullopt));
  ASSERT_TRUE(write_record(InstancePaths(directory.path(), "runner.1"), process));
  std::ofstream(control_folder(directory.path()) / "runner-3.instance") << "rubbish";
  std::ofstream(control_folder(directory.path()) / "runner.1.output") << "x";
  std::ofstream(control_folder(directory.path()) / "lock") << "x";
  Result<std::vector<InstanceRecord>> const records = read_records(directory.path());
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 3U);
  EXPECT_EQ(records->at(0).runner_name, "runner-3");
  EXPECT_EQ(records->at(0).process, std::nullopt);
  EXPECT_EQ(records->at(1).runner_name, "runner.1");
  EXPECT_EQ(records->at(1).process, process);
  EXPECT_EQ(records->at(2).runner_name, "runner.2");
}

TEST(Record, AnUnreadableFolderIsAnError) {
  base::TemporaryDirectory directory;
  EXPECT_FALSE(read_records(directory.path()));
}

}  // namespace
}  // namespace scaleset::backends
