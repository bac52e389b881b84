#include "base/log_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace scaleset::base {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

LogLine line(LogLevel level, std::string text) {
  return {level, std::move(text), LogCounts(level)};
}

std::vector<std::string> drain(LogQueue& queue) {
  std::vector<std::string> texts;
  while (auto popped = queue.pop()) texts.push_back(popped->text);
  return texts;
}

LogCounts counts(std::initializer_list<LogLevel> levels) {
  LogCounts sum;
  for (LogLevel const level : levels) sum += LogCounts(level);
  return sum;
}

TEST(LogQueue, GivesLinesOfAllLevelsInTheirOrder) {
  LogQueue queue(100);
  EXPECT_TRUE(queue.empty());
  queue.push(line(LogLevel::info, "1"));
  queue.push(line(LogLevel::error, "2"));
  queue.push(line(LogLevel::trace, "3"));
  queue.push(line(LogLevel::info, "4"));
  EXPECT_FALSE(queue.empty());
  EXPECT_THAT(drain(queue), ElementsAre("1", "2", "3", "4"));
  EXPECT_TRUE(queue.empty());
  EXPECT_FALSE(queue.take_dropped());
}

TEST(LogQueue, AFullQueueKeepsTheBeginningOfALevel) {
  LogQueue queue(3);
  for (char const* const text : {"1", "2", "3", "4", "5"}) queue.push(line(LogLevel::info, text));
  EXPECT_THAT(drain(queue), ElementsAre("1", "2", "3"));
  EXPECT_EQ(queue.take_dropped(), counts({LogLevel::info, LogLevel::info}));
  EXPECT_FALSE(queue.take_dropped()) << "it was said";
}

TEST(LogQueue, AHigherLevelDisplacesTheOldestOfTheLowest) {
  LogQueue queue(5);
  queue.push(line(LogLevel::warn, "w"));
  queue.push(line(LogLevel::info, "i1"));
  queue.push(line(LogLevel::debug, "d"));
  queue.push(line(LogLevel::info, "I"));
  queue.push(line(LogLevel::error, "e"));  // instead of d
  queue.push(line(LogLevel::error, "E"));  // instead of i1
  EXPECT_THAT(drain(queue), ElementsAre("w", "I", "e", "E"));
  EXPECT_EQ(queue.take_dropped(), counts({LogLevel::debug, LogLevel::info}));
}

TEST(LogQueue, ErrorsAreDroppedLast) {
  LogQueue queue(2);
  queue.push(line(LogLevel::error, "e"));
  queue.push(line(LogLevel::error, "E"));
  queue.push(line(LogLevel::warn, "w"));
  queue.push(line(LogLevel::error, "x"));
  EXPECT_THAT(drain(queue), ElementsAre("e", "E"));
  EXPECT_EQ(queue.take_dropped(), counts({LogLevel::warn, LogLevel::error}));
}

TEST(LogQueue, NothingMakesWayForALineThatDoesNotFitEvenSo) {
  LogQueue queue(4);
  queue.push(line(LogLevel::info, "i"));
  queue.push(line(LogLevel::warn, "ww"));
  queue.push(line(LogLevel::warn, "w3!"));     // too long beside the other warning
  queue.push(line(LogLevel::error, "errrr"));  // longer than the whole queue
  EXPECT_THAT(drain(queue), ElementsAre("i", "ww"));
  EXPECT_EQ(queue.take_dropped(), counts({LogLevel::warn, LogLevel::error}));
}

TEST(LogQueue, DropsAreReportedOnceHalfOfItIsFree) {
  LogQueue queue(4);
  for (int i = 0; i < 5; ++i) queue.push(line(LogLevel::info, "i"));
  EXPECT_FALSE(queue.take_dropped());
  EXPECT_TRUE(queue.pop());
  EXPECT_FALSE(queue.take_dropped()) << "three of four are taken";
  EXPECT_TRUE(queue.pop());
  EXPECT_EQ(queue.take_dropped(), LogCounts(LogLevel::info));
}

TEST(LogQueue, AReportThatIsLostIsReportedAgain) {
  LogQueue queue(2);
  LogCounts const reported = counts({LogLevel::debug, LogLevel::info});
  queue.push(LogLine(LogLevel::warn, "rr", reported));
  queue.push(line(LogLevel::error, "e"));
  EXPECT_THAT(drain(queue), ElementsAre("e"));
  EXPECT_EQ(queue.take_dropped(), reported);
  queue.drop(LogLine(LogLevel::warn, "rr", reported));
  EXPECT_EQ(queue.take_dropped(), reported);
}

/// The rule written down as plainly as it can be: one list, searched anew for each line to drop.
class PlainQueue {
 public:
  explicit PlainQueue(std::size_t most) : most_(most) {}

  void push(LogLine const& line) {
    std::vector<LogLine> left = lines_;
    std::vector<LogLine> gone;
    while (bytes(left) + line.text.size() > most_) {
      auto const lowest = std::ranges::min_element(left, {}, &LogLine::level);  // the first of them
      if (lowest == left.end() || lowest->level >= line.level) {
        dropped_ += line.records;
        return;
      }
      gone.push_back(*lowest);
      left.erase(lowest);
    }
    for (LogLine const& one : gone) dropped_ += one.records;
    lines_ = left;
    lines_.push_back(line);
  }
  std::optional<LogLine> pop() {
    if (lines_.empty()) return std::nullopt;
    LogLine first = lines_.front();
    lines_.erase(lines_.begin());
    return first;
  }
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  std::optional<LogCounts> take_dropped() {
    if (!dropped_.any() || bytes(lines_) > most_ / 2) return std::nullopt;
    return std::exchange(dropped_, LogCounts());
  }

 private:
  static std::size_t bytes(std::vector<LogLine> const& lines) {
    std::size_t sum = 0;
    for (LogLine const& one : lines) sum += one.text.size();
    return sum;
  }
  std::size_t most_;
  std::vector<LogLine> lines_;
  LogCounts dropped_;
};

constexpr std::size_t kOperations = 8;  // pop, take_dropped, and 3 levels with 2 lengths each

/// Does the same to both, and expects the same of both.
void operate(std::size_t operation, std::size_t step, LogQueue& queue, PlainQueue& plain) {
  constexpr std::array kLevels{LogLevel::debug, LogLevel::info, LogLevel::error};
  constexpr std::array<std::size_t, 2> kLengths{1, 3};
  if (operation == 0) {
    auto const popped = queue.pop();
    auto const expected = plain.pop();
    ASSERT_EQ(popped ? popped->text : "none", expected ? expected->text : "none");
  } else if (operation == 1) {
    ASSERT_EQ(queue.take_dropped(), plain.take_dropped());
  } else {
    LogLevel const level = kLevels.at((operation - 2) / 2);
    std::string const text(kLengths.at((operation - 2) % 2), static_cast<char>('a' + step));
    queue.push(line(level, text));
    plain.push(line(level, text));
  }
  ASSERT_EQ(queue.empty(), plain.empty());
}

TEST(LogQueue, DoesWhatTheRuleSaysInEverySequenceOfFiveSteps) {
  constexpr std::size_t kSteps = 5;
  std::size_t sequences = 1;
  for (std::size_t i = 0; i < kSteps; ++i) sequences *= kOperations;
  for (std::size_t sequence = 0; sequence < sequences; ++sequence) {
    LogQueue queue(5);
    PlainQueue plain(5);
    std::size_t rest = sequence;
    for (std::size_t step = 0; step < kSteps; ++step, rest /= kOperations) {
      operate(rest % kOperations, step, queue, plain);
      if (HasFatalFailure()) FAIL() << "sequence " << sequence << ", step " << step;
    }
    while (!plain.empty()) ASSERT_EQ(queue.pop()->text, plain.pop()->text) << sequence;
    ASSERT_EQ(queue.take_dropped(), plain.take_dropped()) << sequence;
  }
}

}  // namespace
}  // namespace scaleset::base
