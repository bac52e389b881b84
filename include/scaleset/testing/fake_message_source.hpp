#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "scaleset/message_source.hpp"

namespace scaleset::inline v0::testing {

/// A scale set's queue without a service, for tests of a Listener, a StrictListener or of what is
/// built on them. Polls are answered from a script, and every call is kept for the test to look at.
/// No call takes any time, except a poll when the script is used up. Thread-safe.
///
///     FakeMessageSource source;
///     source.deliver(message);
///     source.fail(Error(ErrorCode::network, "reset"));
///     Listener listener(source, options);
class FakeMessageSource final : public SessionSource {
 public:
  /// The answer to one poll. Without a message, nothing arrived.
  using Poll = Result<std::optional<Message>>;

  // The script of the polls, in order.
  /// The next poll of the script brings this message. Wakes a held poll.
  void deliver(Message message) { add(Poll(std::move(message))); }
  /// The next poll of the script ends without a message.
  void deliver_nothing() { add(Poll(std::nullopt)); }
  /// The next poll of the script fails.
  void fail(Error error) { add(Poll(std::unexpected(std::move(error)))); }

  // The answers of the other calls, until they are set again. Set before use.
  /// What delete_message fails with. Without a value it succeeds.
  std::optional<Error> delete_error;
  /// What acquire_jobs fails with. Without a value it succeeds.
  std::optional<Error> acquire_error;
  /// What acquire_jobs returns. Without a value, every id it was given.
  std::optional<std::vector<RequestId>> acquired;
  /// What acquirable_jobs returns.
  Result<std::vector<JobAvailable>> offers = std::vector<JobAvailable>();
  /// What statistics() returns. Without a value, as from a degraded service.
  std::optional<Statistics> session_statistics = Statistics();
  /// What the next calls of open fail with, in order. Afterwards they succeed.
  std::deque<Error> open_errors;
  /// What close and close_left_behind fail with. Without a value they succeed.
  std::optional<Error> close_error;
  /// What get_scale_set and get_or_create_scale_set return.
  ScaleSet scale_set;
  /// Called at the beginning of each poll, on the polling thread, for instance to stop the listener
  /// during a poll.
  std::function<void()> on_poll;

  /// "open 5 host", "get 0 capacity 10", "delete 7", "acquire 1 2", "wait 1000 ms", "close",
  /// "close left behind ID", "get scale set 5", "acquirable jobs 5", "get or create NAME".
  [[nodiscard]] std::vector<std::string> calls() const {
    std::lock_guard const lock(mutex_);
    return calls_;
  }

  /// When the script is used up, holds the poll until `stop`, and answers `cancelled`; at once if
  /// nobody can stop it.
  Poll get_message(MessageId last, int max_capacity, std::stop_token stop) override {
    note("get " + std::to_string(last.value) + " capacity " + std::to_string(max_capacity));
    if (on_poll) on_poll();
    std::unique_lock lock(mutex_);
    auto const scripted = [this] { return !script_.empty(); };
    if (!scripted() && stop.stop_possible()) changed_.wait(lock, std::move(stop), scripted);
    return take();
  }
  /// The next answer of the script, not counted as a call. The error `cancelled` means that the
  /// script is used up.
  Poll look_again() {
    std::lock_guard const lock(mutex_);
    return take();
  }
  Result<void> delete_message(MessageId id) override {
    note("delete " + std::to_string(id.value));
    return outcome(delete_error);
  }
  Result<std::vector<RequestId>> acquire_jobs(std::vector<RequestId> ids) override {
    std::string text = "acquire";
    for (auto const id : ids) text += " " + std::to_string(id.value);
    note(std::move(text));
    if (acquire_error) return std::unexpected(*acquire_error);
    return acquired ? *acquired : ids;
  }
  [[nodiscard]] std::optional<Statistics> statistics() const override { return session_statistics; }

  /// Sessions are called "session-1", "session-2" and so on.
  Result<void> open(ScaleSetId id, std::string owner, std::stop_token /*stop*/) override {
    note("open " + std::to_string(id.value) + " " + owner);
    session_.clear();
    if (!open_errors.empty()) {
      Error const error = std::move(open_errors.front());
      open_errors.pop_front();
      return std::unexpected(error);
    }
    session_ = "session-" + std::to_string(++sessions_);
    return {};
  }
  Result<void> close(std::chrono::milliseconds /*within*/) override {
    note("close");
    session_.clear();
    return outcome(close_error);
  }
  Result<void> close_left_behind(ScaleSetId /*id*/, std::string session_id) override {
    note("close left behind " + session_id);
    return outcome(close_error);
  }
  [[nodiscard]] std::string session_id() const override { return session_; }
  Result<ScaleSet> get_scale_set(ScaleSetId id, std::stop_token /*stop*/) override {
    note("get scale set " + std::to_string(id.value));
    return scale_set;
  }
  Result<std::vector<JobAvailable>> acquirable_jobs(ScaleSetId id,
                                                    std::stop_token /*stop*/) override {
    note("acquirable jobs " + std::to_string(id.value));
    return offers;
  }
  Result<ScaleSet> get_or_create_scale_set(ScaleSet wanted, std::stop_token /*stop*/) override {
    note("get or create " + wanted.name);
    return scale_set;
  }
  void wait(std::chrono::milliseconds time, std::stop_token /*stop*/) override {
    note("wait " + std::to_string(time.count()) + " ms");
  }

 private:
  Poll take() {
    if (script_.empty())
      return std::unexpected<Error>(std::in_place, ErrorCode::cancelled, "the script is used up");
    auto next = std::move(script_.front());
    script_.pop_front();
    return next;
  }
  static Result<void> outcome(std::optional<Error> const& error) {
    if (error) return std::unexpected(*error);
    return {};
  }
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
  std::string session_;  // empty if none is open
  int sessions_ = 0;
};

}  // namespace scaleset::inline v0::testing
