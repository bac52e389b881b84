#include "base/log_writer.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <future>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "scaleset/testing/fake_clock.hpp"

namespace scaleset::base {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr auto kMustNotExpire = 60s;
constexpr std::string_view kDropped = " dropped because the log's reader was too slow: ";

std::string read_to_the_end(int descriptor) {
  std::string text;
  std::array<char, 16384> piece{};
  for (;;) {
    auto const count = ::read(descriptor, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
}

std::vector<std::string> lines_of(std::string const& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class LogWriterTest : public ::testing::Test {
 protected:
  LogWriterTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reader_.reset(ends[0]);
    writer_.reset(ends[1]);
  }

  void start(LogFormat format = LogFormat::text) {
    log_ = std::make_shared<LogWriter>(LogLevel::info, format, writer_.get(),
                                       std::make_shared<testing::FakeClock>());
  }
  [[nodiscard]] Logger logger() const { return {log_, "test"}; }
  /// More than the pipe and the queue can hold.
  void flood() const {
    std::string const kilobyte(1000, '.');
    for (int i = 0; i < kFlood; ++i) logger().info(kilobyte);
  }
  /// Starts to read what the writer has written and will write, until end() is called.
  void read_on() { text_ = std::async(std::launch::async, read_to_the_end, reader_.get()); }
  /// Ends the writer once all is written. What was read, line by line.
  std::vector<std::string> end() {
    EXPECT_TRUE(log_->flush(kMustNotExpire));
    log_.reset();
    writer_.reset();
    return lines_of(text_.get());
  }

  static constexpr int kFlood = 1300;
  UniqueFd reader_;
  UniqueFd writer_;
  std::shared_ptr<LogWriter> log_;
  std::future<std::string> text_;
};

TEST_F(LogWriterTest, WritesStampedLines) {
  start();
  logger().info("hello", {{"runner", "r-1"}});
  logger().error("oh");
  read_on();
  EXPECT_THAT(end(), ElementsAre("2026-01-01T00:00:00.000Z info    test: hello runner=r-1",
                                 "2026-01-01T00:00:00.000Z error   test: oh"));
}

TEST_F(LogWriterTest, WritesJson) {
  start(LogFormat::json);
  logger().warn("hello");
  read_on();
  EXPECT_THAT(end(), ElementsAre(R"({"time":"2026-01-01T00:00:00.000Z","level":"warning",)"
                                 R"("component":"test","message":"hello"})"));
}

TEST_F(LogWriterTest, LinesForTheJournalBeginWithTheirPriority) {
  struct stat about{};
  ASSERT_EQ(::fstat(writer_.get(), &about), 0);
  std::string const stream = std::to_string(about.st_dev) + ":" + std::to_string(about.st_ino);
  ::setenv("JOURNAL_STREAM", stream.c_str(), 1);
  start();
  ::unsetenv("JOURNAL_STREAM");
  logger().warn("hello");
  logger().error("oh");
  read_on();
  EXPECT_THAT(end(), ElementsAre("<4>2026-01-01T00:00:00.000Z warning test: hello",
                                 "<3>2026-01-01T00:00:00.000Z error   test: oh"));
}

TEST_F(LogWriterTest, AsksByLevel) {
  start();
  EXPECT_FALSE(log_->enabled(LogLevel::debug));
  EXPECT_TRUE(log_->enabled(LogLevel::info));
  EXPECT_TRUE(log_->enabled(LogLevel::error));
}

TEST_F(LogWriterTest, TheEndWritesWhatIsQueued) {
  start();
  for (int i = 0; i < 100; ++i) logger().info("line");
  log_.reset();
  writer_.reset();
  EXPECT_THAT(lines_of(read_to_the_end(reader_.get())), SizeIs(100));
}

TEST_F(LogWriterTest, AReaderThatDoesNotReadHoldsUpNeitherWritersNorTheEnd) {
  start();
  flood();  // a write that waited for the reader would wait for ever
  auto const begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(log_->flush(1ms));
  log_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_F(LogWriterTest, WhatWasDroppedIsSaidWhenTheReaderComesBack) {
  start();
  flood();
  read_on();
  EXPECT_TRUE(log_->flush(kMustNotExpire));
  logger().info("afterwards");
  std::vector<std::string> const lines = end();
  std::vector<std::string> reports;
  for (std::string const& line : lines)
    if (line.find(kDropped) != std::string::npos) reports.push_back(line);
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_THAT(lines.back(), HasSubstr("afterwards"));
  std::size_t const written = lines.size() - reports.size() - 1;
  EXPECT_EQ(reports[0], "2026-01-01T00:00:00.000Z warning log: " +
                            std::to_string(kFlood - written) + " log records were" +
                            std::string(kDropped) + std::to_string(kFlood - written) + " info");
}

TEST_F(LogWriterTest, AnErrorFindsItsPlaceInAFullQueue) {
  start();
  flood();
  logger().error("the house is on fire");
  read_on();
  std::string all;
  for (std::string const& line : end()) all += line + "\n";
  EXPECT_THAT(all, HasSubstr("error   test: the house is on fire\n"));
}

TEST_F(LogWriterTest, AReaderThatIsGoneDoesNoHarm) {
  start();
  reader_.reset();
  for (int i = 0; i < 10; ++i) logger().info("nobody reads this");
  EXPECT_TRUE(log_->flush(kMustNotExpire)) << "there is nothing to wait for";
}

TEST_F(LogWriterTest, ADescriptorThatIsClosedDoesNoHarm) {
  start();
  writer_.reset();
  logger().info("nobody reads this");
  EXPECT_TRUE(log_->flush(kMustNotExpire));
}

TEST_F(LogWriterTest, SaysWhatCouldNotBeWritten) {
  UniqueFd const full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  UniqueFd const pipe(::fcntl(writer_.get(), F_DUPFD_CLOEXEC, 0));
  ASSERT_GE(::dup3(full.get(), writer_.get(), O_CLOEXEC), 0);
  start();
  logger().info("lost");
  logger().warn("lost too");
  EXPECT_TRUE(log_->flush(kMustNotExpire));
  ASSERT_GE(::dup3(pipe.get(), writer_.get(), O_CLOEXEC), 0);
  logger().info("there is room again");
  EXPECT_TRUE(log_->flush(kMustNotExpire));
  std::array<char, 4096> text{};
  ASSERT_GT(::read(reader_.get(), text.data(), text.size() - 1), 0);
  EXPECT_THAT(text.data(), HasSubstr("warning log: 2 log records were dropped because the log "
                                     "could not be written (No space left on device): 1 info, 1 "
                                     "warn\n"));
}

TEST_F(LogWriterTest, ARecordLongerThanTheQueueIsCounted) {
  start();
  read_on();
  logger().info(std::string(1U << 20U, 'x'));
  logger().info("short");
  EXPECT_THAT(end(), ElementsAre(HasSubstr("warning log: 1 log record was" + std::string(kDropped) +
                                           "1 info"),
                                 HasSubstr("short")));
}

TEST_F(LogWriterTest, ALineLongerThanThePipeArrivesWhole) {
  start();
  read_on();
  logger().info(std::string(300'000, 'x'));
  EXPECT_THAT(end(), ElementsAre(SizeIs(300'000 + std::string_view("2026-01-01T00:00:00.000Z info"
                                                                   "    test: ")
                                                      .size())));
}

TEST_F(LogWriterTest, LeavesTheFlagsOfASharedDescriptorAlone) {
  int const before = ::fcntl(writer_.get(), F_GETFL);
  start();
  logger().info("line");
  EXPECT_TRUE(log_->flush(kMustNotExpire));
  EXPECT_EQ(::fcntl(writer_.get(), F_GETFL), before);
}

TEST_F(LogWriterTest, ADescriptorThatDoesNotBlockIsWaitedForToo) {
  ASSERT_EQ(::fcntl(writer_.get(), F_SETFL, O_WRONLY | O_NONBLOCK), 0);
  start();
  for (int i = 0; i < 500; ++i) logger().info(std::string(1000, '.'));  // more than the pipe holds
  read_on();
  EXPECT_THAT(end(), SizeIs(500));
}

TEST_F(LogWriterTest, LevelAndFormatCanChange) {
  start();
  read_on();
  logger().debug("not wanted");
  log_->configure(LogLevel::debug, LogFormat::json);
  EXPECT_TRUE(log_->enabled(LogLevel::debug));
  logger().debug("wanted");
  log_->configure(LogLevel::warn, LogFormat::text);
  logger().info("not wanted any more");
  EXPECT_THAT(end(), ElementsAre(HasSubstr("\"message\":\"wanted\"")));
}

TEST_F(LogWriterTest, ThreadsShareIt) {
  constexpr int kThreads = 4;
  constexpr int kLines = 500;
  start();
  read_on();
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([this, thread] {
        for (std::int64_t i = 0; i < kLines; ++i)
          logger().info("t" + std::to_string(thread), {{"i", i}});
      });
    }
  }
  std::map<std::string, int> next;  // by thread: the lines of each are in order, and all are there
  for (std::string const& line : end()) {
    ASSERT_THAT(line, StartsWith("2026-01-01T00:00:00.000Z info    test: t"));
    std::string const thread = line.substr(39, 2);
    ASSERT_EQ(line.substr(42), "i=" + std::to_string(next[thread]++)) << line;
  }
  for (int thread = 0; thread < kThreads; ++thread)
    EXPECT_EQ(next["t" + std::to_string(thread)], kLines);
}

}  // namespace
}  // namespace scaleset::base
