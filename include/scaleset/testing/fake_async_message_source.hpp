#pragma once

#include <chrono>
#include <utility>

#include "scaleset/async/strict_listener.hpp"
#include "scaleset/async/timer.hpp"
#include "scaleset/testing/fake_message_source.hpp"

namespace scaleset::testing {

/// FakeMessageSource for coroutines. When the script is used up, polls are held until they are
/// cancelled.
class FakeAsyncMessageSource final : public async::MessageSource {
 public:
  /// Where the answers and the calls are. Set up before the first poll.
  FakeMessageSource script;

  Task<std::optional<Message>> get_message(MessageId last, int max_capacity) override {
    auto answer = script.get_message(last, max_capacity, std::stop_token());
    if (answer || answer.error().code != ErrorCode::cancelled) co_return answer;
    co_await async::sleep_for(std::chrono::steady_clock::duration::max());
    co_return answer;
  }
  Task<void> delete_message(MessageId id) override { co_return script.delete_message(id); }
  Task<std::vector<RequestId>> acquire_jobs(std::vector<RequestId> ids) override {
    co_return script.acquire_jobs(std::move(ids));
  }
  [[nodiscard]] std::optional<Statistics> statistics() const override {
    return script.statistics();
  }
};

}  // namespace scaleset::testing
