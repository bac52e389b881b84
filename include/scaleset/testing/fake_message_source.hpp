#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "scaleset/strict_listener.hpp"

namespace scaleset::testing {

/// A session without a service: polls are answered from a script, and every call is kept for the
/// test to look at. Thread-safe.
///
///     FakeMessageSource source;
///     source.deliver(message);
///     source.fail(Error(ErrorCode::network, "reset"));
class FakeMessageSource final : public MessageSource {
 public:
  /// The answer of one poll; no message: nothing arrived.
  using Poll = Result<std::optional<Message>>;

  // The script of the polls, in order.
  /// The next poll of the script brings this message. Wakes a held poll.
  void deliver(Message message) { add(Poll(std::move(message))); }
  /// The next poll of the script ends without a message.
  void deliver_nothing() { add(Poll(std::nullopt)); }
  /// The next poll of the script fails.
  void fail(Error error) { add(Poll(std::unexpected(std::move(error)))); }

  // The answers of the other calls, until they are set again. Set before use.
  /// What delete_message fails with. No value: it succeeds.
  std::optional<Error> delete_error;
  /// What acquire_jobs fails with. No value: it succeeds.
  std::optional<Error> acquire_error;
  /// What acquire_jobs returns. No value: every id it was given.
  std::optional<std::vector<RequestId>> acquired;
  /// What statistics() returns. No value: a degraded service.
  std::optional<Statistics> session_statistics = Statistics();
  /// Called at the beginning of each poll, on the polling thread. To stop during a poll, for
  /// instance.
  std::function<void()> on_poll;

  /// "get 0 capacity 10", "delete 7", "acquire 1 2"
  [[nodiscard]] std::vector<std::string> calls() const {
    std::lock_guard const lock(mutex_);
    return calls_;
  }

  /// The script is used up: holds the poll until `stop`, and answers `cancelled`; at once if nobody
  /// can stop it.
  Poll get_message(MessageId last, int max_capacity, std::stop_token stop) override {
    note("get " + std::to_string(last.value) + " capacity " + std::to_string(max_capacity));
    if (on_poll) on_poll();
    std::unique_lock lock(mutex_);
    auto const scripted = [this] { return !script_.empty(); };
    if (!scripted() && stop.stop_possible()) changed_.wait(lock, std::move(stop), scripted);
    if (!scripted())
      return std::unexpected<Error>(std::in_place, ErrorCode::cancelled, "the script is used up");
    auto next = std::move(script_.front());
    script_.pop_front();
    return next;
  }
  Result<void> delete_message(MessageId id) override {
    note("delete " + std::to_string(id.value));
    if (delete_error) return std::unexpected(*delete_error);
    return {};
  }
  Result<std::vector<RequestId>> acquire_jobs(std::vector<RequestId> ids) override {
    std::string text = "acquire";
    for (auto const id : ids) text += " " + std::to_string(id.value);
    note(std::move(text));
    if (acquire_error) return std::unexpected(*acquire_error);
    return acquired ? *acquired : ids;
  }
  [[nodiscard]] std::optional<Statistics> statistics() const override { return session_statistics; }

 private:
  void add(Poll poll) {
    std::lock_guard const lock(mutex_);
    script_.push_back(std::move(poll));
    changed_.notify_all();
  }
  void note(std::string call) {
    std::lock_guard const lock(mutex_);
    calls_.push_back(std::move(call));
  }

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Poll> script_;
  std::vector<std::string> calls_;
};

}  // namespace scaleset::testing
