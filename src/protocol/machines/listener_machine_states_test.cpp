#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>
#include <set>
#include <stdexcept>

#include "protocol/machines/listener_machine.hpp"
#include "scaleset/testing/fake_clock.hpp"

/// Every event in every state, and a long random walk that holds the machine to its promises.
namespace scaleset::protocol {
namespace {

using Kind = ListenerAction::Kind;

std::vector<ErrorCode> const kErrors{ErrorCode::cancelled,
                                     ErrorCode::timeout,
                                     ErrorCode::network,
                                     ErrorCode::tls_verification,
                                     ErrorCode::unauthorized,
                                     ErrorCode::forbidden,
                                     ErrorCode::rate_limited,
                                     ErrorCode::not_found,
                                     ErrorCode::session_lost,
                                     ErrorCode::message_queue_token_expired,
                                     ErrorCode::session_conflict,
                                     ErrorCode::scale_set_not_found,
                                     ErrorCode::server_error,
                                     ErrorCode::malformed_response,
                                     ErrorCode::unexpected_status,
                                     ErrorCode::io,
                                     ErrorCode::invalid_private_key};

Error error(ErrorCode code) { return Error(code, "trouble"); }

Moment moment(int capacity = 2) {
  return {std::chrono::steady_clock::time_point(std::chrono::hours(100)), capacity};
}

JobAvailable offer(std::int64_t request) {
  JobAvailable available;
  available.job.request = RequestId{request};
  return available;
}

Message message_with_offer(std::int64_t id, std::int64_t request) {
  Message message;
  message.id = MessageId{id};
  message.statistics = Statistics();
  message.jobs.emplace_back(offer(request));
  return message;
}

Message contradiction(std::int64_t id) {
  Message message;
  message.id = MessageId{id};
  message.statistics = Statistics();
  message.jobs.emplace_back(JobAssigned());
  return message;
}

struct Event {
  std::string name;
  Kind answers;  // none: at any time
  std::function<ListenerAction(ListenerMachine&)> tell;
};

std::vector<Event> all_events() {
  std::vector<Event> events;
  auto const add = [&events](std::string name, Kind answers, auto tell) {
    events.push_back({std::move(name), answers, std::move(tell)});
  };
  using Machine = ListenerMachine;
  add("session_opened", Kind::open_session,
      [](Machine& m) { return m.session_opened(moment(), Statistics()); });
  add("session_opened, no statistics", Kind::open_session,
      [](Machine& m) { return m.session_opened(moment(), std::nullopt); });
  add("message", Kind::poll,
      [](Machine& m) { return m.message(moment(), message_with_offer(8, 2)); });
  add("no_message", Kind::poll, [](Machine& m) { return m.no_message(moment()); });
  add("message that contradicts itself", Kind::poll,
      [](Machine& m) { return m.message(moment(), contradiction(8)); });
  add("statistics_checked", Kind::check_statistics,
      [](Machine& m) { return m.statistics_checked(moment(), Statistics()); });
  add("statistics_checked, none", Kind::check_statistics,
      [](Machine& m) { return m.statistics_checked(moment(), std::nullopt); });
  add("applied", Kind::apply, [](Machine& m) { return m.applied(moment()); });
  add("quarantined", Kind::quarantine, [](Machine& m) { return m.quarantined(moment()); });
  add("quarantine_failed", Kind::quarantine,
      [](Machine& m) { return m.quarantine_failed(moment(), error(ErrorCode::io)); });
  add("offers_found", Kind::look_for_offers,
      [](Machine& m) { return m.offers_found(moment(), {offer(3)}); });
  add("offers_kept", Kind::keep_offers, [](Machine& m) { return m.offers_kept(moment()); });
  add("acquired", Kind::acquire, [](Machine& m) { return m.acquired(moment(), {RequestId{1}}); });
  add("acknowledged", Kind::acknowledge, [](Machine& m) { return m.acknowledged(moment()); });
  add("waited", Kind::wait, [](Machine& m) { return m.waited(moment()); });
  add("session_closed", Kind::close_session, [](Machine& m) { return m.session_closed(moment()); });
  add("scale_set_found", Kind::scale_set_gone,
      [](Machine& m) { return m.scale_set_found(moment()); });
  add("scale_set_replaced", Kind::scale_set_gone,
      [](Machine& m) { return m.scale_set_replaced(moment()); });
  for (ErrorCode const code : kErrors) {
    std::string const what(to_string(code));
    add("session_failed " + what, Kind::open_session,
        [code](Machine& m) { return m.session_failed(moment(), error(code)); });
    add("poll_failed " + what, Kind::poll,
        [code](Machine& m) { return m.poll_failed(moment(), error(code)); });
    add("apply_failed " + what, Kind::apply,
        [code](Machine& m) { return m.apply_failed(moment(), error(code)); });
    add("offers_failed " + what, Kind::look_for_offers,
        [code](Machine& m) { return m.offers_failed(moment(), error(code)); });
    add("keep_failed " + what, Kind::keep_offers,
        [code](Machine& m) { return m.keep_failed(moment(), error(code)); });
    add("acquire_failed " + what, Kind::acquire,
        [code](Machine& m) { return m.acquire_failed(moment(), error(code)); });
    add("acknowledge_failed " + what, Kind::acknowledge,
        [code](Machine& m) { return m.acknowledge_failed(moment(), error(code)); });
    add("replace_failed " + what, Kind::scale_set_gone,
        [code](Machine& m) { return m.replace_failed(moment(), error(code)); });
  }
  add("stop_requested", Kind::none, [](Machine& m) { return m.stop_requested(); });
  add("capacity_changed", Kind::none, [](Machine& m) { return m.capacity_changed(moment(7)); });
  add("retry_now", Kind::none, [](Machine& m) { return m.retry_now(); });
  return events;
}

/// A machine that has just answered with the action.
ListenerMachine machine_at(Kind kind) {
  ListenerMachine machine(std::make_shared<testing::FixedRandom>(0.0));
  auto const must = [](ListenerAction const& action, Kind expected) {
    if (action.kind != expected) throw std::runtime_error("the path to the state is wrong");
  };
  must(machine.started(moment()), Kind::open_session);
  if (kind == Kind::open_session) return machine;
  if (kind == Kind::scale_set_gone) {
    must(machine.session_failed(moment(), error(ErrorCode::scale_set_not_found)), kind);
    return machine;
  }
  if (kind == Kind::wait) {
    must(machine.session_failed(moment(), error(ErrorCode::network)), kind);
    return machine;
  }
  if (kind == Kind::give_up) {
    must(machine.session_failed(moment(), error(ErrorCode::invalid_argument)), kind);
    return machine;
  }
  must(machine.session_opened(moment(), Statistics()), Kind::apply);
  must(machine.applied(moment()), Kind::look_for_offers);
  if (kind == Kind::keep_offers) {
    must(machine.offers_failed(moment(), error(ErrorCode::not_found)), Kind::poll);
    must(machine.message(moment(0), message_with_offer(7, 1)), Kind::apply);
    must(machine.applied(moment(0)), kind);
    return machine;
  }
  if (kind == Kind::look_for_offers) return machine;
  must(machine.offers_found(moment(), {}), Kind::poll);
  if (kind == Kind::poll) return machine;
  if (kind == Kind::close_session || kind == Kind::finished) {
    must(machine.stop_requested(), Kind::cancel);
    must(machine.no_message(moment()), Kind::close_session);
    if (kind == Kind::finished) must(machine.session_closed(moment()), kind);
    return machine;
  }
  if (kind == Kind::check_statistics) {
    must(machine.message(moment(), contradiction(7)), kind);
    return machine;
  }
  must(machine.message(moment(), message_with_offer(7, 1)), Kind::apply);
  if (kind == Kind::apply) return machine;
  if (kind == Kind::quarantine) {
    for (int i = 0; i < 3; ++i) {
      must(machine.apply_failed(moment(), error(ErrorCode::io)), Kind::wait);
      must(machine.waited(moment()), Kind::poll);
      must(machine.message(moment(), message_with_offer(7, 1)), Kind::apply);
    }
    must(machine.apply_failed(moment(), error(ErrorCode::io)), kind);
    return machine;
  }
  must(machine.applied(moment()), Kind::acquire);
  if (kind == Kind::acquire) return machine;
  must(machine.acquired(moment(), {RequestId{1}}), Kind::acknowledge);
  return machine;
}

std::vector<Kind> const kActions{
    Kind::open_session,    Kind::poll,        Kind::apply,   Kind::quarantine,
    Kind::acquire,         Kind::acknowledge, Kind::wait,    Kind::close_session,
    Kind::scale_set_gone,  Kind::finished,    Kind::give_up, Kind::check_statistics,
    Kind::look_for_offers, Kind::keep_offers};

TEST(ListenerMachineStates, EveryActionHasItsEventsAndNoOthers) {
  for (Kind const action : kActions) {
    for (auto const& event : all_events()) {
      for (bool const stopping : {false, true}) {
        SCOPED_TRACE(event.name + " after action " + std::to_string(static_cast<int>(action)) +
                     (stopping ? ", stopping" : ""));
        ListenerMachine machine = machine_at(action);
        if (stopping) (void)machine.stop_requested();
        if (event.answers == Kind::none) {
          Kind const answer = event.tell(machine).kind;
          EXPECT_TRUE(answer == Kind::none || answer == Kind::cancel);
        } else if (event.answers == action) {
          Kind const answer = event.tell(machine).kind;
          EXPECT_TRUE(answer != Kind::none && answer != Kind::cancel && answer != Kind::give_up);
          EXPECT_FALSE(stopping && (answer == Kind::poll || answer == Kind::wait ||
                                    answer == Kind::open_session || answer == Kind::acquire ||
                                    answer == Kind::look_for_offers ||
                                    answer == Kind::keep_offers || answer == Kind::scale_set_gone));
        } else {
          EXPECT_THROW((void)event.tell(machine), std::logic_error);
        }
      }
    }
  }
}

TEST(ListenerMachineStates, StartsOnce) {
  for (Kind const action : kActions) {
    ListenerMachine machine = machine_at(action);
    EXPECT_THROW((void)machine.started(moment()), std::logic_error);
  }
}

/// The service, the handler and the owner, all of them unreliable.
class Walk {
 public:
  explicit Walk(unsigned seed) : dice_(seed) {}

  void run(int steps) {
    ListenerAction action = machine_.started(at());
    for (int step = 0; step < steps; ++step) {
      check(action);
      maybe_change_capacity();
      action = answer(action);
    }
    (void)machine_.stop_requested();
    for (int step = 0; action.kind != Kind::finished; ++step) {
      ASSERT_LT(step, 10) << "a stop must not take long";
      check(action);
      action = answer(action);
    }
  }
  [[nodiscard]] int polls() const { return polls_; }
  [[nodiscard]] int looks() const { return looks_; }
  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_; }

 private:
  [[nodiscard]] bool chance(double probability) {
    return std::uniform_real_distribution<>(0, 1)(dice_) < probability;
  }
  [[nodiscard]] int number(int from, int to) {
    return std::uniform_int_distribution<>(from, to)(dice_);
  }
  [[nodiscard]] Moment at() const { return {clock_.now().steady, capacity_}; }
  [[nodiscard]] Error some_error() {
    Error result = error(
        kErrors.at(static_cast<std::size_t>(number(0, static_cast<int>(kErrors.size()) - 1))));
    if (chance(0.1)) result.retry_after = std::chrono::seconds(number(0, 300));
    return result;
  }
  void maybe_change_capacity() {
    if (!chance(0.1)) return;
    capacity_ = number(0, 5);
    (void)machine_.capacity_changed(at());
  }

  void check(ListenerAction const& action) {
    if (action.sequence_restarted) forget_messages();
    switch (action.kind) {
      case Kind::none:
      case Kind::cancel:
      case Kind::give_up: FAIL() << "not an answer to an event of the driver"; break;
      case Kind::apply:
        EXPECT_FALSE(applied_.contains(action.message.id)) << "applied twice";
        break;
      case Kind::quarantine: EXPECT_GE(failures_[action.message.id], 4); break;
      case Kind::acknowledge: EXPECT_TRUE(applied_.contains(action.id)) << "not applied"; break;
      case Kind::acquire:
        EXPECT_FALSE(action.ids.empty());
        EXPECT_LE(static_cast<std::int64_t>(action.ids.size()), capacity_ - assigned_);
        break;
      case Kind::wait:
        EXPECT_GE(action.delay, std::chrono::milliseconds(750));
        EXPECT_LE(action.delay, std::chrono::minutes(5));
        break;
      case Kind::poll: EXPECT_GE(action.capacity, 0); break;
      case Kind::check_statistics:
      case Kind::look_for_offers:
      case Kind::keep_offers:
      case Kind::open_session:
      case Kind::close_session:
      case Kind::scale_set_gone:
      case Kind::finished: break;
    }
  }

  ListenerAction answer(ListenerAction const& action) {
    clock_.advance(std::chrono::milliseconds(10));
    bool const good = chance(0.7);
    switch (action.kind) {
      case Kind::open_session:
        if (!good) return machine_.session_failed(at(), some_error());
        forget_messages();
        assigned_ = number(0, 3);
        return machine_.session_opened(at(), statistics());
      case Kind::poll: return answer_poll(good);
      case Kind::check_statistics:
        if (!good) return machine_.statistics_checked(at(), std::nullopt);
        assigned_ = number(0, 5);
        return machine_.statistics_checked(at(), statistics());
      case Kind::apply: return answer_apply(action.message.id, good);
      case Kind::quarantine:
        if (!good) return machine_.quarantine_failed(at(), some_error());
        applied_.insert(action.message.id);
        return machine_.quarantined(at());
      case Kind::look_for_offers:
        ++looks_;
        if (!good) return machine_.offers_failed(at(), some_error());
        return machine_.offers_found(at(), {offer(number(0, 50)), offer(number(0, 50))});
      case Kind::keep_offers:
        if (!good) return machine_.keep_failed(at(), some_error());
        return machine_.offers_kept(at());
      case Kind::acquire:
        if (!good) return machine_.acquire_failed(at(), some_error());
        return machine_.acquired(at(), action.ids);
      case Kind::acknowledge:
        if (!good) return machine_.acknowledge_failed(at(), some_error());
        ++acknowledged_;
        return machine_.acknowledged(at());
      case Kind::wait: clock_.advance(action.delay); return machine_.waited(at());
      case Kind::close_session: return machine_.session_closed(at());
      default:
        if (!good) return machine_.replace_failed(at(), some_error());
        if (chance(0.5)) return machine_.scale_set_found(at());
        return machine_.scale_set_replaced(at());
    }
  }
  ListenerAction answer_poll(bool good) {
    ++polls_;
    if (!good) return machine_.poll_failed(at(), some_error());
    if (chance(0.3)) {
      clock_.advance(std::chrono::seconds(chance(0.5) ? 50 : 0));
      return machine_.no_message(at());
    }
    if (!delivered_.empty() && chance(0.2)) {
      auto const which = number(0, static_cast<int>(delivered_.size()) - 1);
      Message const& again = delivered_[static_cast<std::size_t>(which)];
      if (again.statistics) assigned_ = again.statistics->assigned_jobs;
      return machine_.message(at(), again);
    }
    Message message = message_with_offer(number(1, 300), number(0, 50));
    if (chance(0.2)) message.jobs.emplace_back(JobAssigned());
    message.statistics.reset();
    if (chance(0.8)) {
      assigned_ = number(0, 5);
      message.statistics = statistics();
    }
    delivered_.push_back(message);
    return machine_.message(at(), message);
  }
  void forget_messages() {
    applied_.clear();
    failures_.clear();
  }
  ListenerAction answer_apply(MessageId id, bool good) {
    if (!good) {
      ++failures_[id];
      return machine_.apply_failed(at(), some_error());
    }
    if (id.value != 0) applied_.insert(id);
    return machine_.applied(at());
  }
  [[nodiscard]] Statistics statistics() const {
    Statistics result;
    result.assigned_jobs = assigned_;
    result.available_jobs = assigned_;
    return result;
  }

  std::mt19937 dice_;
  testing::FakeClock clock_;
  ListenerMachine machine_{std::make_shared<testing::FixedRandom>(0.9)};
  int capacity_ = 3;
  std::int64_t assigned_ = 0;
  int polls_ = 0;
  std::size_t acknowledged_ = 0;
  int looks_ = 0;
  std::vector<Message> delivered_;
  std::set<MessageId> applied_;  // in this sequence
  std::map<MessageId, int> failures_;
};

TEST(ListenerMachineStates, KeepsItsPromisesOnALongWalk) {
  int polls = 0;
  int looks = 0;
  std::size_t acknowledged = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Walk walk(seed);
    walk.run(2000);
    polls += walk.polls();
    looks += walk.looks();
    acknowledged += walk.acknowledged();
    if (HasFailure()) break;
  }
  EXPECT_GT(polls, 10000);
  EXPECT_GT(looks, 1000);
  EXPECT_GT(acknowledged, 5000U);
}

}  // namespace
}  // namespace scaleset::protocol
