#include "base/pipe_wait.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "base/files.hpp"
#include "base/unique_fd.hpp"

namespace scaleset::base {
namespace {

class PipeWait : public testing::Test {
 protected:
  PipeWait() { EXPECT_EQ(::mkfifo(pipe_.c_str(), S_IRUSR | S_IWUSR), 0); }
  [[nodiscard]] UniqueFd open_reader() const {
    return UniqueFd(::open(pipe_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  }

  TemporaryDirectory directory_;
  std::filesystem::path pipe_ = directory_.path() / "pipe";
};

TEST_F(PipeWait, EndsWithoutAWriter) {
  UniqueFd const reader = open_reader();
  EXPECT_FALSE(wait_for_writer(reader.get(), std::chrono::milliseconds(0)));
}

TEST_F(PipeWait, EndsWhenSomethingIsWritten) {
  UniqueFd const reader = open_reader();
  UniqueFd const writer(::open(pipe_.c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(write_all(writer.get(), "x"));
  EXPECT_TRUE(wait_for_writer(reader.get(), std::chrono::hours(1)));
}

TEST_F(PipeWait, IsNotNeededForAFile) {
  std::filesystem::path const path = directory_.path() / "file";
  std::ofstream(path) << "x";
  UniqueFd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(wait_for_writer(file.get(), std::chrono::milliseconds(0)));
}

// As `--token-file <(command)` and mkfifo do: the writer comes later, and writes in pieces.
TEST_F(PipeWait, AllThatAWriterWritesIsRead) {
  std::jthread const writer([this] { std::ofstream(pipe_) << "ab" << std::flush << "cd"; });
  EXPECT_EQ(read_file(pipe_), "abcd");
}

}  // namespace
}  // namespace scaleset::base
