#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/machines/listener_machine.hpp"
#include "protocol/machines/testing/messages.hpp"
#include "scaleset/testing/fake_clock.hpp"

namespace scaleset::protocol::testing {

using Kind = ListenerAction::Kind;

inline Error error(ErrorCode code) { return Error(code, "trouble"); }

inline Message message(std::int64_t id, std::optional<Statistics> statistics = Statistics()) {
  Message result;
  result.id = MessageId{id};
  result.statistics = statistics;
  return result;
}

inline Message with_offers(std::int64_t id, std::vector<std::int64_t> const& requests) {
  Message result = message(id);
  for (auto const request : requests) result.jobs.emplace_back(job<JobAvailable>(request));
  return result;
}

/// Time moves as the actions ask: by the waits, and by 50 s a poll.
class ListenerMachineTest : public ::testing::Test {
 protected:
  [[nodiscard]] Moment at() const { return {clock.now().steady, capacity}; }

  /// To the first poll.
  void open(std::int64_t jobs = 0) {
    expect(machine.started(at()), Kind::open_session);
    expect(machine.session_opened(at(), assigned(jobs)), Kind::apply);
    expect_first_poll(machine.applied(at()));
  }
  /// If the service is asked for its offers first, it has none.
  void expect_first_poll(ListenerAction action) { expect_first_poll(machine, std::move(action)); }
  void expect_first_poll(ListenerMachine& which, ListenerAction action) {
    bool const looks = action.kind == Kind::look_for_offers;
    expect_poll(looks ? which.offers_found(at(), {}) : std::move(action), 0);
  }
  void expect(ListenerAction action, Kind kind) {
    ASSERT_EQ(static_cast<int>(action.kind), static_cast<int>(kind));
    last = std::move(action);
  }
  void expect_poll(ListenerAction action, std::int64_t cursor) {
    expect(std::move(action), Kind::poll);
    EXPECT_EQ(last.id, MessageId{cursor});
  }
  void expect_wait(ListenerAction action, std::chrono::milliseconds delay) {
    expect(std::move(action), Kind::wait);
    EXPECT_EQ(last.delay, delay);
    clock.advance(last.delay);
  }
  void expect_acknowledge(ListenerAction action, std::int64_t id) {
    expect(std::move(action), Kind::acknowledge);
    EXPECT_EQ(last.id, MessageId{id});
  }
  [[nodiscard]] std::string note() const { return last.note ? last.note->text : ""; }

  scaleset::testing::FakeClock clock;
  int capacity = 10;
  ListenerMachine machine{
      std::make_shared<scaleset::testing::FixedRandom>(0.0)};  // waits are whole
  ListenerAction last;
};

}  // namespace scaleset::protocol::testing
