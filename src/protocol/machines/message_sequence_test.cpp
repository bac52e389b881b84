#include "protocol/machines/message_sequence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/machines/testing/messages.hpp"

namespace scaleset::protocol {
namespace {

using testing::assigned;
using testing::job;
using Place = MessageSequence::Place;

Message message_of(std::int64_t id, std::vector<JobMessage> jobs, std::int64_t assigned_jobs = 0) {
  Message message;
  message.id = MessageId{id};
  message.statistics = assigned(assigned_jobs);
  message.jobs = std::move(jobs);
  return message;
}
Message message_of(std::int64_t id, std::int64_t request) {
  return message_of(id, {job<JobAssigned>(request)});
}

class MessageSequenceTest : public ::testing::Test {
 protected:
  void handle(Message const& message) {
    ASSERT_NE(sequence.look_at(message), Place::repeated);
    sequence.handled(message);
  }
  void handle_and_acknowledge(Message const& message) {
    handle(message);
    sequence.acknowledged();
  }
  MessageSequence sequence;
};

TEST_F(MessageSequenceTest, BeginsWithTheOldestMessage) {
  EXPECT_EQ(sequence.cursor_of_next_poll(), MessageId{0});
  EXPECT_EQ(sequence.unacknowledged(), std::nullopt);
  EXPECT_EQ(sequence.look_at(message_of(1, 1)), Place::next);
}

TEST_F(MessageSequenceTest, TheCursorFollowsWhatWasHandled) {
  EXPECT_EQ(sequence.look_at(message_of(7, 1)), Place::next);
  EXPECT_EQ(sequence.cursor_of_next_poll(), MessageId{0}) << "seen is not handled";
  sequence.handled(message_of(7, 1));
  EXPECT_EQ(sequence.cursor_of_next_poll(), MessageId{7});
  EXPECT_EQ(sequence.unacknowledged(), MessageId{7});
  sequence.acknowledged();
  EXPECT_EQ(sequence.unacknowledged(), std::nullopt);
}

TEST_F(MessageSequenceTest, EveryThirdPollInARowThatBroughtNothingAsksFromZero) {
  handle_and_acknowledge(message_of(7, 1));
  std::vector<std::int64_t> cursors;
  for (int poll = 0; poll < 7; ++poll) {
    cursors.push_back(sequence.cursor_of_next_poll().value);
    sequence.poll_brought_nothing();
  }
  EXPECT_THAT(cursors, ::testing::ElementsAre(7, 7, 0, 7, 7, 0, 7));
  handle_and_acknowledge(message_of(8, 2));
  EXPECT_EQ(sequence.cursor_of_next_poll(), MessageId{8}) << "counted from the last message on";
}

TEST_F(MessageSequenceTest, NothingIsAskedAgainWhileSomethingIsToBeAcknowledged) {
  handle(message_of(7, 1));
  for (int poll = 0; poll < 6; ++poll) {
    EXPECT_EQ(sequence.cursor_of_next_poll(), MessageId{7});
    sequence.poll_brought_nothing();
  }
}

TEST_F(MessageSequenceTest, TheSameContentIsARepetition) {
  handle_and_acknowledge(message_of(7, 1));
  handle_and_acknowledge(message_of(8, 2));
  EXPECT_EQ(sequence.look_at(message_of(7, 1)), Place::repeated);
  sequence.handled(message_of(7, 1));
  EXPECT_EQ(sequence.unacknowledged(), MessageId{7});
  EXPECT_EQ(sequence.cursor_of_next_poll(), MessageId{8}) << "the cursor never goes back";
}

TEST_F(MessageSequenceTest, ARepetitionMayHaveNewerStatistics) {
  handle_and_acknowledge(message_of(7, {job<JobAssigned>(1)}, 1));
  EXPECT_EQ(sequence.look_at(message_of(7, {job<JobAssigned>(1)}, 5)), Place::repeated);
}

TEST_F(MessageSequenceTest, OtherContentIsANewSequence) {
  handle_and_acknowledge(message_of(7, 1));
  handle_and_acknowledge(message_of(8, 2));
  EXPECT_EQ(sequence.look_at(message_of(7, 3)), Place::restarted);
  EXPECT_EQ(sequence.cursor_of_next_poll(), MessageId{0});
  sequence.handled(message_of(7, 3));
  EXPECT_EQ(sequence.cursor_of_next_poll(), MessageId{7});
  EXPECT_EQ(sequence.look_at(message_of(8, 2)), Place::next) << "the old one is forgotten";
}

TEST_F(MessageSequenceTest, ALowerNumberThatNeverCameIsANewSequence) {
  handle_and_acknowledge(message_of(100000007, 1));
  EXPECT_EQ(sequence.look_at(message_of(100000001, 1)), Place::restarted);
}

TEST_F(MessageSequenceTest, KindIdentityAndNumberOfJobsAreContent) {
  Message const original = message_of(7, {job<JobAssigned>(1)});
  Message same_run_other_job = original;
  std::get<JobAssigned>(same_run_other_job.jobs[0]).job.job_id = "another";
  UnknownJobMessage unknown;
  unknown.type = "JobPaused";
  for (Message const& other :
       {message_of(7, {job<JobStarted>(1)}), message_of(7, {job<JobAssigned>(2)}),
        message_of(7, {job<JobAssigned>(1), job<JobAssigned>(2)}), message_of(7, {}),
        message_of(7, {unknown}), same_run_other_job}) {
    sequence.restart();
    handle_and_acknowledge(original);
    EXPECT_EQ(sequence.look_at(other), Place::restarted);
  }
}

TEST_F(MessageSequenceTest, WithoutJobsTheStatisticsAreTheContent) {
  handle_and_acknowledge(message_of(7, {}, 3));
  EXPECT_EQ(sequence.look_at(message_of(7, {}, 3)), Place::repeated);
  EXPECT_EQ(sequence.look_at(message_of(7, {}, 4)), Place::restarted);
}

TEST_F(MessageSequenceTest, ANewSessionForgetsEverything) {
  handle(message_of(7, 1));
  sequence.restart();
  EXPECT_EQ(sequence.cursor_of_next_poll(), MessageId{0});
  EXPECT_EQ(sequence.unacknowledged(), std::nullopt);
  EXPECT_EQ(sequence.look_at(message_of(7, 1)), Place::next);
}

/// The memory is limited. What is too old to be known is handled again rather than lost.
TEST_F(MessageSequenceTest, OnlyTheNewestAreRemembered) {
  for (std::int64_t id = 1; id <= 300; ++id) handle_and_acknowledge(message_of(id, id));
  EXPECT_EQ(sequence.look_at(message_of(45, 45)), Place::repeated);
  EXPECT_EQ(sequence.look_at(message_of(44, 44)), Place::restarted);
}

}  // namespace
}  // namespace scaleset::protocol
